"""The stream directory with everything that may lie in it."""

import json
import os
import stat
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from socstream.hls.disk import NewSegment, StreamDisk, boot_id
from socstream.hls.layout import StreamLayout, init_name, segment_name
from socstream.hls.playlist import LARGEST_PLAYLIST
from socstream.hls.timeline import Segment, Window

CAM = "01234567-89ab-cdef-0123-456789abcdef"
RUN = 7


def mp4(size: int = 64) -> bytes:
    """A file of two whole boxes."""
    return (
        struct.pack(">I4s", 16, b"moof")
        + bytes(8)
        + struct.pack(">I4s", size - 16, b"mdat")
        + bytes(size - 24)
    )


@pytest.fixture
def layout(tmp_path: Path) -> StreamLayout:
    return StreamLayout(tmp_path / "streams")


@pytest.fixture
def disk(layout: StreamLayout) -> Iterator[StreamDisk]:
    disk = StreamDisk(layout)
    yield disk
    disk.close()


@pytest.fixture
def camera(layout: StreamLayout) -> Path:
    """A camera's directory, with the init file of its run."""
    directory = layout.directory(CAM)
    directory.mkdir(parents=True)
    (directory / init_name(RUN)).write_bytes(mp4())
    return directory


def write_playlist(camera: Path, *numbers: int, mtime: int | None = None) -> None:
    """As FFmpeg does it: beside, then in place."""
    text = "#EXTM3U\n" + "".join(f"#EXTINF:1.000000,\n{number}.m4s\n" for number in numbers)
    beside = camera / "encoder.m3u8.tmp"
    beside.write_text(text)
    if mtime is not None:
        os.utime(beside, ns=(mtime, mtime))
    beside.replace(camera / "encoder.m3u8")


def make(camera: Path, *numbers: int) -> None:
    """Whole segments, and a playlist of them."""
    for number in numbers:
        (camera / segment_name(number)).write_bytes(mp4())
    write_playlist(camera, *numbers)


def plant(path: Path, what: str, elsewhere: Path) -> None:
    """Something in the place of a file that is not one."""
    path.unlink(missing_ok=True)
    match what:
        case "nothing":
            pass
        case "empty":
            path.touch()
        case "cut":
            path.write_bytes(mp4()[:-1])
        case "cut within a header":
            path.write_bytes(mp4() + b"\0\0\0")
        case "a box of no length":
            path.write_bytes(mp4() + bytes(8))
        case "garbage":
            path.write_bytes(b"\xff" * 64)
        case "link":
            elsewhere.write_bytes(mp4())
            path.symlink_to(elsewhere)
        case "FIFO":
            os.mkfifo(path)
        case "directory":
            path.mkdir()


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


PLANTED = (
    *("nothing", "empty", "cut", "cut within a header", "a box of no length", "garbage"),
    *("link", "FIFO", "directory"),
)


async def test_whole_new_segments_are_seen_with_number_duration_and_size(
    disk: StreamDisk, camera: Path
) -> None:
    make(camera, 7, 8)
    look = await disk.look(CAM, None, RUN)
    assert look is not None
    assert look.fresh == (NewSegment(7, 1.0, 64), NewSegment(8, 1.0, 64))
    assert look.newest == 8
    assert look.mtime == (camera / "encoder.m3u8").stat().st_mtime_ns


async def test_a_second_look_sees_only_what_is_newer(disk: StreamDisk, camera: Path) -> None:
    make(camera, 7, 8)
    seen = await disk.look(CAM, None, RUN)
    make(camera, 7, 8, 9)
    look = await disk.look(CAM, seen, RUN)
    assert look is not None
    assert look.fresh == (NewSegment(9, 1.0, 64),)


async def test_an_unchanged_playlist_is_not_read_again(disk: StreamDisk, camera: Path) -> None:
    make(camera, 7)
    write_playlist(camera, 7, mtime=1000)
    seen = await disk.look(CAM, None, RUN)
    (camera / "8.m4s").write_bytes(mp4())
    write_playlist(camera, 7, 8, mtime=1000)
    assert await disk.look(CAM, seen, RUN) is None


async def test_before_the_first_playlist_there_is_nothing_to_see(disk: StreamDisk, camera: Path) -> None:
    assert await disk.look(CAM, None, RUN) is None


