"""Rows 1 to 12: each trial does one thing to a camera of its own, on a server that all of them share."""

import asyncio
import math
import time

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import (
    Bye,
    Drip,
    Fault,
    Fin,
    Garbage,
    InStream,
    Jump,
    NoAnswer,
    NoKeyframes,
    Redirect,
    Refuse,
    Reset,
    Silent,
    Stall,
    Status,
    Switch,
    UnknownCodec,
)
from socstream.demo.media import Spec
from tests.faults.monitor import Stream
from tests.faults.site import LOGIN, PATIENCE, SECRET, Site, Subject
from tests.faults.trial import Times, Trial
from tests.rigs.patience import until


async def a_closed_port(site: Site) -> Times:
    """Refused, told soon, knocked at without knocking at RTSP, and back soon after it opens."""
    async with site.camera("Closed port") as camera:
        await camera.plays()
        fault = time.monotonic()
        await camera.device.order(Refuse())
        detect = await camera.failing("refused", since=fault)
        await camera.until("the fifth failure", lambda stream: stream.failures == 5)
        for stream in camera.history:
            _backs_off_by_the_table(stream.failures, stream.since, stream.retry_at)
        assert _is_jittered(camera.history), "cameras that fail together would return together"
        opened = time.monotonic()
        await camera.device.clear()
        return Times(detect, await camera.back(opened))


def _backs_off_by_the_table(failures: int, since: float, retry_at: float | None) -> None:
    if retry_at is None:
        return
    longest = 0.3 if failures == 1 else min(30.0, 2.0 ** (failures - 2))
    shortest = 0.0 if failures == 1 else longest / 2
    assert shortest - 0.01 <= retry_at - since <= longest + 0.01, f"after {failures} failures"


def _is_jittered(history: list[Stream]) -> bool:
    """Whether the waits are different parts of the longest ones that the table grants."""
    shares = [
        (stream.retry_at - stream.since) / 2.0 ** (stream.failures - 2)
        for stream in history
        if stream.retry_at is not None and stream.failures > 1
    ]
    return max(shares) - min(shares) > 0.01


async def a_host_that_does_not_answer(site: Site) -> Times:
    return await _while_it_plays(site, NoAnswer(), "connect_timeout")


async def a_camera_that_never_speaks(site: Site) -> Times:
    return await _from_the_beginning(site, Silent(), "timeout")


async def a_stream_that_falls_silent(site: Site) -> Times:
    return await _while_it_plays(site, Stall(), "stalled")


async def a_closed_connection(site: Site) -> Times:
    return await _an_end(site, Fin())


async def a_reset_connection(site: Site) -> Times:
    return await _an_end(site, Reset())


async def a_goodbye(site: Site) -> Times:
    return await _an_end(site, Bye())


async def garbage_in_the_stream(site: Site) -> Times:
    """FFmpeg waits in it for ever and ignores the first SIGTERM."""
    async with site.camera("Garbage") as camera:
        await camera.plays()
        [stuck] = camera.pids()
        fault = time.monotonic()
        await camera.device.order(Garbage())

        async def is_killed() -> bool:
            return stuck not in camera.pids()

        await camera.failing("stalled", since=fault)
        await until("the stuck FFmpeg is gone", is_killed, within=10, every=0.02)
        detect = time.monotonic() - fault
        ended = time.monotonic()
        await camera.device.clear()
        return Times(detect, await camera.back(ended))


async def no_more_keyframes(site: Site) -> Times:
    return await _while_it_plays(site, NoKeyframes(), "stalled")


async def a_drip_now_and_then(site: Site) -> Times:
    return await _while_it_plays(site, Drip(), "stalled")


async def never_a_keyframe(site: Site) -> Times:
    return await _from_the_beginning(site, NoKeyframes(), "no_media", "stalled", "unsupported_codec")


async def a_drip_from_the_beginning(site: Site) -> Times:
    return await _from_the_beginning(site, Drip(early=True), "no_media", "stalled", "timeout")


async def an_unknown_codec(site: Site) -> Times:
    return await _from_the_beginning(site, UnknownCodec(), "unsupported_codec")


async def a_wrong_password(site: Site) -> Times:
    """One try, then the slow lane; at once when the password was edited."""
    async with VirtualCamera("Locked", await site.media(), credentials=LOGIN, auth="digest-qop") as device:
        wrong = {"username": LOGIN[0], "password": f"not-{SECRET}"}
        began = time.monotonic()
        async with site.watched(device, credentials=wrong) as camera:
            detect = await camera.failing("unauthorized", since=began)
            assert 25 <= (camera.now.retry_at or 0.0) - camera.now.since <= 35
            await asyncio.sleep(5)
            tries = device.counts.accepted
            assert tries == 1, "a camera that refuses the password is asked again and again"
            edited = time.monotonic()
            await site.http.ask(
                "PATCH", f"cameras/{camera.camera_id}", body={"credentials": {"password": SECRET}}
            )
            await until("a try", lambda: _accepted(device, tries + 1), within=1)
            print(f"tried {time.monotonic() - edited:.2f} s after the edit")
            return Times(detect, await camera.back(edited))


