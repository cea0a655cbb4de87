"""The URLs that we write into answers, and those that we recognise when a client sends them back."""

from yarl import URL

from socstream.hls.layout import PLAYLIST_NAME

PREFIXES = ("/api", "/api/v1")
"""Every route of the contract lives under both; answers are written with the first."""

CAMERAS = "/security-operations/cameras"


def playlist_url(camera_id: str) -> str:
    """Our own playlist of a camera."""
    return f"{PREFIXES[0]}{CAMERAS}/{camera_id}/hls/{PLAYLIST_NAME}"


def last_image_url(camera_id: str) -> str:
    """The camera's picture for `<img>` and `<video poster>`."""
    return f"{PREFIXES[0]}{CAMERAS}/{camera_id}/last-image"


def is_playlist_url(text: str, camera_id: str, host: str) -> bool:
    """True for our own playlist of this camera: a path, or a full URL on `host` (a Host header)."""
    try:
        url = URL(text)
        own_place = not url.absolute or url.authority == URL(f"{url.scheme}://{host}").authority
    except ValueError:
        return False
    own_paths = {f"{prefix}{CAMERAS}/{camera_id}/hls/{PLAYLIST_NAME}" for prefix in PREFIXES}
    return own_place and url.path in own_paths
