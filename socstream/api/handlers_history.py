"""How one camera was over a time, for plots."""

from datetime import UTC, datetime

from aiohttp import web

from socstream.api.answers import json_answer
from socstream.api.keys import SERVICES
from socstream.api.queries import period
from socstream.api.schema_walls import HistoryAnswer, StateAnswer
from socstream.api.sight import camera_of
from socstream.api.times import iso
from socstream.events.uptime import DAY

_MOST_POINTS = 720
"""Means in one answer, some 26 KB: one for each two minutes of a day. A shorter time is told more finely."""


async def history(request: web.Request) -> web.Response:
    """What the stream did, and how much it sent: in the last 24 hours, or when one says."""
    services, camera_id = request.app[SERVICES], camera_of(request).camera_id
    now = services.clock.wall()
    since, until = period(request, now - DAY, now)
    phases = await services.history.phases(camera_id, since, until)
    bitrates = services.history.bitrates(camera_id, since, until, _MOST_POINTS)
    return json_answer(
        HistoryAnswer(
            states=tuple(StateAnswer(phase.state, _text(phase.since)) for phase in phases),
            bitrate=tuple((_text(began), mean) for began, mean in bitrates.points),
            bitrate_step=bitrates.step,
        )
    )


def _text(wall: float) -> str:
    return iso(datetime.fromtimestamp(wall, UTC))