async def a_stream_that_does_not_exist(site: Site) -> Times:
    return await _refusal(site, Status(404), "not_found", 60, 60)


async def no_room_for_another_viewer(site: Site) -> Times:
    return await _refusal(site, Status(453), "busy", 5, 30)


async def a_service_that_is_unavailable(site: Site) -> Times:
    return await _refusal(site, Status(503), "busy", 5, 30)


async def a_redirect_to_another_host(site: Site) -> Times:
    """Reported and not played, although FFmpeg would."""
    async with VirtualCamera("Elsewhere", await site.media(), host="127.0.0.2") as elsewhere:
        times = await _refusal(site, Redirect(elsewhere.url), "misconfigured", 60, 60)
        assert elsewhere.connected == 0, "FFmpeg follows, and is ended for it"
        return times


async def frames_out_of_order(site: Site) -> Times:
    """B-frames that begin on a keyframe: the first packets have no PTS."""
    return await _plays(site, Spec("BFRAMES", width=320, height=180, b_frames=2, loop_seconds=10))


async def parameter_sets_in_band_only(site: Site) -> Times:
    """More bytes come before the first keyframe than a first, short look reads."""
    spec = Spec("INBAND", width=640, height=360, gop=4.0, bitrate=4_000_000, noise=True, loop_seconds=12)
    await asyncio.sleep((0.5 - time.time()) % 4)
    return await _plays(site, spec, join="live", parameter_sets="band")


async def a_keyframe_every_ten_seconds(site: Site) -> Times:
    """Two of them may take 20 s, just as long as we are patient: so we join in the middle."""
    spec = Spec("LONGGOP", width=320, height=180, gop=10.0, loop_seconds=20)
    await asyncio.sleep((5 - time.time()) % 10)
    return await _plays(site, spec, segments=1, join="live")


async def sound_that_cannot_be_copied(site: Site) -> Times:
    return await _plays(site, Spec("SOUND", width=320, height=180, loop_seconds=10, audio="pcma"))


async def another_codec(site: Site) -> Times:
    return await _plays(site, Spec("H265", codec="h265", width=320, height=180, loop_seconds=10))


async def a_new_resolution(site: Site) -> Times:
    large = Spec("LARGE", width=640, height=360, loop_seconds=10)
    return await _goes_on(site, "Larger", Switch(await site.media(large)))


async def a_new_codec(site: Site) -> Times:
    other = Spec("H265", codec="h265", width=320, height=180, loop_seconds=10)
    return await _goes_on(site, "Newer", Switch(await site.media(other)))


async def time_stamps_that_jump_ahead(site: Site) -> Times:
    return await _goes_on(site, "Ahead", Jump(seconds=100))


async def time_stamps_that_jump_a_little(site: Site) -> Times:
    return await _goes_on(site, "A little ahead", Jump(seconds=20))


async def time_stamps_that_jump_back(site: Site) -> Times:
    return await _goes_on(site, "Back", Jump(seconds=-100))


async def _while_it_plays(site: Site, fault: Fault, code: str) -> Times:
    """A fault of a camera that was live, and its end."""
    async with site.camera(f"{_name(fault)} later") as camera:
        await camera.plays()
        began = time.monotonic()
        await camera.device.order(fault)
        detect = await camera.failing(code, since=began)
        ended = time.monotonic()
        await camera.device.clear()
        return Times(detect, await camera.back(ended))


async def _from_the_beginning(site: Site, fault: Fault, *codes: str) -> Times:
    """A fault that stands when the camera is added: it begins as the camera is first asked."""
    async with VirtualCamera(f"{_name(fault)} at first", await site.media(), credentials=LOGIN) as device:
        await device.order(fault)
        async with site.watched(device) as camera:
            await until("a try", lambda: _accepted(device, 1), within=5, every=0.01)
            began = time.time()
            await camera.failing(*codes)
            # By the server's own watch: its patience is the bound, and our looks come late.
            detect = (camera.now.failing_since or math.inf) - began
            assert not camera.witness.segments, "a playlist before there was media"
            ended = time.monotonic()
            await device.clear()
            await camera.retry()
            return Times(detect, await camera.back(ended))


async def _an_end(site: Site, fault: InStream) -> Times:
    """The running session ends by `fault`; the next one is well."""
    async with site.camera(_name(fault)) as camera:
        await camera.plays()
        began = time.monotonic()
        camera.device.order_once(fault)
        detect = await camera.until("source_ended", lambda stream: stream.code == "source_ended", since=began)
        return Times(detect, await camera.back(began))


