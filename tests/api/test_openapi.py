"""openapi.json describes what is really answered."""

import json
import re
from typing import Any

import pytest
from aiohttp import ClientResponse
from jsonschema import Draft202012Validator, ValidationError

from socstream.api import routes
from tests.api.rig import CAMERAS, GATE, Rig

UNKNOWN = "00000000-0000-4000-8000-00000000dead"


class Description:
    """The served document, to hold answers against."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    async def check(self, route: str, response: ClientResponse) -> None:
        """The answer stands in the document with its status, its type and its shape."""
        responses = self.document["paths"][route][response.method.lower()]["responses"]
        content = responses[str(response.status)].get("content", {})
        body = await response.read()
        if not body:
            assert not content or response.status in (304, 307)
            return
        described = content[response.content_type]
        if response.content_type == "application/json" and "schema" in described:
            schema = described["schema"] | {"components": self.document["components"]}
            Draft202012Validator(schema).validate(await response.json())


@pytest.fixture
async def description(rig: Rig) -> Description:
    response = await rig.get("/openapi.json")
    assert response.status == 200
    document = await response.json()
    description = Description(document)
    await description.check("/openapi.json", response)
    return description


async def test_answers_of_every_route_are_as_described(rig: Rig, description: Description) -> None:
    for prefix in ("/api", "/api/v1"):
        base = f"{prefix}/security-operations/cameras"
        one = base + "/{camera_id}"

        async def ask(route: str, method: str, camera_id: str = "", name: str = "", **options: Any) -> int:
            path = route.format(camera_id=camera_id, name=name)
            response = await rig.client.request(method, path, allow_redirects=False, **options)
            await description.check(route, response)
            return response.status

        created = await rig.client.post(base, json=GATE | {"location": {"lat": 1}})
        await description.check(base, created)
        camera_id = (await created.json())["camera_id"]
        assert await ask(base, "POST", json=GATE) == 409
        assert await ask(base, "POST", json={}) == 422
        assert await ask(base, "POST", data=b"{") == 415
        assert await ask(base, "POST", data=b"{", headers={"Content-Type": "application/json"}) == 400
        assert await ask(one + "/hls/{name}", "GET", camera_id, "999.m4s") == 404
        segment = rig.go_live(camera_id)
        assert await ask(base, "GET") == 200
        assert await ask(base, "GET", headers={"If-None-Match": "*"}) == 304
        assert await ask(one, "GET", camera_id) == 200
        assert await ask(one, "GET", UNKNOWN) == 404
        assert await ask(one, "PUT", camera_id, json={"hardware_status": {"lens": "ok"}}) == 200
        assert await ask(one, "PATCH", camera_id, json={"version": 1}) == 409
        assert await ask(one + "/hls/{name}", "GET", camera_id, "index.m3u8") == 200
        assert await ask(one + "/hls/{name}", "GET", camera_id, segment) == 200
        assert (
            await ask(one + "/hls/{name}", "GET", camera_id, segment, headers={"Range": "bytes=0-1"}) == 206
        )
        assert await ask(one + "/stream", "GET", camera_id) == 307
        assert await ask(one + "/last-image", "GET", camera_id) == 200
        assert await ask(one + "/heartbeat", "POST", camera_id, json={}) == 200
        async with rig.stranger.post(one.format(camera_id=camera_id) + "/heartbeat", json={}) as refused:
            assert refused.status == 401
            await description.check(one + "/heartbeat", refused)
        assert await ask(one + "/media-grant", "GET", camera_id) == 200
        assert await ask(one + "/outages", "GET", camera_id, params={"since": "x"}) == 422
        rig.clock.advance(60)
        rig.fail(camera_id)
        assert await ask(one, "GET", camera_id) == 200
        assert await ask(one + "/stream-status", "GET", camera_id) == 200
        assert await ask(one + "/outages", "GET", camera_id) == 200
        assert await ask(one + "/hls/{name}", "GET", camera_id, "index.m3u8") == 503
        assert await ask(f"{prefix}/security-operations/metrics", "GET") == 200
        assert await ask(one, "DELETE", camera_id) == 204
    for path in ("/healthz", "/readyz"):
        await description.check(path, await rig.get(path))


async def test_an_answer_that_is_not_as_described_is_noticed(rig: Rig, description: Description) -> None:
    camera = description.document["components"]["schemas"]["CameraAnswer"]
    camera["properties"]["name"] = {"type": "integer"}
    with pytest.raises(ValidationError):
        await description.check(CAMERAS, await rig.client.post(CAMERAS, json=GATE))


async def test_every_route_of_the_table_is_described_with_its_permission_and_answers(
    rig: Rig, description: Description
) -> None:
    paths = description.document["paths"]
    described = {
        (method.upper(), path): operation["x-permission"]
        for path, operations in paths.items()
        for method, operation in operations.items()
    }
    assert described == {(route.method, route.template): route.permission for route in routes.DESCRIBED}
    for route in routes.ALL:
        names = dict.fromkeys(("camera_id", "user_id", "token_id", "wall_id"), UNKNOWN)
        path = route.template.format(**names, grant="g", name="x")
        response = await rig.client.request(route.method, path, allow_redirects=False)
        assert response.status not in (405, 500)
        if response.status == 404:
            assert (await response.json())["code"] != "no_such_route"


async def test_operation_ids_are_unique_and_every_reference_leads_somewhere(description: Description) -> None:
    operations = [each for path in description.document["paths"].values() for each in path.values()]
    assert len({each["operationId"] for each in operations}) == len(operations)
    Draft202012Validator.check_schema(description.document["components"]["schemas"]["CameraAnswer"])
    references = set(re.findall(r'"\$ref": ?"#/components/schemas/(\w+)"', json.dumps(description.document)))
    assert references == set(description.document["components"]["schemas"])


async def test_what_a_body_may_hold_is_described_as_it_is_read(rig: Rig, description: Description) -> None:
    """A body that the schema refuses for its types is refused by the server, and the other way round."""
    schema = {"$ref": "#/components/schemas/CameraBody", "components": description.document["components"]}
    validator = Draft202012Validator(schema)
    for field in GATE:
        values: tuple[object, ...] = (None, 5, True, [], "", "x" * 3000)
        for value in values:
            body = GATE | {field: value}
            if not validator.is_valid(body):
                assert (await rig.client.post(CAMERAS, json=body)).status == 422
    assert validator.is_valid(GATE)
    assert validator.is_valid(GATE | {"status": None, "credentials": {"username": "a"}})
