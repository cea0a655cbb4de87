"""Each camera's picture at a URL that only who asked may use, in texts that are made once for everybody."""

import re
import secrets
from functools import partial

from attrs import field, frozen

from socstream.access.grants import Grants
from socstream.api.paths import granted_url
from socstream.model.account import Caller

PICTURE = "last-image"

_MOST_CALLERS = 64
"""Whose URLs are remembered: each camera has 0.2 KB of them."""

_NO_CAMERA = "00000000-0000-0000-0000-000000000000"


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
        self._blank = re.compile(rf"{self._mark}([0-9a-f-]{{36}})".encode())
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
            filled = self._blank.sub(partial(self._url, caller, self._urls_of(caller, until)), text)
            last = self._last = _Filled(text, caller.key, until, filled)
        return last.text

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

    def _url(self, caller: Caller, made: dict[bytes, bytes], found: re.Match[bytes]) -> bytes:
        url = made.get(found[1])
        if url is None:
            camera_id = found[1].decode()
            url = granted_url(self._grants.token(caller, camera_id), camera_id, PICTURE).encode()
            made[found[1]] = url
        return url
