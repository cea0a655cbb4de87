"""What an FFmpeg said about itself, kept in a file: asking takes a second, several on a busy box."""

import asyncio
import shutil
from pathlib import Path

import msgspec
from attrs import frozen

from socstream.ffmpeg.binary import NEEDS, WISHES, Binary, find


@frozen
class _Answer:
    """What was found, and all that would make it another answer: where we looked, the file, our questions."""

    override: str
    on_path: str
    mtime: int
    size: int
    path: str
    version: str
    features: tuple[str, ...]
    asked: tuple[str, ...]


async def recall(override: Path | None, memory: Path) -> Binary:
    """As `binary.find`, but asks only a binary that is another one than last time; raises FFmpegMissing."""
    remembered = await asyncio.to_thread(_read, override, memory)
    if remembered is not None:
        return remembered
    found = await find(override)
    await asyncio.to_thread(_write, override, memory, found)
    return found


def _read(override: Path | None, memory: Path) -> Binary | None:
    try:
        answer = msgspec.json.decode(memory.read_bytes(), type=_Answer)
        if answer != _answer(override, Binary(Path(answer.path), answer.version, frozenset(answer.features))):
            return None
    except (OSError, msgspec.DecodeError):
        return None
    return Binary(Path(answer.path), answer.version, frozenset(answer.features))


def _write(override: Path | None, memory: Path, found: Binary) -> None:
    temporary = memory.with_suffix(".tmp")
    try:
        temporary.write_bytes(msgspec.json.encode(_answer(override, found)))
        temporary.replace(memory)
    except OSError:
        temporary.unlink(missing_ok=True)  # a convenience: without it we ask again


def _answer(override: Path | None, found: Binary) -> _Answer:
    status = found.path.stat()
    return _Answer(
        override=str(override or ""),
        on_path=shutil.which("ffmpeg") or "",
        mtime=status.st_mtime_ns,
        size=status.st_size,
        path=str(found.path),
        version=found.version,
        features=tuple(sorted(found.features)),
        asked=tuple(need.name for need in (*NEEDS, *WISHES)),
    )
