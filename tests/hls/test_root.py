"""Where segments go, who may use it, and that nothing of anybody else is ever touched."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import socstream.hls.root as root_module
from socstream.hls.root import (
    SEGMENT_BYTES,
    SEGMENTS_ON_DISK,
    choose_root,
    claimed,
    discard,
    is_nearly_full,
    sweep,
)
from socstream.model.errors import AlreadyRunning, ConfigError

CAM = "01234567-89ab-cdef-0123-456789abcdef"
OTHER = "89abcdef-0123-4567-89ab-cdef01234567"

SHARED = Path("/dev/shm")
ROOMY = SHARED.is_dir() and os.statvfs(SHARED).f_bavail * os.statvfs(SHARED).f_frsize > 1 << 30


def test_a_configured_directory_is_taken_as_it_is(tmp_path: Path) -> None:
    root = choose_root(tmp_path / "not" / "there" / "yet", tmp_path)
    assert (root.path, root.reason) == (tmp_path / "not" / "there" / "yet", "as configured")
    assert root.free_bytes > 0
    assert not root.path.exists()


@pytest.mark.skipif(not ROOMY, reason="this box has no roomy tmpfs")
def test_shared_memory_is_chosen_when_it_has_room(tmp_path: Path) -> None:
    root = choose_root(None, tmp_path)
    assert root.path.parent == SHARED
    assert root.is_tmpfs
    assert "MiB free" in root.reason


@pytest.mark.skipif(not ROOMY, reason="this box has no roomy tmpfs")
def test_two_data_directories_have_two_stream_directories_and_one_has_always_the_same(tmp_path: Path) -> None:
    one, two = choose_root(None, tmp_path / "one"), choose_root(None, tmp_path / "two")
    assert one.path != two.path
    assert choose_root(None, tmp_path / "one").path == one.path


def test_too_many_cameras_for_the_tmpfs_go_to_the_data_directory(tmp_path: Path) -> None:
    root = choose_root(None, tmp_path, cameras=10**6)
    assert root.path == tmp_path / "streams"
    assert "needed" in root.reason or "no tmpfs" in root.reason


@pytest.mark.skipif(not ROOMY, reason="this box has no roomy tmpfs")
def test_what_an_earlier_life_left_there_does_not_make_us_move_house(tmp_path: Path) -> None:
    root = choose_root(None, tmp_path).path
    root.mkdir()
    try:
        free = choose_root(None, tmp_path).free_bytes
        (root / "1.m4s").write_bytes(bytes(64 * SEGMENT_BYTES))
        assert abs(choose_root(None, tmp_path).free_bytes - free) < 32 * SEGMENT_BYTES
    finally:
        (root / "1.m4s").unlink(missing_ok=True)
        root.rmdir()


def test_a_camera_has_room_for_all_its_segments() -> None:
    assert SEGMENTS_ON_DISK * SEGMENT_BYTES * 16 == 224 << 20


def test_claiming_makes_a_private_directory(tmp_path: Path) -> None:
    with claimed(tmp_path / "a" / "streams"):
        assert (tmp_path / "a" / "streams").stat().st_mode & 0o777 == 0o700


@contextmanager
def held_by_another_process(directory: Path) -> Iterator[None]:
    code = (
        "import sys; from pathlib import Path; from socstream.hls.root import claimed\n"
        "with claimed(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        yield


def test_a_directory_of_a_running_server_is_refused_and_the_lock_named(tmp_path: Path) -> None:
    refused = pytest.raises(AlreadyRunning, match=f"it holds the lock {tmp_path / 'lock'}")
    with held_by_another_process(tmp_path), refused, claimed(tmp_path):
        pass
    with claimed(tmp_path):
        pass


def test_a_directory_that_is_a_link_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(root_module, "_ROOT", os.getuid() + 1)
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(ConfigError, match="is not a directory of this user"), claimed(tmp_path / "link"):
        pass
    assert list((tmp_path / "real").iterdir()) == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make another user's directory")
def test_a_directory_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    with pytest.raises(ConfigError, match="is not a directory of this user"), claimed(tmp_path):
        pass


def test_a_link_of_root_is_followed_to_a_directory_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As systemd makes them: with DynamicUser, /var/lib/socstream leads to /var/lib/private/socstream."""
    monkeypatch.setattr(root_module, "_ROOT", os.getuid())
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with claimed(tmp_path / "link"):
        assert (tmp_path / "real" / "lock").exists()
        sweep(tmp_path / "link", ())
    (tmp_path / "file").touch()
    (tmp_path / "bad").symlink_to(tmp_path / "file")
    with pytest.raises((ConfigError, FileExistsError)), claimed(tmp_path / "bad"):
        pytest.fail("a file is no directory")


