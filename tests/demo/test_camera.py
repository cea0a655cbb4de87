"""A virtual camera that is well: what it answers, who may in, what it sends, what it counts."""

import asyncio
import base64
from itertools import pairwise

import pytest

from socstream.demo.camera import VirtualCamera

from .support import PPS, SPS, Packet, client, codec_only, handmade, steps

MEDIA = handmade()


async def test_a_client_is_served_from_options_to_teardown() -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        assert "DESCRIBE" in (await c.ask("OPTIONS")).headers["public"]
        described = await c.ask("DESCRIBE")
        assert described.headers["content-base"] == camera.url + "/"
        setup = await c.ask("SETUP", "/track1", Transport="RTP/AVP/TCP;unicast;interleaved=4-5")
        assert "interleaved=4-5" in setup.headers["transport"]
        session = setup.headers["session"].partition(";")[0]
        assert (await c.ask("PLAY", "/", Session=session)).status == 200
        assert {(await c.packet()).channel for _ in range(8)} <= {4, 5}
        assert (await c.ask("GET_PARAMETER", Session=session)).status == 200
        assert (await c.ask("TEARDOWN", Session=session)).status == 200
        assert await c.end() == "FIN"
        assert dict(camera.counts.answers) == {200: 6}
        assert camera.counts.requests.total() == 6


async def test_the_sdp_tells_codec_and_parameter_sets() -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        sdp = (await c.ask("DESCRIBE")).body.decode()
    assert "a=rtpmap:96 H264/90000\r\n" in sdp
    assert (
        f"sprop-parameter-sets={base64.b64encode(SPS).decode()},{base64.b64encode(PPS).decode()}\r\n" in sdp
    )
    assert "profile-level-id=42c01e" in sdp
    assert "m=audio" not in sdp


async def test_h265_names_its_three_sets() -> None:
    async with VirtualCamera("one", codec_only("h265")) as camera, client(camera) as c:
        sdp = (await c.ask("DESCRIBE")).body.decode()
    assert "H265/90000" in sdp
    assert "sprop-vps=QAEM; sprop-sps=QgEB; sprop-pps=RAHA\r\n" in sdp


@pytest.mark.parametrize(
    ("method", "suffix", "headers", "status"),
    [
        ("DESCRIBE", "/elsewhere", {}, 404),
        ("DESCRIBE", "?channel=1&subtype=0", {}, 200),
        ("SETUP", "/track1", {"Transport": "RTP/AVP;unicast;client_port=5000-5001"}, 461),
        ("SETUP", "/track1", {"Transport": "RTP/AVP/TCP;unicast;interleaved=255-256"}, 461),
        ("SETUP", "/track2", {"Transport": "RTP/AVP/TCP;unicast;interleaved=2-3"}, 404),
        ("PLAY", "", {}, 455),
        ("GET_PARAMETER", "", {"Session": "another"}, 454),
        ("RECORD", "", {}, 501),
    ],
)
async def test_what_it_cannot_do_has_the_right_status(
    method: str, suffix: str, headers: dict[str, str], status: int
) -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        assert (await c.ask(method, suffix, **headers)).status == status


@pytest.mark.parametrize(
    "words", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\r\n\r\n", b"x" * 100_000]
)
async def test_what_is_not_rtsp_ends_the_connection(words: bytes) -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        c.writer.write(words)
        assert await c.end() != "open"


async def test_numbers_and_times_go_on_over_the_end_of_the_loop() -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        await c.play()
        units = await c.units(60)
    assert steps([packet for unit in units for packet in unit], "sequence") == {1}
    assert steps([unit[0] for unit in units], "ticks") == {1800}
    assert {(after[-1].number - before[-1].number) % 50 for before, after in pairwise(units)} == {1}


async def test_a_join_at_a_key_starts_with_the_parameter_sets_at_once() -> None:
    async with VirtualCamera("one", handmade(gop=1.0)) as camera, client(camera) as c:
        (first,) = await (await c.play()).units(1)
    assert [packet.nal_type for packet in first] == [7, 8, 5]


async def test_a_live_join_starts_where_the_clock_is() -> None:
    async with VirtualCamera("one", handmade(gop=1.0), join="live") as camera:
        seen = set()
        for _ in range(3):
            async with client(camera) as c:
                units = await (await c.play()).units(1)
                seen.add(units[0][-1].number)
                await asyncio.sleep(0.05)
    assert len(seen) == 3


