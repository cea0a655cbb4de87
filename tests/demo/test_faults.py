"""Every fault has its effect, at connecting and in the stream, and goes away when it is cleared."""

import asyncio
from collections.abc import Callable

import pytest

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import (
    Bye,
    Drip,
    EndlessHeader,
    Fin,
    Garbage,
    HugeSdp,
    InStream,
    Jump,
    NoAnswer,
    NoKeyframes,
    OnTheWire,
    Redirect,
    Refuse,
    Reset,
    Silent,
    Stall,
    Status,
    Switch,
    UnknownCodec,
)

from .support import Client, client, codec_only, handmade, steps

MEDIA = handmade(fps=100, gop=0.1)


async def works(camera: VirtualCamera) -> bool:
    """Whether a new client gets pictures."""
    async with client(camera) as c:
        return len(await (await c.play()).units(3)) == 3


async def test_refuse_closes_the_port_and_all_connections_and_keeps_the_number() -> None:
    async with VirtualCamera("one", MEDIA) as camera:
        port = camera.port
        for _ in range(3):
            async with client(camera) as c:
                await c.play()
                await camera.order(Refuse())
                assert await c.end() == "FIN"
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)
            with pytest.raises(OSError, match="in use"):  # nobody else gets the number meanwhile
                await asyncio.start_server(
                    lambda reader, writer: None, "127.0.0.1", port, reuse_address=False
                )
            await camera.clear()
            assert camera.port == port
            assert await works(camera)


async def test_a_camera_can_begin_refusing() -> None:
    camera = VirtualCamera("one", MEDIA)
    await camera.order(Refuse())
    async with camera:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", camera.port)


async def test_no_answer_lets_connecting_hang_and_silences_who_is_there() -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        await c.play()
        await camera.order(NoAnswer())
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await asyncio.open_connection("127.0.0.1", camera.port)
        assert await c.silent_for(0.1)
        await camera.clear()
        assert await c.video()
        assert await works(camera)


@pytest.mark.parametrize("method", [None, "DESCRIBE"])
async def test_silent_accepts_and_never_answers(method: str | None) -> None:
    async with VirtualCamera("one", MEDIA) as camera:
        await camera.order(Silent(method))
        async with client(camera) as c:
            if method is not None:
                assert (await c.ask("OPTIONS")).status == 200
            await c.say("DESCRIBE")
            assert await c.silent_for(0.15)
            assert camera.connected == 1
        await camera.clear()
        assert await works(camera)


@pytest.mark.parametrize("status", [401, 404, 453, 503])
async def test_a_status_comes_instead_of_the_description(status: int) -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        await camera.order(Status(status))
        answer = await c.ask("DESCRIBE")
        assert (answer.status, "www-authenticate" in answer.headers) == (status, status == 401)
        assert camera.counts.answers[status] == 1
        await camera.clear()
        assert (await c.ask("DESCRIBE")).status == 200


async def test_a_status_can_wait_for_another_method() -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        await camera.order(Status(453, method="PLAY"))
        assert (await c.ask("DESCRIBE")).status == 200
        assert (await c.ask("PLAY")).status == 453


async def test_a_redirect_names_the_other_place() -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        await camera.order(Redirect("rtsp://192.0.2.1/other"))
        answer = await c.ask("DESCRIBE")
        assert (answer.status, answer.headers["location"]) == (302, "rtsp://192.0.2.1/other")


async def test_an_unknown_codec_stands_in_the_sdp() -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        await camera.order(UnknownCodec("X-SECRET"))
        body = (await c.ask("DESCRIBE")).body
        assert b"a=rtpmap:96 X-SECRET/90000\r\n" in body
        assert b"H264" not in body


async def test_a_huge_sdp_is_as_long_as_it_says() -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        await camera.order(HugeSdp(3 << 20))
        answer = await c.ask("DESCRIBE")
        assert 3 << 20 <= len(answer.body) < 3 << 20 | 1 << 16


async def test_an_endless_header_has_no_end_until_it_is_cleared() -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        await camera.order(EndlessHeader(rate=4 << 20))
        await c.say("DESCRIBE")
        async with asyncio.timeout(2):
            received = await c.reader.readexactly(500_000)
        assert received.startswith(b"RTSP/1.0 200 OK\r\n")
        assert b"\r\n\r\n" not in received
        await camera.clear()
        assert await c.end() == "FIN"


@pytest.mark.parametrize(("fault", "end"), [(Fin(early=True), "FIN"), (Reset(early=True), "RST")])
async def test_a_connection_can_end_before_the_first_answer(fault: OnTheWire, end: str) -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        await camera.order(fault)
        await c.say("OPTIONS")
        assert await c.end() == end


async def test_garbage_can_come_before_the_first_answer() -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        await camera.order(Garbage(early=True))
        await c.say("OPTIONS")
        async with asyncio.timeout(2):
            assert not (await c.reader.readexactly(1000)).startswith(b"RTSP")


@pytest.mark.parametrize("any_kind", [False, True])
async def test_garbage_ends_no_line_unless_it_may(any_kind: bool) -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        await camera.order(Garbage(any_kind=any_kind))
        await c.play()
        async with asyncio.timeout(3):
            received = await c.reader.readexactly(50_000)
        assert any(byte in received[1000:] for byte in b"\r\n$") == any_kind


async def test_answers_can_drip() -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        await camera.order(Drip(every=0.05, early=True))
        await c.say("OPTIONS")
        began = asyncio.get_running_loop().time()
        async with asyncio.timeout(2):
            assert await c.reader.readexactly(6) == b"RTSP/1"
        assert asyncio.get_running_loop().time() - began > 0.24
        await camera.clear()
        async with asyncio.timeout(2):
            assert b"Public" in await c.reader.readuntil(b"\r\n\r\n")


