"""The newest picture of a camera over HTTP: its age, its ETag, and a sign where there is none."""

from email.utils import parsedate_to_datetime

import pytest

from tests.api.rig import CAMERAS, Rig


@pytest.fixture
async def path(rig: Rig) -> str:
    """Of a camera that is live; its segment and its picture begin now."""
    camera_id: str = (await rig.add())["camera_id"]
    rig.go_live(camera_id)
    return f"{CAMERAS}/{camera_id}/last-image"


async def test_a_live_camera_has_a_jpeg_as_old_as_its_newest_segment(rig: Rig, path: str) -> None:
    taken = rig.clock.wall()
    rig.clock.advance(4.9)
    response = await rig.get(path)
    assert (response.status, response.headers["Content-Type"]) == (200, "image/jpeg")
    assert await response.read() == b"\xff\xd8\xffpicturespictures\xff\xd9"
    assert response.headers["Age"] == "4"
    assert response.headers["Cache-Control"] == "no-cache"
    assert parsedate_to_datetime(response.headers["Last-Modified"]).timestamp() == taken


async def test_the_age_goes_on_while_the_camera_is_dark(rig: Rig, path: str) -> None:
    assert (await rig.get(path)).headers["Age"] == "0"
    rig.fail(path.split("/")[-2])
    rig.clock.advance(86_400)
    response = await rig.get(path)
    assert response.headers["Age"] == "86400"
    assert response.headers["Content-Type"] == "image/jpeg"


async def test_a_clock_that_was_set_back_makes_no_picture_of_the_future(rig: Rig, path: str) -> None:
    await rig.get(path)
    rig.clock.offset -= 60
    assert (await rig.get(path)).headers["Age"] == "0"


async def test_who_has_it_already_learns_its_age_and_no_more(rig: Rig, path: str) -> None:
    etag = (await rig.get(path)).headers["ETag"]
    assert etag.startswith('"'), "a strong one"
    rig.clock.advance(7)
    response = await rig.get(path, headers={"If-None-Match": etag})
    assert (response.status, await response.read()) == (304, b"")
    assert (response.headers["ETag"], response.headers["Age"]) == (etag, "7")
    assert (await rig.get(path, headers={"If-None-Match": '"another"'})).status == 200


async def test_a_new_picture_has_another_etag(rig: Rig, path: str) -> None:
    etag = (await rig.get(path)).headers["ETag"]
    rig.clock.advance(1)
    rig.publish(path.split("/")[-2], b"others")
    response = await rig.get(path, headers={"If-None-Match": etag})
    assert response.status == 200
    assert response.headers["ETag"] != etag


async def test_head_tells_the_same_and_sends_nothing(rig: Rig, path: str) -> None:
    whole = await rig.get(path)
    response = await rig.client.head(path)
    assert (response.status, await response.read()) == (200, b"")
    for name in ("Content-Type", "Content-Length", "ETag", "Age", "Last-Modified"):
        assert response.headers[name] == whole.headers[name]


async def test_an_id_without_hyphens_finds_the_same_picture(rig: Rig, path: str) -> None:
    camera_id = path.split("/")[-2]
    response = await rig.get(path.replace(camera_id, camera_id.replace("-", "").upper()))
    assert response.headers["Content-Type"] == "image/jpeg"


async def test_a_deleted_camera_has_the_sign_that_every_unknown_one_has(rig: Rig, path: str) -> None:
    await rig.get(path)
    assert (await rig.client.delete(path.removesuffix("/last-image"))).status == 204
    response = await rig.get(path)
    assert (response.status, response.headers["Content-Type"]) == (200, "image/svg+xml")
    assert response.headers["Cache-Control"] == "no-store"
    assert "Age" not in response.headers
    assert "ETag" not in response.headers


async def test_to_look_at_the_last_picture_is_not_to_watch(rig: Rig, path: str) -> None:
    await rig.get(path)
    assert rig.supervision.watched == []
