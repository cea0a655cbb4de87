"""Many cameras at once: from a table, and into one."""

import asyncio
from collections.abc import Iterable, Mapping

from aiohttp import web
from attrs import evolve

from socstream.api.answers import json_answer
from socstream.api.auditing import tell, tell_also
from socstream.api.bodies import read_table
from socstream.api.camera_table import COLUMNS, Line, lines_of, row_of
from socstream.api.handlers_cameras import refuse_limited
from socstream.api.identity import caller_of
from socstream.api.keys import SERVICES
from socstream.api.queries import flag
from socstream.api.schema import FieldProblem
from socstream.api.schema_walls import ImportLine
from socstream.api.sight import cameras_of
from socstream.api.tables import table
from socstream.cameras import Cameras
from socstream.model.camera import CameraDraft, name_key
from socstream.model.errors import InvalidInput

_TURN = 16
"""Lines that are looked at before others get their turn: some 3 ms."""


async def import_cameras(request: web.Request) -> web.Response:
    """Add every camera of a table that can be added, all of these or none; tell each line's fate."""
    refuse_limited(request)
    is_dry = flag(request, "dry_run")
    cameras = request.app[SERVICES].cameras
    text = await read_table(request)
    lines = await asyncio.to_thread(lambda: list(lines_of(text)))  # half a second, when it is a bad one
    fates, drafts = await _looked_at(lines, cameras)
    if not is_dry:
        added = await cameras.add_all(drafts) if drafts else ()
        tell_also(request, *(("camera.add", camera.camera_id, camera.name) for camera in added))
        fates = [
            evolve(fate, outcome="added") if fate.outcome == "would_be_added" else fate for fate in fates
        ]
    tell(request, detail=_summary(fates))
    ids = _ids_by_name(cameras)
    return json_answer([_with_id(fate, ids) for fate in fates])


async def export_cameras(request: web.Request) -> web.Response:
    """The caller's cameras as a table that can be imported, without any password.

    A URL is all there is of some cameras' secrets: whoever may change it may read it here.
    """
    cameras = cameras_of(request.app[SERVICES].cameras, caller_of(request))
    tell(request, detail=f"{len(cameras)} cameras")
    return table(COLUMNS, map(row_of, cameras), "cameras")


async def _looked_at(lines: Iterable[Line], cameras: Cameras) -> tuple[list[ImportLine], list[CameraDraft]]:
    """What would become of each line, and the cameras to be added."""
    fates: list[ImportLine] = []
    drafts: dict[str, CameraDraft] = {}
    taken = _ids_by_name(cameras)
    for index, line in enumerate(lines):
        if index % _TURN == 0:
            await asyncio.sleep(0)
        fate = ImportLine(line.number, line.name, "would_be_added", None, ())
        try:
            draft = line.draft()
            cameras.check_source(draft.source)
        except InvalidInput as error:
            problems = tuple(FieldProblem(each.field, each.message) for each in error.errors)
            fates.append(evolve(fate, outcome="invalid", errors=problems))
            continue
        if name_key(draft.name) in drafts or name_key(draft.name) in taken:
            fate = evolve(fate, outcome="exists")
        else:
            drafts[name_key(draft.name)] = draft
        fates.append(evolve(fate, name=draft.name))
    return fates, [*drafts.values()]


def _ids_by_name(cameras: Cameras) -> Mapping[str, str]:
    return {name_key(camera.name): camera.camera_id for camera in cameras.all()}


def _with_id(fate: ImportLine, ids: Mapping[str, str]) -> ImportLine:
    return fate if fate.outcome == "invalid" else evolve(fate, camera_id=ids.get(name_key(fate.name)))


def _summary(fates: Iterable[ImportLine]) -> str:
    outcomes = [str(fate.outcome) for fate in fates]
    counts = (f"{outcomes.count(outcome)} {outcome}" for outcome in dict.fromkeys(outcomes))
    return ", ".join(counts) or "no lines"
