"""One picture out of a segment, with real FFmpegs, with bytes that a hostile camera sends, with stand-ins."""

import asyncio
import contextlib
import random
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from socstream.ffmpeg import still as module
from socstream.ffmpeg.binary import Binary, locate
from socstream.ffmpeg.encoder import Encoder
from socstream.ffmpeg.still import LONGEST, NoStill, still
from socstream.hls.album import LARGEST_PICTURE
from socstream.hls.layout import StreamLayout
from socstream.model.errors import FFmpegMissing
from tests.ffmpeg.movies import B_FRAMES, H264, H265, REFRESH, Cut, colour_of, cut, size_of, wheel
from tests.rigs import processes

SETPRIV = shutil.which("setpriv")


@pytest.fixture(scope="module")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Cut:
    return asyncio.run(cut(tmp_path_factory.mktemp("colours")))


@pytest.fixture(params=[locate, wheel], ids=["box", "wheel"])
def ffmpeg(request: pytest.FixtureRequest) -> Binary:
    return Binary(request.param(), "")


async def picture(movie: bytes, binary: Binary | None = None) -> bytes:
    return await still(binary or Binary(locate(), ""), SETPRIV, movie)


@pytest.mark.engine
@pytest.mark.parametrize(("number", "colour"), [(0, "red"), (1, "green"), (2, "blue")])
async def test_it_is_the_picture_that_the_segment_begins_with(
    colours: Cut, ffmpeg: Binary, number: int, colour: str
) -> None:
    jpeg = await picture(colours.movie(number), ffmpeg)
    assert await colour_of(jpeg) == colour
    assert size_of(jpeg) == (320, 180), "never larger than it came"


@pytest.mark.engine
@pytest.mark.parametrize(
    ("size", "encoder", "filters", "expected"),
    [
        ("1920x1080", B_FRAMES, "null", (1280, 720)),
        ("720x1920", H264, "null", (480, 1280)),
        ("704x576", H264, "setsar=16/11", (1024, 576)),
        ("640x360", REFRESH, "null", (640, 360)),
        ("640x360", H265, "format=yuv420p10le", (640, 360)),
        ("640x360", H264, "format=yuv444p", (640, 360)),
        ("640x360", ("-c:v", "mpeg4", "-g", "5"), "null", (640, 360)),
        ("320x180", H264, "setsar=1/100", (2, 112)),
        ("320x180", H264, "setsar=100", (1280, 6)),
    ],
)
async def test_whatever_cameras_send_has_square_pixels_and_at_most_1280_of_them(
    tmp_path: Path,
    size: str,
    encoder: tuple[str, ...],
    filters: str,
    expected: tuple[int, int],
) -> None:
    movies = await cut(tmp_path, size=size, encoder=encoder, filters=filters)
    for path in (locate(), wheel()):
        jpeg = await picture(movies.movie(1), Binary(path, ""))
        assert size_of(jpeg) == expected
        assert await colour_of(jpeg) == "green"


