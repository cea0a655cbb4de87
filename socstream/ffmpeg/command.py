"""Every FFmpeg flag that pulls a camera, and the script that carries its URL. Measured with 5.1 and 9."""

from enum import Enum
from pathlib import Path

from attrs import frozen

from socstream.ffmpeg.binary import Binary
from socstream.hls.layout import StreamLayout, init_name
from socstream.model.source import Source

SOCKET_TIMEOUT = 5_000_000
"""Microseconds without a byte from the camera after which FFmpeg gives up by itself."""

_ON_THE_WAY = ("pipe", "rtsp", "rtsps", "tcp", "tls", "udp", "rtp")

# Without it, B-frame cameras that start on a keyframe die at every start: their first packets have no PTS.
_FILL_PTS = r"setts=pts=if(eq(PTS\,NOPTS)\,DTS\,PTS)"


@frozen
class Probe:
    """How much FFmpeg reads before it believes to know the stream: bytes and microseconds."""

    size: int
    duration: int


SHORT_PROBE = Probe(100_000, 100_000)
"""Measured with cameras of every kind of ours: the first picture 0.4 s earlier than with 500 000 of each, as
FFmpeg sends none before it has looked, and not one camera more had to be looked at again.
"""
LONG_PROBE = Probe(5_000_000, 12_000_000)
"""For cameras whose parameter sets or first keyframe come late."""


MOST_PIXELS = ("-max_pixels", "40000000")
"""For whatever decodes; the largest cameras on the market have 32 million."""


class LiveOutput(Enum):
    """Whether FFmpeg also writes each picture to standard output the moment it is whole, as FLV."""

    OFF = "off"
    PROMPT = "prompt"
    MENDED = "mended"
    """With the time stamps that a camera with B-frames leaves out at first; all comes one frame later."""


@frozen
class Order:
    """What one run is to do. `start_number` names its first segment; `address` was resolved and checked."""

    camera_id: str
    source: Source
    address: str
    start_number: int
    probe: Probe = SHORT_PROBE
    tls_verify: bool = True
    live: LiveOutput = LiveOutput.OFF


@frozen
class Command:
    """An argument list without secrets, and the script for its standard input, which holds them."""

    arguments: tuple[str, ...]
    script: bytes


QUIET = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+info")
"""Every run: lines bear their level, and what FFmpeg learns of the stream is told at level info."""


def pull(binary: Binary, layout: StreamLayout, order: Order, segment_seconds: float) -> Command:
    """The command that turns a camera into segments in its directory until it is ended."""
    return Command(
        (
            str(binary.path),
            *QUIET,
            *camera_input(order.probe),
            *_hls_output(layout, order, segment_seconds),
            *_live_output(order.live),
        ),
        input_script(binary, order),
    )


def look(binary: Binary, order: Order, picture: Path) -> Command:
    """The command that lists a camera's video packets on standard output (muxer framecrc) until it is ended,
    those before the first keyframe too, and writes its first picture, small, to a file.
    """
    return Command(
        (
            str(binary.path),
            *QUIET,
            # One picture needs no more threads, and each costs the memory of another one.
            *("-threads", "1", "-filter_threads", "1"),
            *MOST_PIXELS,
            *camera_input(order.probe),
            *("-map", "0:v:0", "-c:v", "copy", "-copyinkf"),
            *("-f", "framecrc", "-flush_packets", "1", "pipe:1"),
            *("-map", "0:v:0", "-frames:v", "1", "-vf", "scale=w='min(480,iw)':h=-2", "-f", "image2"),
            *("-c:v", "mjpeg", "-q:v", "6", "-update", "1", str(picture)),
        ),
        input_script(binary, order),
    )


def input_script(binary: Binary, order: Order) -> bytes:
    """The ffconcat script with the URL: an argument would show the password in the process list."""
    source = order.source
    # A certificate is issued to a name, so FFmpeg gets the name and looks it up again, but only where the
    # certificate then proves who answers: else a name could lead it to an address that was never checked.
    can_verify = source.is_encrypted and "rtsp tls_verify" in binary.features
    by_name = can_verify and order.tls_verify
    lines = [
        "ffconcat version 1.0",
        f"file {quoted(source.connect_url(None if by_name else order.address))}",
        "option rtsp_transport tcp",
        f"option timeout {SOCKET_TIMEOUT}",
        # The concat demuxer hands its own on to nobody: left at the default, RTSP is looked at for 1 to 4 s.
        f"option probesize {order.probe.size}",
        f"option analyzeduration {order.probe.duration}",
    ]
    if can_verify:
        lines.append(f"option tls_verify {int(order.tls_verify)}")
    return ("\n".join(lines) + "\n").encode()


def quoted(text: str) -> str:
    """`text` as one word of an ffconcat script; ValueError for what no quoting can hold."""
    if "\n" in text or "\r" in text or "\0" in text:
        raise ValueError("a line break cannot be quoted in an ffconcat script")
    return "'" + text.replace("'", r"'\''") + "'"


def camera_input(probe: Probe) -> tuple[str, ...]:
    """The options that read `input_script` from standard input."""
    # Never -fflags nobuffer: it throws the first keyframe away. Never wallclock time stamps.
    return (
        *("-f", "concat", "-safe", "0", "-protocol_whitelist", ",".join(_ON_THE_WAY)),
        *("-probesize", str(probe.size), "-analyzeduration", str(probe.duration)),
        *("-i", "pipe:0"),
    )


def _hls_output(layout: StreamLayout, order: Order, segment_seconds: float) -> tuple[str, ...]:
    return (
        *("-map", "0:v:0", "-c:v", "copy", "-bsf:v", _FILL_PTS),
        *("-f", "hls", "-hls_segment_type", "fmp4", "-hls_time", f"{segment_seconds:g}"),
        # Two more than we list and keep, so that our list is never ahead of FFmpeg's deletions.
        *("-hls_list_size", "6", "-hls_delete_threshold", "6"),
        *("-hls_flags", "delete_segments+temp_file+omit_endlist+independent_segments"),
        *("-start_number", str(order.start_number)),
        *("-hls_fmp4_init_filename", init_name(order.start_number)),
        *("-hls_segment_filename", str(layout.path(order.camera_id, "%d.m4s"))),
        str(layout.encoder_playlist(order.camera_id)),
    )


def _live_output(live: LiveOutput) -> tuple[str, ...]:
    if live is LiveOutput.OFF:
        return ()
    return (
        *("-map", "0:v:0", "-c:v", "copy"),
        # It holds each packet until the next one is there, so it is for those only that cannot do without.
        *(("-bsf:v", _FILL_PTS) if live is LiveOutput.MENDED else ()),
        *("-f", "flv", "-flvflags", "no_duration_filesize+no_metadata", "-flush_packets", "1", "pipe:1"),
    )
