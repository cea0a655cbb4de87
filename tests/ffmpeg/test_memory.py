"""An FFmpeg is asked once, and again only when it is another one."""

from pathlib import Path

from socstream.ffmpeg.memory import recall

FAKE = """#!/bin/sh
echo x >> {log}
echo "ffmpeg version {version} Copyright"
"""


def fake(path: Path, version: str) -> Path:
    path.write_text(FAKE.format(log=path.with_suffix(".log"), version=version))
    path.chmod(0o755)
    return path


def questions(path: Path) -> int:
    log = path.with_suffix(".log")
    return len(log.read_text().splitlines()) if log.exists() else 0


async def test_the_second_start_asks_nothing(tmp_path: Path) -> None:
    ffmpeg, memory = fake(tmp_path / "ffmpeg", "7.1"), tmp_path / "memory.json"
    first = await recall(ffmpeg, memory)
    asked = questions(ffmpeg)
    assert await recall(ffmpeg, memory) == first
    assert asked > 0
    assert questions(ffmpeg) == asked


async def test_an_upgraded_binary_is_asked_again(tmp_path: Path) -> None:
    ffmpeg, memory = fake(tmp_path / "ffmpeg", "7.1"), tmp_path / "memory.json"
    await recall(ffmpeg, memory)
    fake(ffmpeg, "10.0.2")
    assert (await recall(ffmpeg, memory)).version == "10.0.2"


async def test_another_override_is_asked(tmp_path: Path) -> None:
    memory = tmp_path / "memory.json"
    await recall(fake(tmp_path / "old", "7.1"), memory)
    assert (await recall(fake(tmp_path / "new", "8.0"), memory)).version == "8.0"


async def test_a_broken_memory_is_no_harm(tmp_path: Path) -> None:
    ffmpeg, memory = fake(tmp_path / "ffmpeg", "7.1"), tmp_path / "memory.json"
    memory.write_text("{")
    assert (await recall(ffmpeg, memory)).version == "7.1"


async def test_a_memory_that_cannot_be_kept_is_no_harm(tmp_path: Path) -> None:
    ffmpeg = fake(tmp_path / "ffmpeg", "7.1")
    assert (await recall(ffmpeg, tmp_path / "nowhere" / "memory.json")).version == "7.1"


async def test_an_answer_to_other_questions_is_none(tmp_path: Path) -> None:
    ffmpeg, memory = fake(tmp_path / "ffmpeg", "7.1"), tmp_path / "memory.json"
    await recall(ffmpeg, memory)
    asked = questions(ffmpeg)
    memory.write_text(memory.read_text().replace('"rtsp tls_verify"', '"what an older release asked"'))
    await recall(ffmpeg, memory)
    assert questions(ffmpeg) == 2 * asked