async def _refusal(site: Site, fault: Fault, code: str, shortest: float, longest: float) -> Times:
    """A camera that answers, but not as we wish; the wait until the next try is in its lane."""
    async with VirtualCamera(f"{_name(fault)}: {code}", await site.media(), credentials=LOGIN) as device:
        await device.order(fault)
        began = time.monotonic()
        async with site.watched(device) as camera:
            detect = await camera.failing(code, since=began)
            delay = (camera.now.retry_at or 0.0) - camera.now.since
            assert shortest - 0.01 <= delay <= longest + 0.01
            assert camera.now.remedy
            assert not camera.witness.segments
            return Times(detect)


async def _plays(site: Site, spec: Spec, segments: int = 4, **options: object) -> Times:
    """A camera that is odd, but well."""
    async with site.camera(spec.name, spec, **options) as camera:
        began = time.monotonic()
        await camera.back()
        first = time.monotonic() - began
        await camera.plays(segments)
        assert camera.now.run == 1
        assert camera.device.counts.accepted <= 2, "at most one more look at what the short one did not see"
        await _decodes(site, camera)
        status = (await site.http.get(f"cameras/{camera.camera_id}/stream-status")).json
        unset = [line for line in status["log"] if "Timestamps are unset" in line]
        assert not unset, "of this FFmpeg 5 warns, and it will stop working"
        return Times(recover=first)


async def _goes_on(site: Site, name: str, fault: InStream) -> Times:
    """What the camera sends becomes something else: a discontinuity, then segments that can be played."""
    async with site.camera(name) as camera:
        await camera.plays()
        discontinuities = camera.witness.discontinuities
        began = time.monotonic()
        await camera.device.order(fault)
        async with asyncio.timeout(PATIENCE):
            while camera.witness.discontinuities == discontinuities:
                await camera.plays(1)
        took = time.monotonic() - began
        await camera.plays(3, within=10)
        longest = max(told.duration for told in camera.witness.segments.values())
        assert longest < 5, "a jump is no picture that lasted so long"
        assert camera.witness.discontinuities == discontinuities + 1
        await _decodes(site, camera)
        return Times(recover=took)


async def _decodes(site: Site, camera: Subject) -> None:
    """FFmpeg's own player finds nothing to complain of."""
    url = await site.http.granted(camera.camera_id)
    child = await asyncio.create_subprocess_exec(
        *(str(site.ffmpeg), "-nostdin", "-v", "error", "-i", url, "-t", "1", "-f", "null", "-"),
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        _, complaints = await child.communicate()
    assert (child.returncode, complaints) == (0, b""), complaints.decode()


def _name(fault: Fault) -> str:
    return f"{type(fault).__name__} {fault.code}" if isinstance(fault, Status) else type(fault).__name__


async def _accepted(device: VirtualCamera, count: int) -> bool:
    return device.counts.accepted >= count


TRIALS: tuple[Trial[Site], ...] = (
    Trial(1, a_closed_port, Times(1, 5)),
    Trial(2, a_host_that_does_not_answer, Times(12)),
    Trial(3, a_camera_that_never_speaks, Times(12)),
    Trial(4, a_stream_that_falls_silent, Times(12, 6)),
    Trial(6, a_closed_connection, Times(recover=4)),
    Trial(6, a_reset_connection, Times(recover=4)),
    Trial(6, a_goodbye, Times(recover=4)),
    Trial(7, garbage_in_the_stream, Times(12)),
    Trial(8, no_more_keyframes, Times(20)),
    Trial(8, a_drip_now_and_then, Times(20)),
    Trial(8, never_a_keyframe, Times(20)),
    Trial(8, a_drip_from_the_beginning, Times(20)),
    Trial(8, an_unknown_codec, Times(20)),
    Trial(9, a_wrong_password),
    Trial(10, a_stream_that_does_not_exist),
    Trial(10, no_room_for_another_viewer),
    Trial(10, a_service_that_is_unavailable),
    Trial(10, a_redirect_to_another_host),
    Trial(11, frames_out_of_order),
    Trial(11, parameter_sets_in_band_only),
    Trial(11, a_keyframe_every_ten_seconds),
    Trial(11, sound_that_cannot_be_copied),
    Trial(11, another_codec),
    Trial(12, a_new_resolution, Times(recover=15)),
    Trial(12, a_new_codec, Times(recover=15)),
    Trial(12, time_stamps_that_jump_ahead, Times(recover=15)),
    Trial(12, time_stamps_that_jump_a_little, Times(recover=15)),
    Trial(12, time_stamps_that_jump_back, Times(recover=15)),
)
