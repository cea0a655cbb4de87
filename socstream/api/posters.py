"""Each camera's picture at a URL that only who asked may use, in texts that are made once for everybody."""

import secrets

from attrs import field, frozen

from socstream.access.grants import Grants
from socstream.api.paths import granted_url
from socstream.model.account import Caller

PICTURE = "last-image"

_MOST_CALLERS = 64
"""Whose URLs are remembered: each camera has 0.2 KB of them."""

_NO_CAMERA = "00000000-0000-0000-0000-000000000000"

_ID = len(_NO_CAMERA)


@frozen
class _Filled:
    """A text as one caller gets it, with permissions that last until then."""

    blank: bytes
    key: str
    until: int
    text: bytes


@frozen
class _Urls:
    """A caller's URLs by camera, with permissions that last until then. A signature takes 10 µs, and a list
    of a thousand cameras holds as many.
    """

    until: int
    made: dict[bytes, bytes] = field(factory=dict)


class Posters:
    """Texts for everybody hold a blank in the URL's place; `filled` puts in the caller's own.

    `<video poster>` and `<img>` send no header: the permission has to stand in the path.
    """

    def __init__(self, grants: Grants) -> None:
        self._grants = grants
        # Nobody can guess it, so no camera's name can be taken for a blank.
        self._mark = secrets.token_hex(16)
        self._last = _Filled(b"", "", 0, b"")
        self._urls: dict[str, _Urls] = {}

    def blank(self, camera_id: str) -> str:
        """What stands for the URL of this camera's picture."""
        return self._mark + camera_id

    def filled(self, text: bytes, caller: Caller) -> bytes:
        """The text as this caller gets it."""
        # What happens is told to hundreds one after the other, and many of them are one: the same wall.
        last, until = self._last, self._grants.until
        if last.blank is not text or last.key != caller.key or last.until != until:
            last = self._last = _Filled(text, caller.key, until, self._fill(text, caller, until))
        return last.text

    def _fill(self, text: bytes, caller: Caller, until: int) -> bytes:
        # A list of a thousand cameras is a megabyte: a regular expression takes three times as long for it.
        first, *others = text.split(self._mark.encode())
        made, parts = self._urls_of(caller, until), [first]
        for other in others:
            camera_id = other[:_ID]
            parts.append(made.get(camera_id) or self._make(caller, made, camera_id))
            parts.append(other[_ID:])
        return b"".join(parts)

    def edition(self, caller: Caller) -> str:
        """Changes when the URLs in this caller's texts do."""
        return self._grants.token(caller, _NO_CAMERA)[-16:]

    def _urls_of(self, caller: Caller, until: int) -> dict[bytes, bytes]:
        urls = self._urls.pop(caller.key, None)
        if urls is None or urls.until != until:
            urls = _Urls(until)
        self._urls[caller.key] = urls
        if len(self._urls) > _MOST_CALLERS:
            del self._urls[next(iter(self._urls))]  # whoever has asked for nothing the longest
        return urls.made

    def _make(self, caller: Caller, made: dict[bytes, bytes], camera_id: bytes) -> bytes:
        text = camera_id.decode()
        made[camera_id] = url = granted_url(self._grants.token(caller, text), text, PICTURE).encode()
        return url
