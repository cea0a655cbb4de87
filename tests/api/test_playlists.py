"""What a playlist request gets, in each state of the stream and each moment of the server's life."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientResponse, web

from socstream.api.application import make_application
from socstream.api.keys import PLAYLISTS, Settings
from socstream.api.playlists import HeldRequests, Hold, Serve, StreamDown, TooManyHeld
from socstream.model.failure import Failure, FailureCode
from socstream.model.stream import StallDetected
from tests.api.rig import CAMERAS, Rig, rigged, until

pytestmark = pytest.mark.both_paths


def path_of(camera_id: str) -> str:
    return f"{CAMERAS}/{camera_id}/hls/index.m3u8"


@pytest.fixture
async def camera_id(rig: Rig) -> str:
    camera_id: str = (await rig.add())["camera_id"]
    return camera_id


def ask(rig: Rig, camera_id: str) -> asyncio.Task[ClientResponse]:
    return asyncio.create_task(rig.get(path_of(camera_id)))


async def held(rig: Rig, camera_id: str, count: int = 1) -> None:
    """Return when so many requests are being held."""
    await until(lambda: len(rig.board._waiters.get(camera_id, ())) == count)


async def test_a_fresh_playlist_is_served_from_memory_with_its_etag(rig: Rig, camera_id: str) -> None:
    rig.go_live(camera_id)
    response = await rig.get(path_of(camera_id))
    timeline = rig.timelines.get(camera_id)
    assert timeline is not None
    assert response.status == 200
    assert await response.read() == timeline.playlist
    assert response.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    assert response.headers["Cache-Control"] == "no-store"
    etag = response.headers["ETag"]
    assert (await rig.get(path_of(camera_id), headers={"If-None-Match": etag})).status == 304
    rig.publish(camera_id)
    assert (await rig.get(path_of(camera_id), headers={"If-None-Match": etag})).status == 200
    head = await rig.client.head(path_of(camera_id))
    assert (head.status, await head.read()) == (200, b"")


@pytest.mark.parametrize("state", ["stalled", "backoff", "starting"])
async def test_a_playlist_is_served_in_any_state_until_it_is_too_old(
    rig: Rig, camera_id: str, state: str
) -> None:
    rig.clock.advance(100)
    rig.go_live(camera_id)
    if state == "stalled":
        rig.note(camera_id, StallDetected(Failure(FailureCode.STALLED)))
    else:
        rig.fail(camera_id)
    if state == "starting":
        rig.spawn(camera_id, run=2)
    verdict = rig.app[PLAYLISTS].verdict
    rig.clock.advance(7.9)
    assert isinstance(verdict(camera_id, rig.clock.now), Serve)
    rig.clock.advance(0.2)
    assert not isinstance(verdict(camera_id, rig.clock.now), Serve)
    assert isinstance(verdict(camera_id, rig.clock.now), Hold if state == "starting" else StreamDown)


async def test_a_failing_camera_is_503_at_once_with_reason_and_next_try(rig: Rig, camera_id: str) -> None:
    rig.clock.advance(100)
    rig.spawn(camera_id)
    rig.fail(camera_id, FailureCode.UNAUTHORIZED, retry_in=4.2)
    response = await rig.get(path_of(camera_id))
    assert response.status == 503
    assert response.headers["Retry-After"] == "5"
    assert response.headers["Cache-Control"] == "no-store"
    body = await response.json()
    assert body["detail"] == body["message"] == "The camera refuses the password."
    assert body["failure"]["code"] == "unauthorized"
    assert body["failure"]["remedy"].startswith("Check user and password")
    assert body["failure"]["since"] == "2026-03-01T12:01:40.000Z"


async def test_nobody_is_told_to_stay_away_for_half_an_hour(rig: Rig, camera_id: str) -> None:
    rig.clock.advance(100)
    rig.spawn(camera_id)
    rig.fail(camera_id, FailureCode.UNAUTHORIZED, retry_in=1800)
    assert (await rig.get(path_of(camera_id))).headers["Retry-After"] == "30"
    rig.clock.advance(1801)
    assert (await rig.get(path_of(camera_id))).headers["Retry-After"] == "1"


async def test_a_starting_camera_holds_the_first_playlist_until_it_is_there(rig: Rig, camera_id: str) -> None:
    rig.clock.advance(100)
    request = ask(rig, camera_id)
    await held(rig, camera_id)
    rig.spawn(camera_id)
    await held(rig, camera_id)
    assert not request.done()
    rig.publish(camera_id)
    response = await request
    assert response.status == 200
    assert b"#EXTM3U" in await response.read()


async def test_a_camera_that_fails_while_it_is_waited_for_is_503_at_once(rig: Rig, camera_id: str) -> None:
    rig.clock.advance(100)
    rig.spawn(camera_id)
    request = ask(rig, camera_id)
    await held(rig, camera_id)
    rig.fail(camera_id, FailureCode.REFUSED)
    response = await request
    assert response.status == 503
    assert (await response.json())["failure"]["code"] == "refused"


async def test_a_camera_that_is_deleted_while_it_is_waited_for_is_404(rig: Rig, camera_id: str) -> None:
    request = ask(rig, camera_id)
    await held(rig, camera_id)
    assert (await rig.client.delete(f"{CAMERAS}/{camera_id}")).status == 204
    assert (await request).status == 404


async def test_a_camera_that_stays_without_picture_is_503_after_the_wait(rig: Rig, camera_id: str) -> None:
    rig.clock.advance(100)
    rig.spawn(camera_id)
    request = ask(rig, camera_id)
    await held(rig, camera_id)
    rig.clock.advance(15)
    response = await request
    assert response.status == 503
    assert int(response.headers["Retry-After"]) > 0
    assert (await response.json())["code"] == "starting"


async def test_a_server_that_stops_lets_its_held_requests_go(rig: Rig, camera_id: str) -> None:
    request = ask(rig, camera_id)
    await held(rig, camera_id)
    await rig.app.shutdown()
    response = await request
    assert response.status == 503
    assert response.headers["Retry-After"] == "1"
    assert (await response.json())["code"] == "stopping"


@pytest.mark.parametrize(
    ("after", "state", "expected"),
    [
        (0.0, "stopped", 15.0),
        (0.0, "starting", 15.0),
        (0.0, "backoff", 8.0),
        (7.9, "backoff", 0.1),
        (8.0, "backoff", None),
        (7.9, "starting", 15.0),
        (100.0, "starting", 15.0),
        (100.0, "stopped", 15.0),
    ],
)
async def test_nobody_is_refused_in_the_first_eight_seconds_of_the_server(
    rig: Rig, camera_id: str, after: float, state: str, expected: float | None
) -> None:
    if state != "stopped":
        rig.spawn(camera_id)
    if state == "backoff":
        rig.fail(camera_id)
    rig.clock.advance(after)
    verdict = rig.app[PLAYLISTS].verdict(camera_id, rig.clock.now)
    if expected is None:
        assert isinstance(verdict, StreamDown)
    else:
        assert isinstance(verdict, Hold)
        assert verdict.until - rig.clock.now == pytest.approx(expected)


async def test_maintenance_is_503_at_once_even_with_a_fresh_playlist(rig: Rig, camera_id: str) -> None:
    rig.go_live(camera_id)
    await rig.edit(camera_id, status="maintenance")
    response = await rig.get(path_of(camera_id))
    assert response.status == 503
    body = await response.json()
    assert body["code"] == "maintenance"
    assert "maintenance" in body["detail"]


@pytest.fixture
async def stingy(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rigged(tmp_path, settings=Settings(held_requests_per_client=2)) as rig:
        yield rig


async def test_one_client_has_only_so_many_requests_held(stingy: Rig) -> None:
    camera_id = (await stingy.add())["camera_id"]
    waiting = [ask(stingy, camera_id), ask(stingy, camera_id)]
    await held(stingy, camera_id, 2)
    response = await stingy.get(path_of(camera_id))
    assert response.status == 503
    assert response.headers["Retry-After"] == "1"
    assert (await response.json())["code"] == "too_many_held"
    stingy.go_live(camera_id)
    assert [(await request).status for request in waiting] == [200, 200]
    assert (await stingy.get(path_of(camera_id))).status == 200


def test_slots_are_counted_for_each_client_and_given_back() -> None:
    requests = HeldRequests(1)
    with requests.slot("a"), requests.slot("b"), pytest.raises(TooManyHeld), requests.slot("a"):
        pytest.fail("two at once")
    with requests.slot("a"):
        assert requests._held == {"a": 1}
    assert requests._held == {}


@pytest.mark.parametrize("cancels", [True, False])
async def test_a_client_that_hangs_up_gives_its_slots_back(stingy: Rig, cancels: bool) -> None:
    """With and without aiohttp cancelling the handlers of clients that are gone."""
    app = make_application(stingy.services)
    runner = web.AppRunner(app, handler_cancellation=cancels)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    camera_id = (await stingy.add())["camera_id"]
    port = runner.addresses[0][1]

    async def knock() -> asyncio.StreamWriter:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"GET {path_of(camera_id)} HTTP/1.1\r\nHost: localhost\r\n{stingy.bearer}\r\n"
        writer.write(head.encode())
        return writer

    try:
        for _ in range(2):  # as often as it takes to notice a slot that is lost
            writers = [await knock(), await knock()]
            await held(stingy, camera_id, 2)
            for writer in writers:
                writer.close()
                await writer.wait_closed()
            await held(stingy, camera_id, 0)
    finally:
        await runner.cleanup()
