"""The URLs that we write into answers, and those that we recognise when a client sends them back."""

import re

from yarl import URL

from socstream.hls.layout import PLAYLIST_NAME

PREFIXES = ("/api", "/api/v1")
"""Every route of the contract lives under both; answers are written with the first."""

CAMERAS = "/security-operations/cameras"


_MEDIA = re.compile(r"/m/|/api(?:/v1)?/security-operations/cameras/[^/]+/(?:hls/|last-image$)")


def is_media(path: str) -> bool:
    """True for playlists, segments and pictures, with and without a grant in the path."""
    return _MEDIA.match(path) is not None


def playlist_url(camera_id: str) -> str:
    """Our own playlist of a camera."""
    return f"{PREFIXES[0]}{CAMERAS}/{camera_id}/hls/{PLAYLIST_NAME}"


def granted_url(grant: str, camera_id: str, name: str) -> str:
    """A playlist or picture for those who cannot send headers: `<img>`, `<video poster>`, Safari, VLC."""
    return f"/m/{grant}/{camera_id}/{name}"


def is_playlist_url(text: str, camera_id: str, host: str) -> bool:
    """True for our own playlist of this camera: a path, or a full URL on `host` (a Host header)."""
    try:
        url = URL(text)
        own_place = not url.absolute or url.authority == URL(f"{url.scheme}://{host}").authority
    except ValueError:
        return False
    own_paths = {f"{prefix}{CAMERAS}/{camera_id}/hls/{PLAYLIST_NAME}" for prefix in PREFIXES}
    return own_place and url.path in own_paths
