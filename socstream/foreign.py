"""What the configuration files of other programs say of cameras: MediaMTX, go2rtc, Frigate."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

_RTSP = re.compile(r"rtsps?://", re.IGNORECASE)

_HERE = re.compile(r"rtsps?://(?:127\.0\.0\.1|localhost|\[::1\])(?::8554)?/([^/?#]+)$", re.IGNORECASE)
"""go2rtc's own stream of that name, as Frigate files refer to it."""

_TRANSPORT = frozenset({"rtspTransport", "sourceProtocol"})
"""How MediaMTX calls the way in which the packets come; with us it is always TCP."""

_TAKEN = frozenset({"name", "source", "sourceOnDemand"})

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
    defaults = data["pathDefaults"] if isinstance(data.get("pathDefaults"), dict) else {}
    shared = {key: value for key, value in defaults.items() if key in _TRANSPORT}
    for name, path in data["paths"].items():
        own = path if isinstance(path, dict) else {}
        settings = defaults | own
        source = settings.get("source", "publisher")
        if str(name).startswith("~") or name in ("all", "all_others"):
            yield Skipped(str(name), "stands for many paths")
        elif not isinstance(source, str) or not _RTSP.match(source):
            yield Skipped(str(name), "has no rtsp:// source: others publish to it")
        else:
            had = [str(key) for key in shared | own if key not in _TAKEN and not _is_tcp(key, settings[key])]
            is_on_demand = settings.get("sourceOnDemand") in (True, "yes")
            yield Found(str(name), source, on_demand=is_on_demand, note=_also(had))


def _is_tcp(key: object, value: object) -> bool:
    """Whether a setting asks for what we do anyway."""
    return key in _TRANSPORT and value in ("tcp", "automatic")


def _go2rtc(data: Mapping[str, Any]) -> Iterator[Line]:
    for name, sources in data["streams"].items():
        url, others = _first_rtsp(sources)
        if url is None:
            yield Skipped(str(name), "has no rtsp:// source")
        else:
            yield _without_fragment(str(name), url, _also(others))


def _frigate(data: Mapping[str, Any]) -> Iterator[Line]:
    restream = data.get("go2rtc") if isinstance(data.get("go2rtc"), dict) else {}
    streams = restream.get("streams") if isinstance(restream, dict) else None
    for name, camera in data["cameras"].items():
        url, others = _best_input(camera)
        if url is not None and isinstance(streams, dict) and (own := _HERE.match(url)):
            url, more = _first_rtsp(streams.get(own[1]))
            others = [*others, *more]
        if url is None:
            yield Skipped(str(name), "has no rtsp:// input")
        elif _BLANK.search(url):
            yield Skipped(str(name), "its URL holds a blank that Frigate fills in from its environment")
        else:
            found = _without_fragment(str(name), url, _also(others))
            is_off = isinstance(camera, dict) and camera.get("enabled") is False
            yield Found(found.name, found.url, maintenance=is_off, note=found.note)


def _best_input(camera: object) -> tuple[str | None, list[str]]:
    """The path that Frigate records, the main stream, else the first; and what the others are for."""
    settings = camera.get("ffmpeg") if isinstance(camera, dict) else None
    inputs = settings.get("inputs") if isinstance(settings, dict) else None
    given = [
        (str(each.get("path", "")), [str(role) for role in each.get("roles") or ()])
        for each in inputs or ()
        if isinstance(each, dict)
    ]
    paths = [each for each in given if _RTSP.match(each[0])]
    best = next(iter([*(each for each in paths if "record" in each[1]), *paths]), None)
    if best is None:
        return None, []
    others = [roles for path, roles in given if path != best[0]]
    return best[0], [f"an input for {' and '.join(roles) or 'nothing'}" for roles in others]


def _first_rtsp(sources: object) -> tuple[str | None, list[str]]:
    """The first source that is a camera, and the others by their schemes: no password is in these."""
    listed = [each for each in (sources if isinstance(sources, list) else [sources]) if isinstance(each, str)]
    url = next((each for each in listed if _RTSP.match(each)), None)
    return url, [f"{each.partition(':')[0]}:…" for each in listed if each != url]


def _also(had: Sequence[str]) -> str:
    return f"also had: {', '.join(had)}, not taken" if had else ""


def _without_fragment(name: str, url: str, note: str) -> Found:
    """go2rtc takes orders behind a “#”, which are nothing for a camera."""
    plain, _, orders = url.partition("#")
    without = f"without “#{orders}”" if orders else ""
    return Found(name, plain, note="; ".join(filter(None, (without, note))))


_READERS: tuple[tuple[str, str, Callable[[Mapping[str, Any]], Iterator[Line]]], ...] = (
    ("Frigate", "cameras", _frigate),
    ("MediaMTX", "paths", _mediamtx),
    ("go2rtc", "streams", _go2rtc),
)
