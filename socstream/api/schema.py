"""The JSON of requests and answers: attrs classes, from which `openapi.json` is made too."""

from typing import Annotated, Literal

from attrs import fields, frozen
from msgspec import Meta

from socstream.api.readers import (
    Check,
    bounded_object,
    number_between,
    one_of,
    place,
    source_url,
    text,
    whole_number,
)
from socstream.model.advice import AdviceCode
from socstream.model.camera import JSONObject, Mode
from socstream.model.failure import FailureCode
from socstream.model.stream import StreamState

Time = Annotated[
    str, Meta(extra_json_schema={"format": "date-time"}, description="ISO 8601, UTC, milliseconds")
]
CameraStatus = Literal["online", "offline", "maintenance"]
SourceKind = Literal["backend_rtsp", "gateway", "hls"]
"""Who makes the HLS: our FFmpeg, the gateway, or the source itself."""

_Name = Annotated[str, Meta(min_length=1, max_length=100), Check(text(1, 100))]
_Host = Annotated[str, Meta(max_length=253, description="IP address or host name"), Check(place)]
_StreamURL = Annotated[
    str, Meta(max_length=2048, description="rtsp, rtsps, http or https"), Check(source_url)
]
_Secret = Annotated[str, Meta(max_length=256), Check(text(0, 256, verbatim=True))]
_Status = Annotated[CameraStatus, Check(one_of("online", "offline", "maintenance"))]
_Location = Annotated[
    str | JSONObject,
    Meta(description="an object, or a text that comes back as its label"),
    Check(bounded_object(or_text=text(0, 200))),
]
_Hardware = Annotated[JSONObject, Check(bounded_object())]
_Mode = Annotated[Mode, Check(one_of(*Mode))]
_IdleAfter = Annotated[
    float, Meta(ge=5, le=86400, description="seconds without a viewer"), Check(number_between(5, 86400))
]
_Share = Annotated[float, Meta(ge=0, le=1, description="of the wanted time of the last 24 hours")]
_Version = Annotated[int, Meta(ge=1), Check(whole_number(1))]


@frozen
class CredentialsBody:
    """What the camera asks for. Two empty texts: nothing."""

    username: _Secret | None = None
    password: _Secret | None = None


@frozen
class CameraBody:
    """A camera to be created."""

    name: _Name
    location: _Location
    ip_address: _Host
    stream_url: _StreamURL
    credentials: CredentialsBody | None = None
    status: _Status | None = None
    is_recording: bool | None = None
    motion_detection_enabled: bool | None = None
    mode: _Mode | None = None
    idle_after: _IdleAfter | None = None


@frozen
class CameraChangeBody:
    """The fields to be changed; a missing field or null leaves it as it is.

    The fields that a Camera has beyond these may be sent back and are not looked at.
    """

    name: _Name | None = None
    location: _Location | None = None
    ip_address: _Host | None = None
    stream_url: _StreamURL | None = None
    credentials: CredentialsBody | None = None
    status: _Status | None = None
    is_recording: bool | None = None
    motion_detection_enabled: bool | None = None
    hardware_status: _Hardware | None = None
    mode: _Mode | None = None
    idle_after: _IdleAfter | None = None
    version: _Version | None = None


@frozen
class ProbeBody:
    """A camera to be looked at before it is created; only its source matters."""

    stream_url: _StreamURL
    credentials: CredentialsBody | None = None
    name: _Name | None = None
    location: _Location | None = None
    ip_address: _Host | None = None
    status: _Status | None = None
    is_recording: bool | None = None
    motion_detection_enabled: bool | None = None
    mode: _Mode | None = None
    idle_after: _IdleAfter | None = None


@frozen
class HeartbeatBody:
    """A sign of life of a device. Its status is checked, but only an operator sets one."""

    status: _Status | None = None


@frozen
class FailureAnswer:
    """Why a stream is down, in words for the operator."""

    code: FailureCode
    message: str
    remedy: str
    since: Time | None