async def test_a_camera_without_a_directory_has_nothing_to_show(disk: StreamDisk) -> None:
    assert await disk.look(CAM, None, RUN) is None


async def test_segments_of_an_earlier_run_are_not_news(disk: StreamDisk, camera: Path) -> None:
    make(camera, 5, 6, 7)
    look = await disk.look(CAM, None, RUN)
    assert look is not None
    assert [segment.number for segment in look.fresh] == [7]


@pytest.mark.parametrize("what", PLANTED)
async def test_a_segment_that_is_no_whole_file_is_never_seen(
    disk: StreamDisk, camera: Path, tmp_path: Path, what: str
) -> None:
    make(camera, 7, 8, 9)
    plant(camera / "8.m4s", what, tmp_path / "elsewhere")
    look = await disk.look(CAM, None, RUN)
    assert look is not None
    assert [segment.number for segment in look.fresh] == [7, 9]


@pytest.mark.parametrize("what", PLANTED)
async def test_without_a_whole_init_file_nothing_is_seen_and_nothing_is_lost(
    disk: StreamDisk, camera: Path, tmp_path: Path, what: str
) -> None:
    make(camera, 7, 8)
    init = camera / init_name(RUN)
    plant(init, what, tmp_path / "elsewhere")
    seen = await disk.look(CAM, None, RUN)
    assert seen is not None
    assert seen.fresh == ()
    if init.is_dir():
        init.rmdir()
    init.unlink(missing_ok=True)
    init.write_bytes(mp4())
    write_playlist(camera, 7, 8, 9)
    look = await disk.look(CAM, seen, RUN)
    assert look is not None
    assert [segment.number for segment in look.fresh] == [7, 8]


@pytest.mark.parametrize("what", [*PLANTED, "huge"])
async def test_a_playlist_that_is_no_playlist_is_silence(
    disk: StreamDisk, camera: Path, tmp_path: Path, what: str
) -> None:
    make(camera, 7)
    playlist = camera / "encoder.m3u8"
    if what == "huge":
        playlist.write_text(playlist.read_text() + "#" * LARGEST_PLAYLIST + "\n")
    else:
        plant(playlist, what, tmp_path / "elsewhere")
    assert await disk.look(CAM, None, RUN) is None


async def test_a_linked_playlist_is_not_followed_even_to_a_good_one(
    disk: StreamDisk, camera: Path, tmp_path: Path
) -> None:
    make(camera, 7)
    (camera / "encoder.m3u8").rename(tmp_path / "elsewhere")
    (camera / "encoder.m3u8").symlink_to(tmp_path / "elsewhere")
    assert await disk.look(CAM, None, RUN) is None


async def test_looking_at_odd_files_leaves_no_descriptor_open(
    disk: StreamDisk, camera: Path, tmp_path: Path
) -> None:
    make(camera, 7, 8)
    plant(camera / "8.m4s", "directory", tmp_path)
    plant(camera / "encoder.m3u8", "directory", tmp_path)
    await disk.look(CAM, None, RUN)
    before = descriptors()
    for _ in range(5):
        await disk.look(CAM, None, RUN)
    assert descriptors() == before


async def test_preparing_makes_a_private_directory(disk: StreamDisk, layout: StreamLayout) -> None:
    await disk.prepare(CAM, frozenset())
    assert layout.directory(CAM).stat().st_mode & 0o777 == 0o700


async def test_preparing_keeps_what_may_still_be_read_and_removes_strangers(
    disk: StreamDisk, layout: StreamLayout, camera: Path
) -> None:
    make(camera, 7, 8, 9)
    layout.saved_window(CAM).write_text("{}")
    (camera / "deep" / "deeper").mkdir(parents=True)
    await disk.prepare(CAM, frozenset({"8.m4s", init_name(RUN)}))
    assert {path.name for path in camera.iterdir()} == {"8.m4s", init_name(RUN), "window.json"}


async def test_yesterdays_playlist_does_not_survive_preparing(disk: StreamDisk, camera: Path) -> None:
    make(camera, 7)
    await disk.prepare(CAM, frozenset({"7.m4s", init_name(RUN)}))
    assert await disk.look(CAM, None, RUN) is None