@pytest.mark.engine
async def test_the_beginning_of_a_segment_is_enough(tmp_path: Path) -> None:
    movie = (await cut(tmp_path, filters="noise=alls=20:allf=t")).movie(1)
    for path in (locate(), wheel()):
        jpeg = await picture(movie[: len(movie) * 2 // 3], Binary(path, ""))
        assert await colour_of(jpeg) == "green"


def noise(colours: Cut) -> bytes:
    return colours.init + random.Random(4).randbytes(200_000)


def flipped(colours: Cut) -> bytes:
    movie, chance = bytearray(colours.movie(1)), random.Random(4)
    for _ in range(len(movie) // 20):
        movie[chance.randrange(len(movie))] = chance.randrange(256)
    return bytes(movie)


HOSTILE: dict[str, Callable[[Cut], bytes]] = {
    "nothing": lambda _: b"",
    "zeros": lambda _: bytes(100_000),
    "noise": noise,
    "no pictures": lambda colours: colours.init,
    "no init": lambda colours: colours.segments[1],
    "only sizes": lambda colours: colours.init + colours.segments[1][:300],
    "flipped": flipped,
    "an endless box": lambda colours: colours.init + b"\x7f\xff\xff\xffmoof" + bytes(50_000),
    "a playlist": lambda _: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
    "a script": lambda _: b"ffconcat version 1.0\nfile '/etc/passwd'\n",
}


@pytest.mark.engine
@pytest.mark.parametrize("kind", HOSTILE)
async def test_hostile_bytes_give_a_jpeg_or_a_reason_and_nothing_else(
    colours: Cut, ffmpeg: Binary, kind: str
) -> None:
    began = time.monotonic()
    if kind == "flipped":
        with contextlib.suppress(NoStill):
            assert (await picture(HOSTILE[kind](colours), ffmpeg)).endswith(b"\xff\xd9")
    else:
        with pytest.raises(NoStill, match=r"^(?!.*passwd).+"):
            await picture(HOSTILE[kind](colours), ffmpeg)
    assert time.monotonic() - began < LONGEST


@pytest.mark.engine
async def test_a_picture_larger_than_any_camera_makes_is_not_decoded(tmp_path: Path) -> None:
    movies = await cut(tmp_path, size="8192x5120", rate=1, encoder=(*H264, "-g", "1"))
    for path in (locate(), wheel()):
        with pytest.raises(NoStill):
            await picture(movies.movie(0), Binary(path, ""))


def stand_in(folder: Path, script: str) -> Binary:
    """Something else in the place of FFmpeg."""
    path = folder / "ffmpeg"
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return Binary(path, "")


async def test_one_that_hangs_is_ended_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST", 0.3)
    binary = stand_in(tmp_path, f"/bin/sleep 60 & echo $! > {tmp_path}/pid; wait")
    with pytest.raises(NoStill, match="took longer"):
        await picture(b"", binary)
    assert not processes.arguments(int((tmp_path / "pid").read_text()))


async def test_one_that_never_stops_writing_is_ended(tmp_path: Path) -> None:
    with pytest.raises(NoStill, match="too much"):
        await picture(b"", stand_in(tmp_path, "exec /bin/cat /dev/zero"))


async def test_one_that_does_not_read_is_no_trouble(tmp_path: Path) -> None:
    binary = stand_in(tmp_path, r"printf '\377\330\377and so on\377\331'")
    assert await picture(bytes(LARGEST_PICTURE), binary) == b"\xff\xd8\xffand so on\xff\xd9"


async def test_half_a_picture_is_none(tmp_path: Path) -> None:
    with pytest.raises(NoStill, match="made no picture"):
        await picture(b"", stand_in(tmp_path, r"printf '\377\330\377and so'"))


async def test_the_reason_is_what_ffmpeg_complained_of_first(tmp_path: Path) -> None:
    script = "echo '[error] moov atom not found' >&2; echo '[fatal] Conversion failed!' >&2"
    with pytest.raises(NoStill, match=r"^\[error\] moov atom not found$"):
        await picture(b"", stand_in(tmp_path, script))


async def test_streams_go_first_and_memory_has_an_end(tmp_path: Path) -> None:
    # Standard input ends at once, so the stand-in gives its starter the time to restrain it.
    script = "/bin/sleep 0.3; echo [error] $(/usr/bin/nice) $(ulimit -v) >&2"
    with pytest.raises(NoStill, match=r"\[error\] 10 1048576"):
        await picture(b"", stand_in(tmp_path, script))


@pytest.mark.parametrize("setpriv", [None, SETPRIV])
async def test_an_ffmpeg_that_is_gone_is_looked_for_again(tmp_path: Path, setpriv: str | None) -> None:
    gone, searches = Binary(tmp_path / "gone", ""), []

    async def search() -> Binary:
        searches.append(True)
        return gone

    encoder = Encoder(search, StreamLayout(tmp_path), setpriv=setpriv, segment_seconds=1)
    for _ in range(2):
        with pytest.raises(FFmpegMissing):
            await encoder.still(b"")
    assert len(searches) == 2
