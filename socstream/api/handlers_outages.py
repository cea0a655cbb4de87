"""The history of one camera's outages, as JSON or as a table."""

from datetime import UTC, datetime
from math import inf

from aiohttp import hdrs, web

from socstream.api.keys import SERVICES
from socstream.api.queries import period
from socstream.api.schema import OutageAnswer
from socstream.api.sight import camera_of
from socstream.api.tables import table_or_json
from socstream.api.times import iso
from socstream.model.outage import Outage

_MOST = 10_000
"""Outages in one answer; a Link header leads to the older ones."""


async def outages(request: web.Request) -> web.Response:
    """The outages of a camera in a time, newest first."""
    services, camera = request.app[SERVICES], camera_of(request)
    now = services.clock.wall()
    since, until = period(request, -inf, inf)
    found = await services.outages(camera.camera_id, since, until, _MOST)
    answers = [_answer(outage, now) for outage in found]
    response = table_or_json(request, OutageAnswer, answers, f"outages-{camera.camera_id}")
    if len(found) == _MOST:
        older = request.rel_url.update_query(until=iso(_at(found[-1].began)))
        response.headers[hdrs.LINK] = f'<{older}>; rel="next"'
    return response


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
