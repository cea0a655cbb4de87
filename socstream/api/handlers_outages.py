"""The history of one camera's outages, as JSON or as a table."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from math import inf

from aiohttp import hdrs, web
from attrs import astuple, fields

from socstream.api.answers import NO_STORE, json_answer
from socstream.api.keys import SERVICES
from socstream.api.schema import OutageAnswer
from socstream.api.times import iso
from socstream.model.errors import FieldError, InvalidInput
from socstream.model.outage import Outage

CSV_TYPE = "text/csv"

_MOST = 10_000
"""Outages in one answer; a Link header leads to the older ones."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


async def outages(request: web.Request) -> web.Response:
    """The outages of a camera in a time, newest first."""
    services = request.app[SERVICES]
    camera = services.cameras.get(request.match_info["camera_id"])
    now = services.clock.wall()
    since, until = _moment(request, "since", -inf), _moment(request, "until", inf)
    if since > until:
        raise InvalidInput(FieldError("since", "must not be later than until"))
    found = await services.outages(camera.camera_id, since, until, _MOST)
    answers = [_answer(outage, now) for outage in found]
    wants_csv = _wants_csv(request.headers.get(hdrs.ACCEPT, ""))
    response = _table(answers, camera.camera_id) if wants_csv else json_answer(answers)
    if len(found) == _MOST:
        older = request.rel_url.update_query(until=iso(_at(found[-1].began)))
        response.headers[hdrs.LINK] = f'<{older}>; rel="next"'
    return response


def _moment(request: web.Request, name: str, default: float) -> float:
    """A query parameter as wall seconds; InvalidInput."""
    text = request.query.get(name)
    if text is None:
        return default
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        example = "2026-03-01T12:00:00Z"
        raise InvalidInput(FieldError(name, f"must be an ISO 8601 time with its zone, such as {example}"))
    return moment.timestamp()


def _at(wall: float) -> datetime:
    return datetime.fromtimestamp(wall, UTC)


def _answer(outage: Outage, now: float) -> OutageAnswer:
    return OutageAnswer(
        began=iso(_at(outage.began)),
        ended=None if outage.ended is None else iso(_at(outage.ended)),
        seconds=round(outage.seconds(now), 3),
        code=outage.code,
        message=outage.message,
        run=outage.run,
    )


def _wants_csv(accept: str) -> bool:
    """True when the header names CSV, and JSON not or with less weight."""
    weights = {"application/json": 0.0, CSV_TYPE: 0.0}
    for part in accept.lower().split(","):
        kind, *parameters = (word.strip() for word in part.split(";"))
        weight = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        try:
            weights[kind] = float(weight)
        except ValueError:
            continue
    return weights[CSV_TYPE] > weights["application/json"]


def _table(answers: Iterable[OutageAnswer], camera_id: str) -> web.Response:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(field.name for field in fields(OutageAnswer))
    for answer in answers:
        writer.writerow(_harmless(value) for value in astuple(answer))
    disposition = f'attachment; filename="outages-{camera_id}.csv"'
    return web.Response(
        text=file.getvalue(),
        content_type=CSV_TYPE,
        headers={hdrs.CACHE_CONTROL: NO_STORE, hdrs.CONTENT_DISPOSITION: disposition},
    )


def _harmless(value: object) -> object:
    """A value for a cell that no spreadsheet reckons with."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
