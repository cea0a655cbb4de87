"""Segments, pictures and the way to the stream."""

import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from socstream.hls.timeline import LISTED, READABLE_AFTERWARDS
from tests.api.rig import CAMERAS, Rig

pytestmark = pytest.mark.both_paths


@pytest.fixture
async def camera_id(rig: Rig) -> str:
    camera_id: str = (await rig.add())["camera_id"]
    return camera_id


def path_of(camera_id: str, name: str) -> str:
    return f"{CAMERAS}/{camera_id}/hls/{name}"


async def test_a_listed_segment_is_sent_whole_and_may_be_kept(rig: Rig, camera_id: str) -> None:
    name = rig.go_live(camera_id)
    for each in (name, "init-1.mp4"):
        response = await rig.get(path_of(camera_id, each))
        assert (response.status, await response.read()) == (200, b"pictures")
        assert response.headers["Content-Type"] == "video/mp4"
        assert "immutable" in response.headers["Cache-Control"]
        assert "public" in response.headers["Cache-Control"]


async def test_ranges_of_a_segment(rig: Rig, camera_id: str) -> None:
    path = path_of(camera_id, rig.go_live(camera_id))
    part = await rig.get(path, headers={"Range": "bytes=1-3"})
    assert (part.status, await part.read()) == (206, b"ict")
    assert part.headers["Content-Range"] == "bytes 1-3/8"
    beyond = await rig.get(path, headers={"Range": "bytes=8-"})
    assert beyond.status == 416
    assert beyond.headers["Cache-Control"] == "no-store"


ETAG = "<its own>"

PART = {"Range": "bytes=1-3"}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ({}, 200, b"pictures"),
        ({"If-None-Match": ETAG}, 304, b""),
        ({"If-None-Match": f'"other", W/{ETAG}'}, 304, b""),
        ({"If-None-Match": "*"}, 304, b""),
        ({"If-None-Match": '"other"'}, 200, b"pictures"),
        ({"If-None-Match": ETAG} | PART, 304, b""),
        ({"If-Match": ETAG}, 200, b"pictures"),
        ({"If-Match": f'"other", {ETAG}'}, 200, b"pictures"),
        ({"If-Match": "*"}, 200, b"pictures"),
        ({"If-Match": '"other"'}, 412, None),
        ({"If-Match": '"other"'} | PART, 412, None),
        (PART, 206, b"ict"),
        ({"If-Match": ETAG} | PART, 206, b"ict"),
        ({"If-Range": ETAG} | PART, 206, b"ict"),
        ({"If-Range": '"other"'} | PART, 200, b"pictures"),
        ({"If-Range": f"W/{ETAG}"} | PART, 200, b"pictures"),
        ({"If-Range": "Sun, 01 Mar 2026 12:00:00 GMT"} | PART, 200, b"pictures"),
        ({"If-Range": ETAG}, 200, b"pictures"),
    ],
    ids=str,
)
async def test_what_is_asked_of_a_segment_under_a_condition(
    rig: Rig, camera_id: str, method: str, asked: dict[str, str], status: int, body: bytes | None
) -> None:
    """A HEAD is a GET without what it sends; a Range means nothing in it (RFC 9110, 14.2)."""
    path = path_of(camera_id, rig.go_live(camera_id))
    etag = (await rig.get(path)).headers["ETag"]
    headers = {name: text.replace(ETAG, etag) for name, text in asked.items()}
    if method == "HEAD" and status == 206:
        status, body = 200, b"pictures"
    for _ in range(3):  # by all ways that there are
        answer = await rig.client.request(method, path, headers=headers, allow_redirects=False)
        assert answer.status == status
        got = await answer.read()
        if method == "HEAD":
            assert got == b""
            assert status != 200 or answer.headers["Content-Length"] == "8"
        else:
            assert body is None or got == body
        if status in (200, 206, 304):
            assert answer.headers["ETag"] == etag
            assert "immutable" in answer.headers["Cache-Control"]