def test_a_linked_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "streams").mkdir()
    (tmp_path / "streams" / "lock").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match="symbolic link"), claimed(tmp_path / "streams"):
        pass
    assert not (tmp_path / "precious").exists()


def test_an_empty_directory_is_marked_as_ours(tmp_path: Path) -> None:
    with claimed(tmp_path):
        sweep(tmp_path, [])
        (tmp_path / "left over").touch()
        sweep(tmp_path, [])
    assert {path.name for path in tmp_path.iterdir()} == {".socstream", "lock"}


def test_known_cameras_stay_and_everybody_else_goes(tmp_path: Path) -> None:
    sweep(tmp_path, [])
    for name in (CAM, OTHER):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.m4s").touch()
    (tmp_path / "file").touch()
    sweep(tmp_path, [CAM])
    assert {path.name for path in tmp_path.iterdir()} == {".socstream", CAM}
    assert (tmp_path / CAM / "1.m4s").exists()


@pytest.mark.parametrize("name", ["thesis.doc", "photos", ".ssh", CAM + ".bak", CAM.replace("-", "") + "0"])
def test_a_directory_with_other_peoples_files_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "precious").touch()
    with pytest.raises(ConfigError, match="holds files that are not ours"):
        sweep(tmp_path, [])
    assert (tmp_path / name / "precious").exists()
    assert not (tmp_path / ".socstream").exists()


def test_a_directory_that_was_deleted_under_us_and_made_again_by_cameras_is_still_ours(
    tmp_path: Path,
) -> None:
    (tmp_path / CAM).mkdir()
    (tmp_path / OTHER).mkdir()
    sweep(tmp_path, [CAM])
    assert {path.name for path in tmp_path.iterdir()} == {".socstream", CAM}


def test_sweeping_follows_no_links(tmp_path: Path) -> None:
    root, outside = tmp_path / "streams", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "precious").touch()
    sweep(root, [])
    (root / "link").symlink_to(outside)
    (root / "file link").symlink_to(outside / "precious")
    (root / "deep").mkdir()
    (root / "deep" / "link").symlink_to(outside)
    sweep(root, [])
    assert (outside / "precious").exists()
    assert {path.name for path in root.iterdir()} == {".socstream"}


def test_a_directory_with_room_is_not_full_and_one_that_is_gone_is(tmp_path: Path) -> None:
    assert not is_nearly_full(tmp_path)
    assert is_nearly_full(tmp_path / "gone")


def test_what_is_discarded_is_one_data_directorys_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(root_module, "_SHARED_MEMORY", tmp_path)
    monkeypatch.setattr(root_module, "_is_tmpfs", lambda path: True)
    gone, stays = (choose_root(None, tmp_path / name).path for name in ("demo", "real"))
    for root in (gone, stays):
        with claimed(root):
            (root / CAM).mkdir()
            (root / CAM / "1.m4s").write_bytes(b"pictures")
    discard(tmp_path / "demo")
    assert not gone.exists()
    assert (stays / CAM / "1.m4s").exists()
    discard(tmp_path / "demo")  # nothing there is nothing to do


def test_a_link_where_ours_should_be_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(root_module, "_SHARED_MEMORY", tmp_path)
    monkeypatch.setattr(root_module, "_is_tmpfs", lambda path: True)
    (tmp_path / "precious").mkdir()
    choose_root(None, tmp_path / "demo").path.symlink_to(tmp_path / "precious")
    discard(tmp_path / "demo")
    assert (tmp_path / "precious").is_dir()
