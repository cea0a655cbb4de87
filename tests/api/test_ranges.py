"""Parts of a segment, as RFC 9110 has them: of what cannot be understood, all of it is sent."""

import pytest

from tests.api.rig import CAMERAS, Rig

pytestmark = pytest.mark.both_paths

BODY = b"0123456789"

WHOLE = (200, BODY, None)
NONE = (416, None, "bytes */10")


@pytest.mark.parametrize(
    ("asked", "status", "body", "content_range"),
    [
        ("bytes=0-0", 206, b"0", "bytes 0-0/10"),
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-1", 206, b"9", "bytes 9-9/10"),
        ("bytes=-4", 206, b"6789", "bytes 6-9/10"),
        ("bytes=-99", 206, BODY, "bytes 0-9/10"),
        ("bytes=5-99", 206, b"56789", "bytes 5-9/10"),
        ("bytes=0-9", 206, BODY, "bytes 0-9/10"),
        ("bytes=9-9", 206, b"9", "bytes 9-9/10"),
        ("bytes=10-", *NONE),
        ("bytes=10-11", *NONE),
        ("bytes=999999999999999999999999-", *NONE),
        ("bytes=-0", *WHOLE),
        ("bytes=9-1", *WHOLE),
        ("bytes=", *WHOLE),
        ("bytes=-", *WHOLE),
        ("bytes=a-b", *WHOLE),
        ("bytes=0x0-0x3", *WHOLE),
        ("bytes=--1", *WHOLE),
        ("bytes=+1-3", *WHOLE),
        ("bytes 0-3", *WHOLE),
        ("0-3", *WHOLE),
        ("seconds=0-3", *WHOLE),
        ("bytes=0-0,1-1", *WHOLE),
        ("bytes=" + ",".join(f"{at}-{at}" for at in range(1000)), *WHOLE),
        ("bytes=0-,0-,0-,0-,0-,0-,0-,0-", *WHOLE),
        ("bytes=\u0661-\u0663", *WHOLE),
    ],
)
async def test_a_range(
    rig: Rig, asked: str, status: int, body: bytes | None, content_range: str | None
) -> None:
    camera_id = (await rig.add())["camera_id"]
    rig.spawn(camera_id)
    name = rig.publish(camera_id, BODY)
    answer = await rig.get(f"{CAMERAS}/{camera_id}/hls/{name}", headers={"Range": asked})
    assert answer.status == status
    assert answer.headers.get("Content-Range") == content_range
    assert body is None or await answer.read() == body