async def test_a_segment_stays_readable_for_four_more_after_it_left_the_list(
    rig: Rig, camera_id: str
) -> None:
    first = rig.go_live(camera_id)
    for _ in range(LISTED + READABLE_AFTERWARDS - 1):
        rig.publish(camera_id)
    assert (await rig.get(path_of(camera_id, first))).status == 200
    rig.publish(camera_id)
    assert rig.services.layout.path(camera_id, first).exists()
    response = await rig.get(path_of(camera_id, first))
    assert response.status == 404
    assert (await response.json())["code"] == "not_found"


async def test_a_segment_of_the_future_is_not_read_though_its_file_is_there(rig: Rig, camera_id: str) -> None:
    rig.go_live(camera_id)
    rig.services.layout.path(camera_id, "77.m4s").write_bytes(b"not published")
    assert (await rig.get(path_of(camera_id, "77.m4s"))).status == 404


@pytest.mark.parametrize(
    "name",
    [
        "../../secret.txt",
        "..%2f..%2fsecret.txt",
        "%2e%2e/%2e%2e/secret.txt",
        "%252e%252e%252fsecret.txt",
        "%2fetc%2fpasswd",
        "0.m4s/",
        "./0.m4s",
        "0.M4S",
        "00.m4s",
        "0.m4s%00",
        "0.m4s%0a",
        "123456789012345678901234567890.m4s",
        "encoder.m3u8",
        "window.json",
        "window.json.m4s",
        "INDEX.M3U8",
        "index.m3u8%00.ts",
        "other/index.m3u8",
        "-1.m4s",
        "%D9%A0.m4s",
    ],
)
async def test_a_name_that_could_never_exist_is_404(rig: Rig, camera_id: str, name: str) -> None:
    rig.go_live(camera_id)
    root = rig.services.layout.root
    (root / "secret.txt").write_text("secret")
    (root.parent / "secret.txt").write_text("secret")
    for own in ("encoder.m3u8", "window.json"):
        (root / camera_id / own).write_text("secret")
    response = await rig.ask_verbatim("GET", f"{CAMERAS}/{camera_id}/hls/{name}")
    assert response.status == 404
    assert "secret" not in await response.text()


@pytest.mark.parametrize("kind", ["vanished", "link", "directory", "fifo"])
async def test_only_a_plain_file_is_ever_read(rig: Rig, camera_id: str, kind: str, tmp_path: Path) -> None:
    path = rig.services.layout.path(camera_id, rig.go_live(camera_id))
    path.unlink()
    if kind == "link":
        (tmp_path / "secret.txt").write_text("secret")
        path.symlink_to(tmp_path / "secret.txt")
    elif kind == "directory":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    response = await rig.get(path_of(camera_id, path.name))
    assert response.status == 404
    assert response.headers["Cache-Control"] == "no-store"
    assert (await response.json())["detail"]


async def test_the_segments_of_one_camera_are_not_those_of_another(rig: Rig, camera_id: str) -> None:
    other = (await rig.add(name="other"))["camera_id"]
    name = rig.go_live(camera_id)
    assert (await rig.get(path_of(other, name))).status == 404


@pytest.mark.parametrize("prefix", ["/api", "/api/v1"])
async def test_stream_leads_to_the_playlist(rig: Rig, camera_id: str, prefix: str) -> None:
    response = await rig.get(f"{prefix}/security-operations/cameras/{camera_id}/stream")
    assert response.status == 307
    assert response.headers["Location"] == path_of(camera_id, "index.m3u8")


@pytest.mark.parametrize("which", ["known", "00000000-0000-4000-8000-00000000dead", "nonsense"])
async def test_the_last_image_is_a_sign_for_an_id_without_one(rig: Rig, camera_id: str, which: str) -> None:
    response = await rig.get(f"{CAMERAS}/{camera_id if which == 'known' else which}/last-image")
    assert response.status == 200
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert ElementTree.fromstring(await response.text()).tag.endswith("svg")
