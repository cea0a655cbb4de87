"""What the operator wants: a camera, its creation and its edits. Nothing here knows the stream."""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from attrs import evolve, frozen

from socstream.model.source import Source

JSONObject = Mapping[str, object]

IDLE_AFTER = 60.0
"""Seconds without a viewer after which an on-demand camera is let go, unless it says otherwise."""


class Mode(StrEnum):
    """When a camera is pulled: always, or only while somebody watches."""

    ALWAYS = "always"
    ON_DEMAND = "on_demand"


# Not UUID(): it also takes braces, "urn:", spaces, underscores, and the digits of other scripts.
_ID = re.compile(r"([0-9a-f]{8})(-?)([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{12})")


def canonical_id(text: str) -> str | None:
    """The hyphenated form of a camera id, given with or without hyphens; None for anything else."""
    found = _ID.fullmatch(text.lower())
    return None if found is None else "-".join(found.group(1, 3, 4, 5, 6))


def name_key(name: str) -> str:
    """Equal for names that differ in letter case only: no two cameras may have such names."""
    return name.casefold()


@frozen
class CameraDraft:
    """A camera as somebody asks for it, not stored yet."""

    name: str
    location: JSONObject
    ip_address: str
    source: Source
    maintenance: bool = False
    is_recording: bool = False
    motion_detection_enabled: bool = True
    mode: Mode = Mode.ALWAYS
    idle_after: float = IDLE_AFTER


@frozen
class CameraEdit:
    """The wished changes; None leaves a field as it is. `version` guards against lost edits."""

    name: str | None = None
    location: JSONObject | None = None
    ip_address: str | None = None
    source: Source | None = None
    maintenance: bool | None = None
    is_recording: bool | None = None
    motion_detection_enabled: bool | None = None
    hardware_status: JSONObject | None = None
    mode: Mode | None = None
    idle_after: float | None = None
    version: int | None = None


@frozen
class Camera:
    """One camera as stored. `version` and `updated_at` count operators' edits, never stream state.

    `idle_after`: seconds without a viewer after which an on-demand stream ends.
    """

    camera_id: str
    name: str
    location: JSONObject
    ip_address: str
    source: Source
    maintenance: bool
    is_recording: bool
    motion_detection_enabled: bool
    hardware_status: JSONObject | None
    last_heartbeat: datetime | None
    mode: Mode
    idle_after: float
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def from_draft(cls, camera_id: str, draft: CameraDraft, at: datetime) -> "Camera":
        """The first version of a camera."""
        return cls(
            camera_id=camera_id,
            name=draft.name,
            location=draft.location,
            ip_address=draft.ip_address,
            source=draft.source,
            maintenance=draft.maintenance,
            is_recording=draft.is_recording,
            motion_detection_enabled=draft.motion_detection_enabled,
            hardware_status=None,
            last_heartbeat=None,
            mode=draft.mode,
            idle_after=draft.idle_after,
            version=1,
            created_at=at,
            updated_at=at,
        )

    def edited(self, edit: CameraEdit, at: datetime) -> "Camera":
        """The next version. A new source on the same host keeps the password that it had."""
        source = self.source if edit.source is None else self.source.redirected(edit.source)
        return evolve(
            self,
            name=self.name if edit.name is None else edit.name,
            location=self.location if edit.location is None else edit.location,
            ip_address=self.ip_address if edit.ip_address is None else edit.ip_address,
            source=source,
            maintenance=self.maintenance if edit.maintenance is None else edit.maintenance,
            is_recording=self.is_recording if edit.is_recording is None else edit.is_recording,
            motion_detection_enabled=(
                self.motion_detection_enabled
                if edit.motion_detection_enabled is None
                else edit.motion_detection_enabled
            ),
            hardware_status=self.hardware_status if edit.hardware_status is None else edit.hardware_status,
            mode=self.mode if edit.mode is None else edit.mode,
            idle_after=self.idle_after if edit.idle_after is None else edit.idle_after,
            version=self.version + 1,
            updated_at=at,
        )

    def streams_like(self, other: "Camera") -> bool:
        """True when a running stream need not notice the change from `other` to this."""
        return (self.source, self.maintenance, self.mode) == (other.source, other.maintenance, other.mode)
