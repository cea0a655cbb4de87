"""Files, whole or in one part: what of RFC 9110's ranges a player asks for, and no more."""

import re
from collections.abc import Mapping
from pathlib import Path

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter

_PART = re.compile(r"bytes=(?:([0-9]{1,40})-([0-9]{0,40})|-0*[1-9][0-9]{0,39})", re.IGNORECASE)


def file_response(request: web.Request, path: Path, headers: Mapping[str, str]) -> web.FileResponse:
    """The file or the part that was asked for; the whole for several parts, and for nonsense."""
    asked = request.headers.get(hdrs.RANGE)
    kind = web.FileResponse if asked is None or _is_one_part(asked) else _WholeFile
    return kind(path, headers=headers)


def _is_one_part(asked: str) -> bool:
    found = _PART.fullmatch(asked)
    return found is not None and not (found[1] and found[2] and int(found[1]) > int(found[2]))


class _WholeFile(web.FileResponse):
    """aiohttp answers 416 to a range that it does not understand; RFC 9110 wants that ignored."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send the file as if no range had been asked for."""
        headers = request.headers.copy()
        headers.popall(hdrs.RANGE, None)
        return await super().prepare(request.clone(headers=headers))
