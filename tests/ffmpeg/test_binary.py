"""Finding FFmpeg and asking it, with the real ones of this machine and with stand-ins that lie."""

import importlib
import os
from pathlib import Path

import pytest

from socstream.ffmpeg import binary
from socstream.ffmpeg.binary import GIT_BUILD, NEEDS, WISHES, Binary, find, inspect, locate
from socstream.model.errors import FFmpegMissing


def stand_in(folder: Path, script: str, name: str = "ffmpeg") -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", refuse)


@pytest.mark.parametrize(
    ("version", "number"),
    [
        ("5.1.9-0+deb12u1", (5, 1)),
        ("n9.0.2-17-g2a571b6068-20260930", (9, 0)),
        ("10.0", (10, 0)),
        ("N-118193-g5f38c82536", GIT_BUILD),
        ("2026-02-01-git-83e4c1b0a1", GIT_BUILD),
    ],
)
def test_a_build_without_a_release_number_counts_as_new(version: str, number: tuple[int, int]) -> None:
    assert Binary(Path("ffmpeg"), version).version_number == number


def test_an_override_wins_over_everything(tmp_path: Path) -> None:
    mine = stand_in(tmp_path, "echo ffmpeg version 1.0", "mine")
    assert locate(mine) == mine


@pytest.mark.parametrize("what", ["absent", "a folder", "not executable"])
def test_an_override_that_cannot_run_is_an_error_and_never_a_fallback(tmp_path: Path, what: str) -> None:
    path = tmp_path / "mine"
    if what == "a folder":
        path.mkdir()
    elif what == "not executable":
        path.write_text("#!/bin/sh\n")
    with pytest.raises(FFmpegMissing, match=f"{path} is not an executable file.*SOCSTREAM_FFMPEG"):
        locate(path)


def test_the_one_on_path_is_taken_from_5_0_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = stand_in(tmp_path, "echo ffmpeg version 5.0.1 Copyright")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert locate() == new


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo ffmpeg version 4.4.2-0ubuntu0.22.04.1", "is 4.4.2-0ubuntu0.22.04.1, older than 5.0"),
        ("echo hello", "does not say its version"),
        ("exit 127", "does not say its version"),
    ],
)
@pytest.mark.usefixtures("no_wheel")
def test_an_old_or_broken_one_on_path_is_passed_over_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    stand_in(tmp_path, script)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FFmpegMissing, match=f"{reason}; no imageio-ffmpeg wheel; install FFmpeg"):
        locate()


def test_an_old_one_on_path_gives_way_to_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = pytest.importorskip("imageio_ffmpeg")
    stand_in(tmp_path, "echo ffmpeg version 4.4.2")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert locate() == Path(wheel.get_ffmpeg_exe())


@pytest.mark.usefixtures("no_wheel")
def test_none_anywhere_says_what_was_tried_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FFmpegMissing, match="none on PATH; no imageio-ffmpeg wheel; install FFmpeg"):
        locate()


@pytest.mark.engine
async def test_the_real_one_on_path_has_all_that_we_need() -> None:
    found = await find()
    assert found.version_number >= (5, 0)
    assert found.missing == ()


@pytest.mark.engine
async def test_the_one_of_the_wheel_has_all_that_we_need() -> None:
    wheel = pytest.importorskip("imageio_ffmpeg")
    found = await inspect(Path(wheel.get_ffmpeg_exe()))
    assert found.version_number >= (7, 0)
    assert found.missing == ()


async def test_what_an_ffmpeg_lacks_is_named(tmp_path: Path) -> None:
    bare = stand_in(
        tmp_path,
        """case "$*" in
        *-version*) echo ffmpeg version N-1-gabc ;;
        *demuxer=rtsp*) echo "  -listen_timeout <int> set the timeout"; echo "  -stimeout <int>" ;;
        *muxer=hls*) echo "     temp_file    E.. write and rename"; echo "  -hls_delete_threshold <int>" ;;
        *-bsfs*) echo setts_more ;;
        *demuxer=concat*) echo "Demuxer concat [Virtual concatenation script]:" ;;
        *) echo "Unknown format" ;;
        esac""",
    )
    found = await inspect(bare)
    assert found.version == "N-1-gabc"
    assert found.features == {"hls temp_file", "hls hls_delete_threshold", "concat"}
    assert found.missing == (
        "rtsp timeout",
        "hls omit_endlist",
        "hls independent_segments",
        "hls hls_fmp4_init_filename",
        "setts",
        "flv",
    )


async def test_what_would_be_welcome_is_found_and_not_missed(tmp_path: Path) -> None:
    new = stand_in(tmp_path, "echo ffmpeg version 9.0; echo '  -tls_verify <boolean>  ED...'", "new")
    old = stand_in(tmp_path, "echo ffmpeg version 5.1", "old")
    assert "rtsp tls_verify" in (await inspect(new)).features
    assert "rtsp tls_verify" not in (*(await inspect(old)).features, *(await inspect(old)).missing)


async def test_each_question_is_asked_once(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    await inspect(stand_in(tmp_path, f'echo "$*" >> {asked}; echo ffmpeg version 7.1'))
    questions = asked.read_text().splitlines()
    assert len(questions) == len(set(questions)) == 1 + len({need.question for need in (*NEEDS, *WISHES)})


async def test_one_that_never_answers_is_ended_and_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = tmp_path / "pid"
    monkeypatch.setattr(binary, "ANSWER_WITHIN", 0.3)
    with pytest.raises(FFmpegMissing, match="did not answer in"):
        await inspect(stand_in(tmp_path, f"echo $$ > {pid}; exec sleep 60"))
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


async def test_one_that_is_no_program_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "ffmpeg"
    path.write_bytes(b"\x7fELF but no more")
    path.chmod(0o755)
    with pytest.raises(FFmpegMissing, match="does not run"):
        await inspect(path)
