"""openapi.json, made of the route table and the classes that the handlers use: it cannot drift from them."""

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from socstream import __version__
from socstream.api.paths import is_media
from socstream.api.route import Permission, Route
from socstream.api.schema import ErrorAnswer

_REFERENCE = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"\{([a-z_]+)\}")
_TIME = {"type": "string", "format": "date-time"}
_NUMBER = {"type": "integer", "minimum": 1}
_FLAG = {"type": "boolean"}

Described = Mapping[str, Any]

_SCHEMES: Described = {
    "token": {"type": "http", "scheme": "bearer", "description": "an access token or an API token"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "socstream_session",
        "description": "our own page's; unsafe methods need the header “X-CSRF: 1” beside it",
    },
    "hardwareKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "a device's"},
}


def describe(routes: Iterable[Route]) -> bytes:
    """The OpenAPI 3.1 document of these routes."""
    routes = tuple(routes)
    classes = {ErrorAnswer} | {cls for route in routes for cls in (route.body, route.answer.json) if cls}
    ordered = sorted(classes, key=lambda cls: cls.__name__)
    _, components = msgspec.json.schema_components(ordered, schema_hook=_anything, ref_template=_REFERENCE)
    paths: dict[str, dict[str, Described]] = {}
    for route in routes:
        paths.setdefault(route.template, {})[route.method.lower()] = _operation(route)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "socstream", "version": __version__},
            "paths": paths,
            "components": {"schemas": components, "securitySchemes": _SCHEMES},
        }
    )


def _anything(kind: type) -> dict[str, Any]:
    """JSON values that we keep for others and do not look into."""
    if kind is not object:
        raise NotImplementedError(kind)
    return {"description": "any JSON value"}


def _operation(route: Route) -> Described:
    responses: dict[str, Described] = {str(route.answer.status): _success(route)}
    for status in sorted({*route.errors, *_refusals(route)}):
        responses[str(status)] = _other(status, route)
    operation: dict[str, Any] = {
        "operationId": re.sub(r"[^a-z0-9]+", "_", f"{route.method} {route.template}".lower()).strip("_"),
        "summary": route.summary,
        "responses": responses,
        "x-permission": route.permission,
        "security": _security(route),
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(route.template)
    ]
    for names, schema in ((route.times, _TIME), (route.numbers, _NUMBER), (route.flags, _FLAG)):
        parameters += [{"name": name, "in": "query", "required": False, "schema": schema} for name in names]
    if parameters:
        operation["parameters"] = parameters
    taken: dict[str, Any] = {kind: {"schema": {"type": "string"}} for kind in route.body_media}
    if route.body is not None:
        taken |= _json(_ref(route.body))
    if taken:
        operation["requestBody"] = {"required": route.is_body_required, "content": taken}
    return operation


def _refusals(route: Route) -> set[int]:
    """What may be answered before the handler: to strangers, to those who may not, to the impatient."""
    refusals = {400, 421} if is_media(route.template) or route.path == "/healthz" else {400, 421, 429}
    if route.permission is Permission.OPEN:
        return refusals
    return refusals | ({401} if route.permission is Permission.GRANT else {401, 403})


def _security(route: Route) -> list[Described]:
    """What a client may show, any one of these."""
    if route.permission in (Permission.OPEN, Permission.GRANT):
        return []
    key: list[Described] = [{"hardwareKey": []}] if route.permission is Permission.DEVICE else []
    key += [{}] if route.permission is Permission.SCRAPER else []  # the address is enough
    return [{"token": []}, {"session": []}, *key]


def _success(route: Route) -> Described:
    answer = route.answer
    described: dict[str, Any] = {"description": route.summary}
    content: dict[str, Any] = {kind: {} for kind in answer.media}
    if answer.json is not None:
        schema = _ref(answer.json)
        content |= _json({"type": "array", "items": schema} if answer.is_array else schema)
    if content:
        described["content"] = content
    return described


def _other(status: int, route: Route) -> Described:
    described: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if status >= 400:
        described["content"] = _json(_ref(ErrorAnswer))
    elif status == 206:
        described["content"] = {kind: {} for kind in route.answer.media}
    return described


def _json(schema: Described) -> Described:
    return {"application/json": {"schema": schema}}


def _ref(cls: type) -> Described:
    return {"$ref": _REFERENCE.format(name=cls.__name__)}
