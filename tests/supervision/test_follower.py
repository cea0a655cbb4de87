"""A camera behind a gateway: online while somebody else's playlist advances."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from socstream.board import StreamBoard
from socstream.model.backoff import Backoff
from socstream.model.failure import Failure, FailureCode
from socstream.model.stream import StreamState, StreamStatus
from socstream.supervision.condition import Condition
from socstream.supervision.follower import Follower, Unreadable
from socstream.supervision.policy import Policy
from socstream.supervision.run import Timing
from tests.fakes import FakeClock, settle

STOPPED, STARTING, LIVE, STALLED, BACKOFF = StreamState


class Gateway:
    """A playlist of two-second segments, in the making or not."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.board = StreamBoard()
        self.board.put("cam", StreamStatus(STOPPED, self.clock.monotonic()))
        self.condition = Condition("cam", "Gate", self.board, self.clock, Policy(Backoff()), max)
        self.newest = 9
        self.text: bytes | None = None
        self.failure: Failure | None = None
        self.bug: Exception | None = None
        self.variant = False
        self.asked: list[str] = []

    async def read(self, uri: str) -> bytes:
        self.asked.append(uri)
        if self.bug is not None:
            raise self.bug
        if self.failure is not None:
            raise Unreadable(self.failure)
        if self.text is not None:
            return self.text
        if self.variant and uri == "":
            return b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow/index.m3u8\n"
        lines = "".join(f"#EXTINF:2.0,\n{number}.ts\n" for number in range(self.newest - 2, self.newest + 1))
        return f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:{self.newest - 2}\n{lines}".encode()

    @property
    def status(self) -> StreamStatus:
        status = self.board.get("cam")
        assert status is not None
        return status

    async def live(self, segments: int) -> None:
        for _ in range(segments):
            self.newest += 1
            await self.clock.advance(2.0)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway()
    follower = Follower(gateway.condition, gateway.read, gateway.clock, Timing())
    following = asyncio.create_task(follower.run())
    await settle()
    yield gateway
    following.cancel()
    await asyncio.wait({following})
    assert gateway.status.state is STOPPED


async def test_a_playlist_that_stands_still_is_not_live(gateway: Gateway) -> None:
    await gateway.clock.advance(5)
    assert gateway.status.state is STARTING


async def test_a_playlist_that_advances_is_live(gateway: Gateway) -> None:
    await gateway.live(2)
    assert gateway.status.state is LIVE
    assert (gateway.status.target_duration, gateway.status.bitrate) == (2, None)


async def test_a_playlist_that_stops_advancing_is_a_stall(gateway: Gateway) -> None:
    await gateway.live(5)
    await gateway.clock.advance(4)
    assert gateway.status.state is LIVE
    await gateway.clock.advance(3)
    assert gateway.status.failure == Failure(FailureCode.STALLED, "the gateway's playlist does not advance")
    assert gateway.status.state in (STALLED, BACKOFF, STARTING)


async def test_a_master_playlist_is_followed_to_its_first_variant(gateway: Gateway) -> None:
    gateway.variant = True
    await gateway.live(2)
    assert gateway.status.state is LIVE
    assert "low/index.m3u8" in gateway.asked


@pytest.mark.parametrize("text", [b"", b"<html>", b"\xff\xfe", b"#EXTM3U\n#EXTINF:abc,\n1.ts\n"])
async def test_what_is_no_playlist_is_a_failure_and_no_bug(gateway: Gateway, text: bytes) -> None:
    gateway.text = text
    await gateway.clock.advance(3)
    assert gateway.status.failure is not None
    assert gateway.status.failure.code is FailureCode.PROTOCOL


async def test_an_empty_playlist_has_no_media(gateway: Gateway) -> None:
    gateway.text = b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n"
    await gateway.clock.advance(3)
    assert gateway.status.failure is not None
    assert gateway.status.failure.code is FailureCode.NO_MEDIA


async def test_a_gateway_that_is_gone_is_tried_less_and_less_often_and_comes_back(gateway: Gateway) -> None:
    gateway.failure = Failure(FailureCode.UNREACHABLE, "no route")
    gateway.asked.clear()
    await gateway.clock.advance(120)
    assert gateway.status.failure == gateway.failure
    assert 5 <= len(gateway.asked) <= 12
    gateway.failure = None
    await gateway.live(24)
    assert (gateway.status.state, gateway.status.failures) == (LIVE, 0)


async def test_retry_ends_the_wait(gateway: Gateway) -> None:
    gateway.failure = Failure(FailureCode.UNREACHABLE)
    await gateway.clock.advance(100)
    gateway.failure = None
    gateway.condition.retry()
    await gateway.live(3)
    assert gateway.status.state is LIVE


async def test_a_bug_is_a_failure_with_a_traceback(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.bug = ZeroDivisionError("of ours")
    await gateway.clock.advance(3)
    assert gateway.status.failure is not None
    assert gateway.status.failure.code is FailureCode.UNEXPECTED
    assert any(record.exc_info for record in caplog.records)