async def test_preparing_does_not_follow_links(disk: StreamDisk, camera: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").touch()
    (camera / "link").symlink_to(outside)
    (camera / "8.m4s").symlink_to(outside / "precious")
    await disk.prepare(CAM, frozenset({"8.m4s"}))
    assert (outside / "precious").exists()
    assert list(camera.iterdir()) == []


@pytest.mark.parametrize("what", ["link", "FIFO", "empty"])
async def test_something_in_the_place_of_the_directory_gives_way(
    disk: StreamDisk, layout: StreamLayout, tmp_path: Path, what: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").touch()
    directory = layout.directory(CAM)
    directory.parent.mkdir()
    if what == "link":
        directory.symlink_to(outside)
    else:
        plant(directory, what, tmp_path / "elsewhere")
    await disk.prepare(CAM, frozenset())
    assert directory.is_dir()
    assert not directory.is_symlink()
    assert (outside / "precious").exists()


async def test_a_directory_that_cannot_be_made_is_an_oserror(disk: StreamDisk, layout: StreamLayout) -> None:
    layout.root.touch()
    with pytest.raises(OSError, match="Not a directory"):
        await disk.prepare(CAM, frozenset())


def window(*numbers: int) -> Window:
    result = Window()
    for number in numbers:
        result = result.extended(Segment(number, RUN, 1.0, 64, 1000.0 + number, discontinuity=number == RUN))
    return result


async def test_a_saved_window_is_restored(disk: StreamDisk, camera: Path) -> None:
    make(camera, *range(7, 17))
    saved = window(*range(7, 17))
    await disk.save(CAM, saved, ())
    assert await disk.restore() == {CAM: saved}


async def test_saving_deletes_what_has_expired_and_does_not_mind_when_it_is_gone(
    disk: StreamDisk, camera: Path
) -> None:
    make(camera, 7, 8)
    await disk.save(CAM, window(7, 8), ("7.m4s", "6.m4s"))
    assert {path.name for path in camera.iterdir()} >= {"8.m4s", "window.json"}
    assert not (camera / "7.m4s").exists()


async def test_saving_empties_what_ffmpeg_will_delete_itself_and_follows_no_link(
    disk: StreamDisk, camera: Path, tmp_path: Path
) -> None:
    (camera / "5.m4s").write_bytes(b"picture")
    other = tmp_path / "other"
    other.write_bytes(b"not ours")
    (camera / "6.m4s").symlink_to(other)
    await disk.save(CAM, window(7, 8), (), ("4.m4s", "5.m4s"))
    assert (camera / "5.m4s").read_bytes() == b""
    with pytest.raises(OSError, match="symbolic"):
        await disk.save(CAM, window(7, 8), (), ("6.m4s",))
    assert other.read_bytes() == b"not ours"


async def test_a_failed_save_leaves_the_window_that_was_there(
    disk: StreamDisk, layout: StreamLayout, camera: Path
) -> None:
    make(camera, 7, 8)
    await disk.save(CAM, window(7), ())
    layout.saved_window(CAM).with_suffix(".tmp").mkdir()
    with pytest.raises(OSError, match="Is a directory"):
        await disk.save(CAM, window(7, 8), ("7.m4s",))
    assert await disk.restore() == {CAM: window(7)}


@pytest.mark.parametrize("what", [*PLANTED, "longer"])
async def test_without_its_newest_segment_nothing_is_restored(
    disk: StreamDisk, camera: Path, tmp_path: Path, what: str
) -> None:
    make(camera, 7, 8)
    await disk.save(CAM, window(7, 8), ())
    if what == "longer":
        (camera / "8.m4s").write_bytes(mp4(65))
    elif what == "garbage":
        plant(camera / "8.m4s", "cut", tmp_path)  # of garbage only the size can tell
    else:
        plant(camera / "8.m4s", what, tmp_path / "elsewhere")
    assert await disk.restore() == {}


async def test_only_what_is_left_of_a_window_is_restored(disk: StreamDisk, camera: Path) -> None:
    make(camera, 7, 8, 9)
    await disk.save(CAM, window(7, 8, 9), ())
    (camera / "8.m4s").unlink()
    restored = (await disk.restore())[CAM]
    assert [segment.number for segment in restored.segments] == [9]


async def test_nothing_is_restored_from_before_a_reboot(
    disk: StreamDisk, layout: StreamLayout, camera: Path
) -> None:
    make(camera, 7)
    await disk.save(CAM, window(7), ())
    path = layout.saved_window(CAM)
    assert path.read_text().count(boot_id()) == 1
    path.write_text(path.read_text().replace(boot_id(), "0" * 36))
    assert await disk.restore() == {}


@pytest.mark.parametrize("what", [*PLANTED, "huge", "[]", "{}", '{"boot": 1}', "NaN", '"' * 9])
async def test_a_window_that_is_none_restores_nothing(
    disk: StreamDisk, layout: StreamLayout, camera: Path, tmp_path: Path, what: str
) -> None:
    make(camera, 7)
    await disk.save(CAM, window(7), ())
    path = layout.saved_window(CAM)
    if what in PLANTED:
        plant(path, what, tmp_path / "elsewhere")
    elif what == "huge":
        path.write_text(path.read_text() + " " * LARGEST_PLAYLIST)
    else:
        path.write_text(what)
    assert await disk.restore() == {}


async def test_a_window_of_another_shape_restores_nothing(
    disk: StreamDisk, layout: StreamLayout, camera: Path
) -> None:
    make(camera, 7)
    await disk.save(CAM, window(7), ())
    path = layout.saved_window(CAM)
    saved = json.loads(path.read_text())
    saved["window"]["segments"][0]["number"] = "7"
    path.write_text(json.dumps(saved))
    assert await disk.restore() == {}


async def test_a_linked_directory_restores_nothing(
    disk: StreamDisk, layout: StreamLayout, camera: Path
) -> None:
    make(camera, 7)
    await disk.save(CAM, window(7), ())
    camera.rename(layout.root.parent / "outside")
    camera.symlink_to(layout.root.parent / "outside")
    assert await disk.restore() == {}


async def test_a_good_window_is_restored_beside_bad_ones(
    disk: StreamDisk, layout: StreamLayout, camera: Path
) -> None:
    make(camera, 7)
    await disk.save(CAM, window(7), ())
    (layout.root / "stranger").touch()
    (layout.root / "empty").mkdir()
    (layout.root / "bad").mkdir()
    (layout.root / "bad" / "window.json").write_text("?")
    assert list(await disk.restore()) == [CAM]


async def test_before_the_first_start_there_is_nothing_to_restore(disk: StreamDisk) -> None:
    assert await disk.restore() == {}


async def test_deleting_takes_the_whole_directory_but_nothing_behind_a_link(
    disk: StreamDisk, camera: Path, tmp_path: Path
) -> None:
    (tmp_path / "precious").touch()
    make(camera, 7)
    (camera / "link").symlink_to(tmp_path)
    await disk.delete(CAM)
    assert not camera.exists()
    assert (tmp_path / "precious").exists()
    await disk.delete(CAM)


def test_a_boot_has_a_name_that_stays() -> None:
    assert boot_id() == boot_id()
    assert len(boot_id()) == 36


async def test_a_playlist_that_was_there_and_is_gone_is_an_oserror(disk: StreamDisk, camera: Path) -> None:
    assert await disk.look(CAM, None, RUN) is None, "FFmpeg has not made it yet"
    make(camera, 7)
    seen = await disk.look(CAM, None, RUN)
    (camera / "encoder.m3u8").unlink()
    with pytest.raises(FileNotFoundError):
        await disk.look(CAM, seen, RUN)


@pytest.mark.parametrize("replaced", ["the camera's", "the whole"])
async def test_a_link_in_the_place_of_a_directory_is_an_oserror_and_is_replaced(
    disk: StreamDisk, layout: StreamLayout, camera: Path, tmp_path: Path, replaced: str
) -> None:
    make(camera, 7)
    place = camera if replaced == "the camera's" else layout.root
    elsewhere = tmp_path / "elsewhere"
    place.rename(elsewhere)
    place.symlink_to(elsewhere)
    with pytest.raises(OSError, match="a link stands in the place"):
        await disk.look(CAM, None, RUN)
    before = sorted(elsewhere.rglob("*"))
    await disk.prepare(CAM, frozenset())
    assert not place.is_symlink()
    assert sorted(elsewhere.rglob("*")) == before
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