async def stalls(c: Client) -> None:
    assert await c.silent_for(0.1)


async def ends(c: Client) -> None:
    assert await c.end() == "FIN"


async def is_reset(c: Client) -> None:
    assert await c.end() == "RST"


async def says_bye(c: Client) -> None:
    async with asyncio.timeout(2):
        while (packet := await c.packet()).data[28:30] != b"\x81\xcb":
            pass
    assert packet.channel == 1
    assert await c.silent_for(0.1)


async def talks_nonsense(c: Client) -> None:
    async with asyncio.timeout(2):
        while (await c.reader.readexactly(1)) == b"$":
            await c.reader.readexactly(int.from_bytes((await c.reader.readexactly(3))[1:]))


async def leaves_keyframes_out(c: Client) -> None:
    kept = 0
    async with asyncio.timeout(3):
        while kept < 25:
            (unit,) = await c.units(1)
            kept = 0 if 5 in {packet.nal_type for packet in unit} else kept + 1


async def drips(c: Client) -> None:
    drops = 0
    async with asyncio.timeout(2):
        while drops < 4:
            drops = drops + 1 if len(await c.reader.read(1 << 16)) == 1 else 0


async def jumps(c: Client) -> None:
    before = after = await c.video()
    async with asyncio.timeout(3):
        while steps([before, after], "ticks") <= {0, 900}:
            before, after = after, await c.video()
    assert steps([before, after], "ticks") == {900 - 90_000 * 40}


IN_STREAM = {
    "stall": (Stall, stalls),
    "fin": (Fin, ends),
    "reset": (Reset, is_reset),
    "bye": (Bye, says_bye),
    "garbage": (Garbage, talks_nonsense),
    "no keyframes": (NoKeyframes, leaves_keyframes_out),
    "drip": (lambda after: Drip(every=0.05, after=after), drips),
    "jump": (lambda after: Jump(-40, after=after), jumps),
}
Make = Callable[..., InStream]
Effect = Callable[[Client], "asyncio.Future[None]"]


@pytest.mark.parametrize(("make", "effect"), IN_STREAM.values(), ids=IN_STREAM)
async def test_a_fault_strikes_a_running_session_and_a_clear_heals_the_camera(
    make: Make, effect: Effect
) -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        await (await c.play()).units(2)
        await camera.order(make(after=0))
        await effect(c)
        await camera.clear()
        assert await works(camera)


@pytest.mark.parametrize(("make", "effect"), [IN_STREAM[name] for name in ("stall", "fin", "jump")])
async def test_a_fault_ordered_once_leaves_new_sessions_alone(make: Make, effect: Effect) -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        await (await c.play()).units(2)
        camera.order_once(make(after=0))
        await effect(c)
        assert await works(camera)


@pytest.mark.parametrize(("make", "effect"), IN_STREAM.values(), ids=IN_STREAM)
async def test_a_fault_waits_for_good_media_in_each_session(make: Make, effect: Effect) -> None:
    async with VirtualCamera("one", MEDIA) as camera:
        await camera.order(make(after=0.1))
        for _ in range(2):
            async with client(camera) as c:
                assert await (await c.play()).units(4)
                await effect(c)


async def test_a_stalled_session_goes_on_with_now() -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        before = (await (await c.play()).units(1))[-1][0]
        await camera.order(Stall())
        assert await c.silent_for(0.4)
        await camera.clear()
        units = await c.units(30)
    assert max(steps([before, *(unit[0] for unit in units)], "ticks")) > 90_000 * 0.3
    assert steps([packet for unit in units for packet in unit], "sequence") == {1}


async def test_a_packet_that_dripped_is_sent_to_its_end() -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        await c.play()
        await camera.order(Drip(every=0.04))
        await asyncio.sleep(0.3)
        await camera.clear()
        assert steps([packet for unit in await c.units(20) for packet in unit], "sequence") == {1}


async def test_after_a_bye_the_session_stays_silent_for_good() -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        await c.play()
        await camera.order(Bye())
        await says_bye(c)
        await camera.clear()
        assert await c.silent_for(0.1)


async def test_other_media_begin_with_a_keyframe_on_the_same_time_line() -> None:
    other = handmade(fps=50, gop=0.1, size=500)
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        units = await (await c.play()).units(2)
        await camera.order(Switch(other))
        while sum(len(unit[-1].data) > 500 for unit in units) < 12:
            units += await c.units(1)
        async with client(camera) as again:
            assert len((await (await again.play()).units(1))[-1][-1].data) > 500
    changed = [len(unit[-1].data) > 500 for unit in units].index(True)
    assert units[changed][0].nal_type == 7
    assert steps([unit[0] for unit in units[changed:]], "ticks") == {1800}
    assert steps([unit[0] for unit in units[:changed]], "ticks") == {900}
    assert steps([packet for unit in units for packet in unit], "sequence") == {1}
    assert 0 < min(steps([units[changed - 1][0], units[changed][0]], "ticks")) < 90_000


async def test_another_codec_ends_the_session_and_is_described_to_the_next() -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        await c.play()
        await camera.order(Switch(codec_only("h265")))
        assert await c.end() == "FIN"
        async with client(camera) as again:
            assert b"H265/90000" in (await again.ask("DESCRIBE")).body
        await camera.clear()
        async with client(camera) as again:
            assert b"H264/90000" in (await again.ask("DESCRIBE")).body


async def test_the_newest_order_stands() -> None:
    async with VirtualCamera("one", MEDIA) as camera:
        for fault in (NoAnswer(), Refuse(), NoAnswer(), Status(404)):
            await camera.order(fault)
            assert camera.fault is fault
        async with client(camera) as c:
            assert (await c.ask("DESCRIBE")).status == 404
