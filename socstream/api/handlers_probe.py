"""A look at a camera: before anybody relies on it, or when somebody wonders."""

import base64

from aiohttp import web

from socstream.api.answers import json_answer
from socstream.api.bodies import read_json
from socstream.api.errors import ProbeRuns
from socstream.api.identity import caller_of
from socstream.api.keys import PROBING, SERVICES
from socstream.api.schema import FailureAnswer, ProbeAnswer
from socstream.api.sight import camera_of
from socstream.api.views import advice_answers
from socstream.api.wishes import source_from
from socstream.model.report import Report
from socstream.model.source import Source


async def probe_camera(request: web.Request) -> web.Response:
    """Connect to the camera of the body and tell what it shows; one at a time for each user."""
    return await _probed(request, source_from(await read_json(request)))


async def probe_known_camera(request: web.Request) -> web.Response:
    """The same for a camera that is there, at its own address and with its own password."""
    return await _probed(request, camera_of(request).source)


async def _probed(request: web.Request, source: Source) -> web.Response:
    caller = caller_of(request)
    probing, client = request.app[PROBING], caller.user_id or caller.key
    if client in probing:
        raise ProbeRuns
    probing.add(client)
    try:
        return json_answer(_answer(await request.app[SERVICES].cameras.probe(source)))
    finally:
        probing.discard(client)


def _answer(report: Report) -> ProbeAnswer:
    failure, media, picture = report.failure, report.media, report.picture
    return ProbeAnswer(
        ok=failure is None,
        failure=FailureAnswer(failure.code, failure.message, failure.remedy, None) if failure else None,
        codec=media.codec if media else None,
        width=media.width if media else None,
        height=media.height if media else None,
        fps=media.fps if media else None,
        keyframe_interval=report.keyframe_interval,
        audio=report.audio,
        picture="data:image/jpeg;base64," + base64.b64encode(picture).decode() if picture else None,
        advice=advice_answers(report.advice),
    )
