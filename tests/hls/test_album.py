"""The files behind the pictures: whole or not at all, ours only, never back after a deletion."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from socstream.hls.album import LARGEST_MOVIE, LARGEST_PICTURE, Album, Picture
from socstream.hls.layout import StreamLayout
from socstream.hls.timeline import Segment

CAMERA = "00000000-0000-4000-8000-000000000001"
OTHER = "00000000-0000-4000-8000-000000000002"
TAKEN = 1_772_366_400.125

SEGMENT = Segment(number=7, run=5, duration=1.0, size=4, began=TAKEN, discontinuity=False)


def jpeg(content: bytes = b"gate") -> bytes:
    return b"\xff\xd8\xff" + content + b"\xff\xd9"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


@pytest.fixture
def layout(tmp_path: Path) -> StreamLayout:
    layout = StreamLayout(tmp_path / "streams")
    layout.directory(CAMERA).mkdir(parents=True)
    return layout


@pytest.fixture
def album(folder: Path, layout: StreamLayout) -> Iterator[Album]:
    album = Album(folder, layout)
    yield album
    album.close()


async def test_a_picture_is_kept_with_its_time_and_for_nobody_else_to_read(
    album: Album, folder: Path
) -> None:
    assert await album.load(CAMERA) is None
    picture = Picture(jpeg(), TAKEN)
    await album.save(CAMERA, picture)
    assert await album.load(CAMERA) == picture
    assert await album.load(OTHER) is None
    (file,) = folder.iterdir()
    assert (file.name, stat.S_IMODE(file.stat().st_mode)) == (f"{CAMERA}.jpg", 0o600)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_the_etag_names_the_content() -> None:
    assert Picture(jpeg(), TAKEN).etag == Picture(jpeg(), TAKEN + 9).etag
    assert Picture(jpeg(), TAKEN).etag != Picture(jpeg(b"yard"), TAKEN).etag


async def test_the_newest_takes_the_place_of_the_one_before(album: Album, folder: Path) -> None:
    await album.save(CAMERA, Picture(jpeg(), TAKEN))
    newest = Picture(jpeg(b"yard"), TAKEN + 60)
    await album.save(CAMERA, newest)
    assert await album.load(CAMERA) == newest
    assert len(list(folder.iterdir())) == 1


async def test_what_a_kill_left_half_written_is_in_nobodys_way(album: Album, folder: Path) -> None:
    await album.save(CAMERA, Picture(jpeg(), TAKEN))
    (folder / f"{CAMERA}.tmp").write_bytes(b"half")
    newest = Picture(jpeg(b"yard"), TAKEN)
    await album.save(CAMERA, newest)
    assert await album.load(CAMERA) == newest


async def test_nothing_is_written_through_a_link(album: Album, folder: Path, tmp_path: Path) -> None:
    folder.mkdir()
    precious = tmp_path / "precious"
    precious.write_text("precious")
    for name in (f"{CAMERA}.tmp", f"{CAMERA}.jpg"):
        (folder / name).symlink_to(precious)
    await album.save(CAMERA, Picture(jpeg(), TAKEN))
    assert precious.read_text() == "precious"
    assert await album.load(CAMERA) == Picture(jpeg(), TAKEN)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xd8\xff cut", b"<svg/>", jpeg(bytes(LARGEST_PICTURE))],
    ids=lambda content: content[:9],
)
async def test_what_is_no_whole_picture_is_not_shown(album: Album, folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / f"{CAMERA}.jpg").write_bytes(content)
    assert await album.load(CAMERA) is None


@pytest.mark.parametrize("kind", ["link", "directory", "fifo"])
async def test_only_a_plain_file_is_shown(album: Album, folder: Path, tmp_path: Path, kind: str) -> None:
    folder.mkdir()
    path = folder / f"{CAMERA}.jpg"
    if kind == "link":
        (tmp_path / "elsewhere.jpg").write_bytes(jpeg())
        path.symlink_to(tmp_path / "elsewhere.jpg")
    elif kind == "directory":
        path.mkdir()
    else:
        os.mkfifo(path)
    assert await album.load(CAMERA) is None


async def test_a_disk_that_cannot_be_written_is_an_error(album: Album, folder: Path) -> None:
    folder.write_text("not a directory")
    with pytest.raises(OSError, match="exists"):
        await album.save(CAMERA, Picture(jpeg(), TAKEN))


async def test_a_movie_is_the_init_file_of_its_run_and_the_segment(
    album: Album, layout: StreamLayout
) -> None:
    layout.path(CAMERA, "init-5.mp4").write_bytes(b"init;")
    layout.path(CAMERA, "7.m4s").write_bytes(b"media")
    assert await album.movie(CAMERA, SEGMENT) == b"init;media"


async def test_of_a_huge_segment_the_beginning_is_read(album: Album, layout: StreamLayout) -> None:
    layout.path(CAMERA, "init-5.mp4").write_bytes(b"init;")
    layout.path(CAMERA, "7.m4s").write_bytes(bytes(LARGEST_MOVIE + 1))
    assert len(await album.movie(CAMERA, SEGMENT)) == 5 + LARGEST_MOVIE


async def test_a_movie_of_files_that_are_gone_or_links_is_an_error(
    album: Album, layout: StreamLayout
) -> None:
    layout.path(CAMERA, "init-5.mp4").write_bytes(b"init;")
    with pytest.raises(FileNotFoundError):
        await album.movie(CAMERA, SEGMENT)
    layout.path(CAMERA, "7.m4s").symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="symbolic"):
        await album.movie(CAMERA, SEGMENT)


async def test_a_picture_that_was_just_being_saved_does_not_outlive_its_camera(folder: Path) -> None:
    album = Album(folder, StreamLayout(folder))
    saving = album.save(CAMERA, Picture(jpeg(), TAKEN))
    saving.send(None)  # begun, and nobody waits for it any more
    album.forget(CAMERA)
    album.close()
    assert list(folder.iterdir()) == []
    saving.close()


async def test_to_forget_a_camera_without_a_picture_is_harmless(album: Album) -> None:
    album.forget(CAMERA)
    assert await album.load(CAMERA) is None


async def test_a_sweep_takes_unknown_cameras_and_leftovers_and_nothing_else(
    album: Album, folder: Path
) -> None:
    await album.sweep(())
    for camera_id in (CAMERA, OTHER):
        await album.save(camera_id, Picture(jpeg(), TAKEN))
    for name in (f"{CAMERA}.tmp", "holiday.jpg", f"{OTHER}.txt"):
        (folder / name).write_bytes(b"")
    await album.sweep([CAMERA])
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        (f"{CAMERA}.jpg", "holiday.jpg", f"{OTHER}.txt")
    )
