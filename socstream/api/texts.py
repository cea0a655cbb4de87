"""Each camera's JSON, kept: made again when it tells something new, only filled in for one more segment."""

import re
import secrets
from collections.abc import Callable

import msgspec
from attrs import define, evolve

from socstream.api.schema import CameraAnswer
from socstream.api.times import WallTimes
from socstream.api.views import Views
from socstream.board import StreamBoard
from socstream.model.camera import Camera
from socstream.model.stream import StreamStatus, essence

_json = msgspec.json.encode

# They stand where each segment changes something. Nobody can guess them, so that nothing which a camera or a
# person tells is taken for a gap.
_HEARTBEAT, _SEGMENT = secrets.token_hex(16), secrets.token_hex(16)
_BITRATE, _UPTIME = -secrets.randbits(50), -float(secrets.randbits(50))
_MARKS = tuple(map(_json, (_HEARTBEAT, _SEGMENT, _BITRATE, _UPTIME)))
_GAPS = re.compile(b"(%b)" % b"|".join(map(re.escape, _MARKS)))


@define(eq=False)
class _Form:
    """A camera's JSON in `parts`, good for `camera`, `essence` and `offset` of the clocks.

    `gaps`: which parts are to be filled in: heartbeat, newest segment, bit rate, uptime. `status`: the last
    one with this essence. `text`: filled in, as of `filled_for` and `uptime`.
    """

    camera: Camera
    essence: tuple[object, ...] | None
    offset: float
    edition: object
    parts: list[bytes]
    gaps: tuple[int, ...]
    status: StreamStatus | None
    filled_for: StreamStatus | None = None
    uptime: float | None = None
    text: bytes = b""


class Texts:
    """Cameras as one kind of JSON."""

    def __init__(
        self, board: StreamBoard, views: Views, times: WallTimes, encode: Callable[[CameraAnswer], bytes]
    ) -> None:
        self._board = board
        self._views = views
        self._times = times
        self._encode = encode
        self._forms: dict[str, _Form] = {}

    def edition(self, camera: Camera) -> object:
        """The same object while nothing is told anew but what each segment, heartbeat or hour changes."""
        return self._form(camera).edition

    def of(self, camera: Camera) -> bytes:
        """The camera as it is now; the very same bytes while they are the same."""
        form, uptime = self._form(camera), self._views.uptime(camera.camera_id)
        if not form.text or form.filled_for is not form.status or form.uptime != uptime:
            form.filled_for, form.uptime = form.status, uptime
            form.text = self._filled(form)
        return form.text

    def stream_changed(self, camera_id: str, status: StreamStatus | None) -> None:
        """Listens to the board, to forget the cameras that are gone."""
        if status is None:
            self._forms.pop(camera_id, None)

    def _form(self, camera: Camera) -> _Form:
        status, offset = self._board.get(camera.camera_id), self._times.offset
        form = self._forms.get(camera.camera_id)
        # By identity where it is enough: comparing whole cameras would cost more than it saves.
        if form is not None and form.camera is camera and form.offset == offset:
            if form.status is status:
                return form
            if form.essence == _essence(status):
                form.status = status
                return form
        made = self._made(camera, status)
        if form is not None and _is_only_heartbeat(form, made):
            made.edition = form.edition
        self._forms[camera.camera_id] = made
        return made

    def _made(self, camera: Camera, status: StreamStatus | None) -> _Form:
        shown = self._views.camera(camera)
        stream = evolve(shown.stream, last_segment_at=_SEGMENT, bitrate=_BITRATE)
        text = self._encode(evolve(shown, last_heartbeat=_HEARTBEAT, stream=stream, uptime=_UPTIME))
        parts = _GAPS.split(text)
        gaps = tuple(map(parts.index, _MARKS))
        return _Form(camera, _essence(status), self._times.offset, object(), parts, gaps, status)

    def _filled(self, form: _Form) -> bytes:
        status, device, parts = form.status, form.camera.last_heartbeat, form.parts
        heartbeat, segment, bitrate, uptime = form.gaps
        parts[segment] = _json(None if status is None else self._times.text(status.last_segment_at))
        parts[heartbeat] = (
            parts[segment] if device is None else _json(self._views.last_heartbeat(form.camera, status))
        )
        parts[bitrate] = _json(None if status is None else status.bitrate)
        parts[uptime] = _json(form.uptime)
        return b"".join(parts)


def _essence(status: StreamStatus | None) -> tuple[object, ...] | None:
    return None if status is None else essence(status)


def _is_only_heartbeat(form: _Form, made: _Form) -> bool:
    """True when the camera itself told that it lives, and nothing else is new."""
    return (form.camera.version, form.essence, form.offset) == (
        made.camera.version,
        made.essence,
        made.offset,
    )