async def test_parameter_sets_can_be_only_in_band_or_only_in_the_sdp() -> None:
    async with VirtualCamera("one", MEDIA, parameter_sets="band") as camera, client(camera) as c:
        assert b"sprop" not in (await c.ask("DESCRIBE")).body
        assert 7 in {packet.nal_type for unit in await (await c.play()).units(11) for packet in unit}
    async with VirtualCamera("one", MEDIA, parameter_sets="sdp") as camera, client(camera) as c:
        assert b"sprop" in (await c.ask("DESCRIBE")).body
        assert {packet.nal_type for unit in await (await c.play()).units(11) for packet in unit} == {1, 5}


async def test_sound_runs_beside_the_pictures() -> None:
    async with VirtualCamera("one", handmade(sound=True)) as camera, client(camera) as c:
        assert b"m=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n" in (await c.ask("DESCRIBE")).body
        await c.play(audio=True)
        sound: list[Packet] = []
        while len(sound) < 30:
            packet = await c.packet()
            if packet.channel == 2:
                sound.append(packet)
    assert steps(sound, "sequence") == {1}
    assert steps(sound, "ticks") == {160}
    assert {(after.data[12] - before.data[12]) % 50 for before, after in pairwise(sound)} == {1}


async def test_reports_of_both_tracks_come_first() -> None:
    async with VirtualCamera("one", handmade(sound=True)) as camera, client(camera) as c:
        await c.play(audio=True)
        first = [await c.packet(), await c.packet()]
    assert [(packet.channel, packet.data[1]) for packet in first] == [(1, 200), (3, 200)]


async def test_who_does_not_know_the_password_sees_nothing() -> None:
    async with VirtualCamera("one", MEDIA, credentials=("admin", "right")) as camera, client(camera) as c:
        wrong = "Basic " + base64.b64encode(b"admin:wrong").decode()
        for method in ("DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER"):
            assert (await c.ask(method)).status == 401
            assert (await c.ask(method, Authorization=wrong)).status == 401
        assert (await c.ask("OPTIONS")).status == 200
        assert camera.counts.wrong_logins == 4
        right = "Basic " + base64.b64encode(b"admin:right").decode()
        await c.play(Authorization=right)
        assert camera.playing == 1


async def test_the_login_url_is_encoded_and_the_other_has_no_password() -> None:
    camera = VirtualCamera("one", MEDIA, credentials=("ad min", "p'#/?%@:"), path="/Tür 1", port=5554)
    assert camera.url == "rtsp://127.0.0.1:5554/T%C3%BCr%201"
    assert camera.login_url == "rtsp://ad%20min:p%27%23%2F%3F%25%40%3A@127.0.0.1:5554/T%C3%BCr%201"


async def test_cameras_share_media_and_clients_share_a_camera() -> None:
    async with VirtualCamera("one", MEDIA) as one, VirtualCamera("two", MEDIA) as two:
        assert one.port != two.port
        async with client(one) as a, client(one) as b, client(two) as c:
            streams = [await (await each.play()).units(5) for each in (a, b, c)]
            assert (one.playing, two.playing) == (2, 1)
            assert (one.counts.accepted, two.counts.accepted) == (2, 1)
    assert len({stream[0][0].data[8:12] for stream in streams}) == 3


async def test_a_client_that_does_not_read_loses_units_up_to_a_keyframe() -> None:
    async with VirtualCamera("one", handmade(fps=100, gop=0.1, size=200_000)) as camera, client(camera) as c:
        await c.play()
        await asyncio.sleep(1.0)  # 20 MB: more than all buffers hold
        units = await c.units(100)
    after_a_gap = [
        after[0] for before, after in pairwise(units) if steps([before[0], after[0]], "ticks") != {900}
    ]
    assert after_a_gap
    assert {packet.nal_type for packet in after_a_gap} == {7}


async def test_leaving_closes_port_and_connections() -> None:
    async with VirtualCamera("one", MEDIA) as camera, client(camera) as c:
        await c.play()
        await camera.__aexit__(None, None, None)
        assert await c.end() == "FIN"
        assert camera.connected == 0
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", camera.port)
