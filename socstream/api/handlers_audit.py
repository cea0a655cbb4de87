"""The audit log, for administrators: as JSON, as a table, and whether it is what was written."""

from datetime import UTC, datetime

from aiohttp import hdrs, web

from socstream.api.answers import json_answer
from socstream.api.keys import SERVICES
from socstream.api.queries import period, whole
from socstream.api.schema_access import AuditAnswer, ChainAnswer
from socstream.api.tables import table_or_json
from socstream.api.times import iso
from socstream.model.audit import Entry
from socstream.store.audit import LAST_ID

_MOST = 5_000
_USUAL = 1000
"""Entries in one answer: at most, and when nobody says how many. A Link header leads to the older ones."""

_LATEST = 253402300800.0
"""The year 10000."""


async def audit(request: web.Request) -> web.Response:
    """The entries of a time, newest first."""
    limit = whole(request, "limit", _USUAL, _MOST)
    before = whole(request, "before", LAST_ID, LAST_ID)
    since, until = period(request, 0.0, _LATEST)
    found = await request.app[SERVICES].audit.entries(_ms(since), _ms(until), limit, before)
    response = table_or_json(request, AuditAnswer, [_answer(entry) for entry in found], "audit")
    if len(found) == limit:
        older = request.rel_url.update_query(before=str(found[-1].entry_id))
        response.headers[hdrs.LINK] = f'<{older}>; rel="next"'
    return response


async def chain(request: web.Request) -> web.Response:
    """Whether every entry still is as it was written; takes some 25 µs for each."""
    found = await request.app[SERVICES].audit.verify()
    return json_answer(ChainAnswer(found.broken_at is None, found.entries, found.broken_at, found.head.hex()))


def _ms(wall: float) -> int:
    return round(wall * 1000)


def _answer(entry: Entry) -> AuditAnswer:
    deed = entry.deed
    return AuditAnswer(
        entry_id=entry.entry_id,
        at=iso(datetime.fromtimestamp(deed.at / 1000, UTC)),
        who=deed.who,
        user_id=deed.user_id,
        via=deed.via,
        key=deed.key,
        address=deed.address,
        action=deed.action,
        target=deed.target,
        outcome=deed.outcome,
        status=deed.status,
        detail=deed.detail,
        hash=entry.hash.hex(),
    )
