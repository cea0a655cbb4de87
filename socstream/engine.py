"""The engine, wired: everything that turns a wish into a stream, as `app` starts it."""

import logging
import random
from contextlib import AsyncExitStack
from functools import partial

from socstream.background import in_background
from socstream.board import StreamBoard
from socstream.clock import SystemClock
from socstream.config import Config
from socstream.ffmpeg import binary
from socstream.ffmpeg.encoder import Encoder
from socstream.ffmpeg.memory import recall
from socstream.ffmpeg.probe import deadline
from socstream.gateway import Gateway, GatewayTimeout, GatewayUnreachable, open_session
from socstream.hls.disk import StreamDisk
from socstream.hls.layout import StreamLayout
from socstream.hls.timeline import Timeline, Timelines
from socstream.live.edges import Edges
from socstream.model.address import AddressPolicy
from socstream.model.backoff import Backoff
from socstream.model.camera import Camera
from socstream.model.errors import FFmpegMissing
from socstream.model.failure import Failure, FailureCode
from socstream.model.report import Report
from socstream.model.source import Source
from socstream.store.cameras import CameraStore
from socstream.supervision.address import NoAddress, OwnListener, Resolver, takes_connections
from socstream.supervision.ceilings import Ceilings
from socstream.supervision.condition import Condition
from socstream.supervision.follower import Follower, Unreadable
from socstream.supervision.pacer import Pacer
from socstream.supervision.policy import Policy
from socstream.supervision.run import Timing
from socstream.supervision.supervisor import Keeper, Supervisor
from socstream.supervision.worker import Tools, Worker

log = logging.getLogger(__name__)


async def make_supervisor(
    config: Config,
    store: CameraStore,
    layout: StreamLayout,
    board: StreamBoard,
    timelines: Timelines,
    gateway: Gateway,
    encoder: Encoder,
    edges: Edges,
    policy: AddressPolicy,
    stream_policy: Policy,
    stack: AsyncExitStack,
) -> Supervisor:
    """The supervisor with all that its workers need; it ends with the stack."""
    clock = SystemClock()
    disk = StreamDisk(layout)
    stack.callback(disk.close)
    ceilings, pacer = Ceilings(store), Pacer(clock, config.streams.spawns_per_second)
    tools = Tools(
        clock=clock,
        board=board,
        encoder=encoder,
        files=disk,
        edges=edges,
        addresses=Resolver(policy),
        takes_connections=takes_connections,
        ceilings=ceilings,
        pacer=pacer,
        policy=stream_policy,
        uniform=random.uniform,
        timing=Timing(),
        tls_verify=config.cameras.tls_verify,
    )
    supervisor = Supervisor(
        partial(_keeper, tools, gateway),
        board=board,
        timelines=timelines,
        disk=disk,
        ceilings=ceilings,
        pacer=pacer,
        clock=clock,
        restored=await disk.restore(),
    )
    supervisor.open()
    stack.push_async_callback(supervisor.close)
    return supervisor


def backoff_of(config: Config) -> Backoff:
    """As the settings say."""
    streams = config.streams
    return Backoff(streams.backoff_initial, streams.backoff_maximum, stable_after=streams.stable_after)


async def make_encoder(config: Config, layout: StreamLayout, stack: AsyncExitStack) -> Encoder:
    """FFmpeg, as this box has it."""
    encoder = Encoder(
        partial(recall, config.ffmpeg.override, config.data.directory / "ffmpeg.json"),
        layout,
        setpriv=await binary.find_setpriv(),
        segment_seconds=config.streams.segment_seconds,
    )
    # Not waited for: asking takes a second on a small box, and players count the time until we listen.
    asking = in_background(_tell_which_ffmpeg(encoder), "the look for FFmpeg")
    await stack.enter_async_context(asking)
    return encoder


async def _tell_which_ffmpeg(encoder: Encoder) -> None:
    try:
        found = await encoder.binary()
    except FFmpegMissing as error:
        # The cameras can still be looked at and edited, and FFmpeg be installed while we run.
        log.critical("%s", error)
    else:
        log.info("FFmpeg %s at %s", found.version, found.path)


def _keeper(tools: Tools, gateway: Gateway, camera: Camera, timeline: Timeline) -> Keeper:
    """Whoever keeps this camera's stream: our own FFmpeg, or a follower of somebody else's playlist."""
    if camera.source.is_rtsp:
        return Worker(camera, timeline, tools)
    tools.edges.of(camera.camera_id).refuse("Another server makes this camera's stream.", "gateway")
    condition = Condition(
        camera.camera_id, camera.name, tools.board, tools.clock, tools.policy, tools.uniform
    )
    return Follower(condition, partial(_read_playlist, gateway, camera), tools.clock, tools.timing)


async def _read_playlist(gateway: Gateway, camera: Camera, uri: str) -> bytes:
    """The gateway's playlist for a follower, its errors as failures of the stream."""
    try:
        return await gateway.read_playlist(camera, uri)
    except GatewayTimeout as error:
        raise Unreadable(Failure(FailureCode.TIMEOUT, str(error))) from error
    except GatewayUnreachable as error:
        raise Unreadable(Failure(error.code, str(error))) from error


async def make_gateway(config: Config, policy: AddressPolicy, stack: AsyncExitStack) -> Gateway:
    """The client of whoever else makes HLS."""
    base_url = config.gateway.url
    session = open_session(base_url, policy, verify_tls=config.cameras.tls_verify)
    await stack.enter_async_context(session)
    return Gateway(base_url, config.gateway.via_proxy, session, policy)


async def look_at(encoder: Encoder, resolver: Resolver, source: Source, *, tls_verify: bool = True) -> Report:
    """One look at a source, an RTSP one; however the camera behaves, it takes no longer than LONGEST."""
    until = deadline()
    try:
        address = await resolver.address_of(source)
    except NoAddress as error:
        return Report(failure=error.failure)
    return await encoder.probe(source, address, tls_verify=tls_verify, until=until)


def address_policy(config: Config, own: OwnListener) -> AddressPolicy:
    """Where cameras may be; `own` is where we listen ourselves."""
    cameras = config.cameras
    return AddressPolicy(cameras.allow_loopback, config.gateway.url, cameras.networks, own)
