"""What the configuration files of other programs say of cameras: MediaMTX, go2rtc, Frigate."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen

_RTSP = re.compile(r"rtsps?://", re.IGNORECASE)

_HERE = re.compile(r"rtsps?://(?:127\.0\.0\.1|localhost|\[::1\])(?::8554)?/([^/?#]+)$", re.IGNORECASE)
"""go2rtc's own stream of that name, as Frigate files refer to it."""

_BLANK = re.compile(r"\{FRIGATE_\w+\}|\$\{\w+\}")


@frozen
class Found:
    """A camera: its name, its RTSP URL as it stood there, and what is to be said about it."""

    name: str
    url: str
    on_demand: bool = False
    maintenance: bool = False
    note: str = ""


@frozen
class Skipped:
    """An entry that is no camera for us, and why."""

    name: str
    why: str


Line = Found | Skipped


def cameras_in(data: object) -> tuple[str, list[Line]] | None:
    """Which program's file it is, and its entries in order; None for a file of nobody that we know."""
    if not isinstance(data, dict):
        return None
    for program, key, read in _READERS:
        if isinstance(data.get(key), dict):
            return program, list(read(data))
    return None


def _mediamtx(data: Mapping[str, Any]) -> Iterator[Line]:
    for name, path in data["paths"].items():
        settings = path if isinstance(path, dict) else {}
        source = settings.get("source", "publisher")
        if str(name).startswith("~") or name in ("all", "all_others"):
            yield Skipped(str(name), "stands for many paths")
        elif not isinstance(source, str) or not _RTSP.match(source):
            yield Skipped(str(name), "has no rtsp:// source: others publish to it")
        else:
            yield Found(str(name), source, on_demand=settings.get("sourceOnDemand") in (True, "yes"))


def _go2rtc(data: Mapping[str, Any]) -> Iterator[Line]:
    for name, sources in data["streams"].items():
        url = _first_rtsp(sources)
        if url is None:
            yield Skipped(str(name), "has no rtsp:// source")
        else:
            yield _without_fragment(str(name), url)


def _frigate(data: Mapping[str, Any]) -> Iterator[Line]:
    restream = data.get("go2rtc") if isinstance(data.get("go2rtc"), dict) else {}
    streams = restream.get("streams") if isinstance(restream, dict) else None
    for name, camera in data["cameras"].items():
        url = _best_input(camera)
        if url is not None and isinstance(streams, dict) and (own := _HERE.match(url)):
            url = _first_rtsp(streams.get(own[1]))
        if url is None:
            yield Skipped(str(name), "has no rtsp:// input")
        elif _BLANK.search(url):
            yield Skipped(str(name), "its URL holds a blank that Frigate fills in from its environment")
        else:
            found = _without_fragment(str(name), url)
            is_off = isinstance(camera, dict) and camera.get("enabled") is False
            yield Found(found.name, found.url, maintenance=is_off, note=found.note)


def _best_input(camera: object) -> str | None:
    """The path that Frigate records, which is the main stream; else the first."""
    settings = camera.get("ffmpeg") if isinstance(camera, dict) else None
    inputs = settings.get("inputs") if isinstance(settings, dict) else None
    paths = [
        (str(each["path"]), each.get("roles") or ())
        for each in inputs or ()
        if isinstance(each, dict) and _RTSP.match(str(each.get("path", "")))
    ]
    recorded = [path for path, roles in paths if "record" in roles]
    return next(iter([*recorded, *(path for path, _ in paths)]), None)


def _first_rtsp(sources: object) -> str | None:
    listed: Iterable[object] = sources if isinstance(sources, list) else [sources]
    return next((each for each in listed if isinstance(each, str) and _RTSP.match(each)), None)


def _without_fragment(name: str, url: str) -> Found:
    """go2rtc takes orders behind a “#”, which are nothing for a camera."""
    plain, _, orders = url.partition("#")
    return Found(name, plain, note=f"without “#{orders}”" if orders else "")


_READERS: tuple[tuple[str, str, Callable[[Mapping[str, Any]], Iterator[Line]]], ...] = (
    ("Frigate", "cameras", _frigate),
    ("MediaMTX", "paths", _mediamtx),
    ("go2rtc", "streams", _go2rtc),
)