@frozen
class AdviceAnswer:
    """One thing that could be better about a stream."""

    code: AdviceCode
    message: str
    remedy: str


@frozen
class ProbeAnswer:
    """What a camera showed. `picture`: a small JPEG as a data URL.

    `keyframe_interval` in seconds; null when the look was too short for two keyframes: how long it is at
    least, if that is long, stands in the advice.
    """

    ok: bool
    failure: FailureAnswer | None
    codec: str | None
    width: int | None
    height: int | None
    fps: float | None
    keyframe_interval: float | None
    audio: str | None
    picture: str | None
    advice: tuple[AdviceAnswer, ...]


@frozen
class StreamAnswer:
    """The condition of a stream. `bitrate` in bits/s; `run` counts FFmpeg lives."""

    state: StreamState
    since: Time | None
    failure: FailureAnswer | None
    retry_at: Time | None
    failures: int
    last_segment_at: Time | None
    target_duration: int | None
    codec: str | None
    width: int | None
    height: int | None
    fps: float | None
    bitrate: int | None
    run: int


@frozen
class CameraAnswer:
    """A camera. `status` is online exactly while pictures arrive; `status_since` is since when."""

    camera_id: str
    name: str
    location: JSONObject
    ip_address: str
    stream_url: str
    status: CameraStatus
    hardware_status: JSONObject | None
    is_recording: bool
    motion_detection_enabled: bool
    last_known_image_url: str
    last_heartbeat: Time | None
    mode: Mode
    idle_after: float
    # Existing clients show an online camera as offline when this is older than 30 minutes.
    last_status_change: None
    status_since: Time | None
    version: int
    created_at: Time
    updated_at: Time
    source_username: str | None
    source_password_set: bool
    stream: StreamAnswer
    warnings: tuple[AdviceAnswer, ...]
    uptime: _Share | None


READ_ONLY = frozenset(field.name for field in fields(CameraAnswer)) - frozenset(
    field.name for field in fields(CameraChangeBody)
)
"""Fields that a client got with a Camera, may send back, and cannot change."""


@frozen
class MediaGrantAnswer:
    """Paths that show a camera to whoever has them, until they expire or their maker's session ends."""

    playlist: str
    last_image: str
    expires_at: Time


@frozen
class HeartbeatAnswer:
    """The heartbeat was noted."""

    ok: bool
    camera_id: str
    timestamp: Time


@frozen
class MetricsAnswer:
    """Counts over all cameras. `avg_uptime`: the mean of their uptimes; 100 % where none has one."""

    total: int
    online: int
    offline: int
    maintenance: int
    recording: int
    avg_uptime: Annotated[str, Meta(pattern="^[0-9]{1,3}%$")]


@frozen
class OutageAnswer:
    """A time without pictures. `ended` is null while it lasts; `code` and `message`: the last failure's."""

    began: Time
    ended: Time | None
    seconds: float
    code: str
    message: str
    run: int


@frozen
class PlaylistAnswer:
    """Our public playlist. `age`: seconds since the newest segment arrived."""

    media_sequence: int
    discontinuity_sequence: int
    segments: int
    age: float | None


@frozen
class StreamStatusAnswer:
    """What serves a camera, and how it is. `log`: the last lines of FFmpeg, without secrets."""

    gateway_reachable: bool
    manifest_available: bool
    source: SourceKind
    stream: StreamAnswer
    playlist: PlaylistAnswer | None
    log: tuple[str, ...]
    status_code: int | None
    hint: str | None


@frozen
class HealthAnswer:
    """The process and its loop are alive, or all of its parts are."""

    status: Literal["ok", "ready"]


@frozen
class FieldProblem:
    """One wrong field of a body."""

    field: str
    message: str


@frozen
class ErrorAnswer:
    """Any failure. `detail` and `message` hold the same words, for two generations of clients."""

    detail: str
    message: str
    code: str
    request_id: str
    errors: tuple[FieldProblem, ...] | None = None
    failure: FailureAnswer | None = None
