"""Media are encoded by real FFmpeg once, and cut into access units that a camera can send."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from socstream.demo.media import Spec, bench, split_nals
from socstream.demo.prepare import PrepareError, prepare
from socstream.ffmpeg.binary import locate

NOTHING = Path("/bin/false")


def small(**wishes: Any) -> Spec:
    return Spec(**{"name": "GATE 1", "width": 320, "height": 180, "loop_seconds": 2, **wishes})


def listing(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.engine
@pytest.mark.parametrize("codec", ["h264", "h265"])
@pytest.mark.parametrize("b_frames", [0, 2])
async def test_a_loop_is_cut_into_units_with_keyframes_where_they_were_asked_for(
    tmp_path: Path, codec: str, b_frames: int
) -> None:
    media = await prepare(locate(), small(codec=codec, b_frames=b_frames, gop=0.4), tmp_path)
    assert sorted(unit.pts for unit in media.units) == list(range(50))
    assert [unit.pts for unit in media.units if unit.key] == [0, 10, 20, 30, 40]
    assert media.lag == b_frames
    assert len(media.parameter_sets) == (2 if codec == "h264" else 3)
    for unit in media.units:
        assert (media.parameter_sets == unit.nals[: len(media.parameter_sets)]) == unit.key
    stripped = media.without_parameter_sets()
    assert not any(nal in media.parameter_sets for unit in stripped.units for nal in unit.nals)


@pytest.mark.engine
async def test_a_spec_is_encoded_once(tmp_path: Path) -> None:
    first = await prepare(locate(), small(), tmp_path)
    again = await prepare(NOTHING, small(), tmp_path)
    assert again.units == first.units
    with pytest.raises(PrepareError):
        await prepare(NOTHING, small(name="GATE 2"), tmp_path)


@pytest.mark.engine
async def test_two_may_prepare_the_same_at_the_same_time(tmp_path: Path) -> None:
    one, other = await asyncio.gather(*(prepare(locate(), small(), tmp_path) for _ in range(2)))
    assert one.units == other.units
    assert listing(tmp_path) == [small().key, f"{small().key}/index", f"{small().key}/video"]


@pytest.mark.engine
async def test_noise_fills_the_bit_rate_that_was_asked_for(tmp_path: Path) -> None:
    media = await prepare(locate(), small(bitrate=1_000_000, noise=True), tmp_path)
    assert sum(len(unit.packets.data) for unit in media.units) * 8 / 2 == pytest.approx(1_000_000, rel=0.3)


@pytest.mark.engine
async def test_aac_and_g711_are_cut_into_frames(tmp_path: Path) -> None:
    aac = (await prepare(locate(), small(audio="aac"), tmp_path)).audio
    pcma = (await prepare(locate(), small(audio="pcma"), tmp_path)).audio
    assert aac is not None
    assert pcma is not None
    assert (aac.config, aac.rate, aac.samples) == ("1408", 16_000, 1024)
    assert 2 * 16_000 // 1024 <= len(aac.packets) <= 2 * 16_000 // 1024 + 3
    assert (pcma.config, len(pcma.packets)) == ("", 100)


async def test_what_ffmpeg_says_is_the_error(tmp_path: Path) -> None:
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\necho Unknown encoder libx264 >&2\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(PrepareError, match=r"^Unknown encoder libx264$"):
        await prepare(broken, small(), tmp_path / "cache")
    assert listing(tmp_path / "cache") == []


async def test_giving_up_leaves_no_process_and_no_files(tmp_path: Path) -> None:
    fifo, endless = tmp_path / "fifo", tmp_path / "ffmpeg"
    os.mkfifo(fifo)
    endless.write_text(f"#!/bin/sh\nhead -c 1000 > /dev/null\necho $$ > {fifo}\nexec sleep 60\n")
    endless.chmod(0o755)
    preparing = asyncio.create_task(prepare(endless, small(), tmp_path / "cache"))
    child = int(await asyncio.to_thread(fifo.read_text))
    preparing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await preparing
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    assert listing(tmp_path / "cache") == []


@pytest.mark.parametrize(
    "wishes",
    [
        {"loop_seconds": 7},
        {"loop_seconds": 0},
        {"gop": 1.5},
        {"gop": 0.0},
        {"gop": 4.0},
        {"fps": 0},
        {"fps": 101},
        {"codec": "vp8"},
        {"b_frames": 9},
        {"width": 322},
        {"height": 2},
    ],
)
def test_what_cannot_be_a_loop_is_refused(wishes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        small(**wishes)


def test_every_wish_makes_another_file() -> None:
    specs = [
        small(),
        small(name="B"),
        small(gop=0.4),
        small(audio="aac"),
        small(noise=True),
        bench(),
        bench("B"),
    ]
    assert len({spec.key for spec in specs}) == len(specs)
    assert small().key == small().key


def test_nal_units_are_found_behind_start_codes_of_both_lengths() -> None:
    nals = (b"\x67\x01\x00\x00\x03\x01", b"\x68\xce", b"\x65\x88")
    assert split_nals(b"\0\0\0\1" + nals[0] + b"\0\0\1" + nals[1] + b"\0\0\0\1" + nals[2]) == nals
