"""What stands in the audit log of requests: whatever the route table gives a name to, with its outcome."""

import re
from collections.abc import Mapping

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from attrs import define, evolve

from socstream.api.identity import CALLER, address_of
from socstream.api.route import Route
from socstream.api.tables import CSV_TYPE
from socstream.audit import Audit
from socstream.model.account import Caller, CallerKind, User
from socstream.model.audit import Deed, Outcome
from socstream.model.camera import canonical_id

_KEY = re.compile("[0-9a-f]{16}")
"""The id of an API token."""

_SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})

_ONLY_WHEN_BAD = frozenset({"session.refresh"})
"""Every client does these all the time; only what was refused tells anything."""

_NO_CHANGE = frozenset({"camera.retry", "camera.probe"})


@define
class _Note:
    """What a handler knows beyond its request and its answer."""

    target: str = ""
    detail: str = ""
    user: User | None = None
    also: tuple[tuple[str, str, str], ...] = ()


_NOTE = web.RequestKey("audit_note", _Note)


def tell(
    request: web.Request, *, target: str | None = None, detail: str | None = None, user: User | None = None
) -> None:
    """Let the entry of this request say on what it acted, what of it, or who proved to be there.

    Names, never secret values; what is told here stands there even if the request fails.
    """
    note = _note_of(request)
    note.target = note.target if target is None else target
    note.detail = note.detail if detail is None else detail
    note.user = note.user if user is None else user


def tell_also(request: web.Request, *also: tuple[str, str, str]) -> None:
    """Let these deeds (action, target, detail) have entries of their own, after the one of this request."""
    _note_of(request).also = also


def _note_of(request: web.Request) -> _Note:
    note = request.get(_NOTE)
    if note is None:
        note = request[_NOTE] = _Note(target=_target(request))
    return note


def auditing(served: Mapping[web.AbstractRoute, Route], audit: Audit) -> Middleware:
    """Goes outside of all that turns errors into answers: it notes how each request ended.

    `served`: what aiohttp finds for a request, with its line in the table.
    """

    @web.middleware
    async def note_outcome(request: web.Request, handler: Handler) -> web.StreamResponse:
        route = served.get(request.match_info.route)
        if route is None or not route.deed:
            return await handler(request)
        response: web.StreamResponse | None = None
        try:
            response = await handler(request)
            return response
        finally:
            _note(request, response, route.deed, audit)

    return note_outcome


def _note(request: web.Request, response: web.StreamResponse | None, action: str, audit: Audit) -> None:
    outcome = Outcome.FAILED if response is None else _outcome(response.status)
    if request.method in _SAFE:
        if response is None or response.content_type != CSV_TYPE:
            return  # only what leaves as a file is worth an entry
    elif action in _ONLY_WHEN_BAD and outcome is Outcome.DONE:
        return
    note = request.get(_NOTE) or _Note(target=_target(request))
    caller = request.get(CALLER) or _caller(note.user)
    if caller is None and _NOTE not in request:
        return  # a stranger, and no log-in that failed: the world is full of them
    deed = Deed(
        at=audit.now(),
        action=action,
        outcome=outcome,
        who="" if caller is None else caller.name,
        user_id=None if caller is None else caller.user_id,
        via="" if caller is None else caller.kind,
        key="" if caller is None else caller.key,
        address=address_of(request),
        target=note.target,
        status=None if response is None else response.status,
        detail=note.detail,
    )
    is_change = outcome is Outcome.DONE and request.method not in _SAFE and action not in _NO_CHANGE
    audit.note(deed, is_change=is_change)
    for also, target, detail in note.also:
        audit.note(evolve(deed, action=also, target=target, detail=detail), is_change=is_change)


def _outcome(status: int) -> Outcome:
    if status < 400:
        return Outcome.DONE
    return Outcome.REFUSED if status in (401, 403, 429) else Outcome.FAILED


def _target(request: web.Request) -> str:
    """The id in the path, in the form that we write; empty for what is none: it may be a token."""
    found = next((text for name, text in request.match_info.items() if name.endswith("_id")), "")
    return canonical_id(found) or (found if _KEY.fullmatch(found) else "")


def _caller(user: User | None) -> Caller | None:
    """Whom a log-in has just let in; its session is too new to have a name here."""
    if user is None:
        return None
    return Caller(CallerKind.USER, "", user.user_id, user.username, user.level, user.scope)
