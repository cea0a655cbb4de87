"""What an edit changed, in words for the audit log: names, and never a secret value."""

from collections.abc import Iterator

from attrs import fields

from socstream.model.account import User
from socstream.model.camera import Camera

_COUNTED = frozenset({"version", "updated_at", "last_heartbeat"})
"""What every edit changes, and what other requests do meanwhile."""


def of_camera(old: Camera, new: Camera) -> str:
    """The camera's name, and what of it is different now."""
    return f"{old.name}: {', '.join(_camera_changes(old, new)) or 'nothing'}"


def of_user(old: User, new: User) -> str:
    """The user's name, and what of him is different now; of what he may, what it is."""
    return f"{old.username}: {', '.join(_user_changes(old, new)) or 'nothing'}"


def _camera_changes(old: Camera, new: Camera) -> Iterator[str]:
    for name in _different(old, new):
        if name == "source":
            if old.source.url != new.source.url:
                yield "stream_url"
            if old.source.credentials != new.source.credentials:
                yield "credentials"
        elif name == "maintenance":
            yield f"maintenance={new.maintenance}".lower()
        elif name not in _COUNTED:
            yield name


def _user_changes(old: User, new: User) -> Iterator[str]:
    for name in _different(old, new):
        if name == "roles":
            yield f"roles={' '.join(new.roles)}"
        elif name == "status":
            yield f"status={new.status}"
        else:
            yield "password" if name == "password_hash" else name


def _different(old: Camera | User, new: Camera | User) -> list[str]:
    return [field.name for field in fields(type(old)) if getattr(old, field.name) != getattr(new, field.name)]
