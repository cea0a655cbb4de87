"""From what a client sent to what the operator wants: bodies become drafts and edits."""

from collections.abc import Callable
from typing import Any

from socstream.api.schema import READ_ONLY, CameraBody, CameraChangeBody, CredentialsBody, ProbeBody
from socstream.api.structure import structure
from socstream.model.camera import IDLE_AFTER, Camera, CameraDraft, CameraEdit, JSONObject, Mode
from socstream.model.errors import FieldError, InvalidInput
from socstream.model.source import Credentials, Source, parse_source

_NOBODY = Credentials("", "")


def draft_from(data: object) -> CameraDraft:
    """A camera to be created; InvalidInput with all that is wrong."""
    body = structure(data, CameraBody)
    return CameraDraft(
        name=body.name,
        location=_located(body.location),
        ip_address=body.ip_address,
        source=_new_source(body.stream_url, body.credentials),
        maintenance=body.status == "maintenance",
        is_recording=bool(body.is_recording),
        motion_detection_enabled=body.motion_detection_enabled is not False,
        mode=Mode(body.mode or Mode.ALWAYS),
        idle_after=IDLE_AFTER if body.idle_after is None else body.idle_after,
    )


def source_from(data: object) -> Source:
    """A source to be looked at; InvalidInput with all that is wrong."""
    body = structure(data, ProbeBody)
    return _new_source(body.stream_url, body.credentials)


def _new_source(url: str, given: CredentialsBody | None) -> Source:
    source = parse_source(url)
    if given is None:
        return source
    credentials = _merged(given, source.credentials)
    return _sayable(Source(source.url, None if credentials == _NOBODY else credentials))


def _sayable(source: Source) -> Source:
    """The same; InvalidInput when FFmpeg could not tell the camera these credentials."""
    wrong = source.credentials_error()
    if wrong is not None:
        raise InvalidInput(FieldError("credentials", wrong))
    return source


def edit_from(data: object, camera: Camera, is_shown_url: Callable[[str], bool]) -> CameraEdit:
    """The wished changes of `camera`; InvalidInput with all that is wrong.

    Front ends send a whole Camera back, with the URL that it showed in place of the source
    (`is_shown_url`): that means no change.
    """
    body = structure(_without_shown_url(data, is_shown_url), CameraChangeBody, ignored=READ_ONLY)
    return CameraEdit(
        name=body.name,
        location=None if body.location is None else _located(body.location),
        ip_address=body.ip_address,
        source=_source(body, camera.source),
        maintenance=None if body.status is None else body.status == "maintenance",
        is_recording=body.is_recording,
        motion_detection_enabled=body.motion_detection_enabled,
        hardware_status=body.hardware_status,
        mode=None if body.mode is None else Mode(body.mode),
        idle_after=body.idle_after,
        version=body.version,
    )


def _without_shown_url(data: Any, is_shown_url: Callable[[str], bool]) -> object:
    url = data.get("stream_url") if isinstance(data, dict) else None
    return {**data, "stream_url": None} if isinstance(url, str) and is_shown_url(url) else data


def _source(body: CameraChangeBody, present: Source) -> Source | None:
    """The wished source; None when neither URL nor credentials are to change."""
    if body.stream_url is None and body.credentials is None:
        return None
    source = present if body.stream_url is None else parse_source(body.stream_url)
    if body.credentials is None:
        return source
    # What is not said stays, but a password never follows to another place.
    known = source.credentials or (present.credentials if present.may_lend_to(source) else None)
    return _sayable(Source(source.url, _merged(body.credentials, known)))


def _merged(given: CredentialsBody, known: Credentials | None) -> Credentials:
    known = known or _NOBODY
    return Credentials(
        known.username if given.username is None else given.username,
        known.password if given.password is None else given.password,
    )


def _located(location: str | JSONObject) -> JSONObject:
    return {"label": location} if isinstance(location, str) else location
