"""Which FFmpeg runs: found once, and asked once for its version and for what we need of it."""

import asyncio
import importlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from attrs import field, frozen

from socstream.model.errors import FFmpegMissing

OLDEST = (5, 0)  # `-timeout` of the RTSP demuxer means what we need from 5.0 on
GIT_BUILD = (99, 0)  # "N-12345-g…" and dated builds carry no release number and are newer than any we exclude
ANSWER_WITHIN = 10.0  # seconds; FFmpeg answers in 0.1 s, a cold disk needs more
REMEDY = (
    "install FFmpeg 5.0 or newer (for example `apt install ffmpeg`) or the wheel "
    "(`pip install socstream[ffmpeg]`), or set SOCSTREAM_FFMPEG to the full path of one"
)


@frozen
class Need:
    """One thing that FFmpeg may have, and the question whose answer shows it."""

    name: str
    question: tuple[str, ...]
    answer: str
    """A regular expression that some line of the answer begins with."""


HLS_OPTIONS = (
    "temp_file",
    "omit_endlist",
    "independent_segments",
    "hls_delete_threshold",
    "hls_fmp4_init_filename",
)
NEEDS = (
    Need("rtsp timeout", ("-h", "demuxer=rtsp"), r"\s+-timeout\s"),
    *(Need(f"hls {option}", ("-h", "muxer=hls"), rf"\s+-?{option}\s") for option in HLS_OPTIONS),
    Need("setts", ("-bsfs",), r"setts\s*$"),
    Need("concat", ("-h", "demuxer=concat"), r"Demuxer concat\b"),
    Need("flv", ("-h", "muxer=flv"), r"Muxer flv\b"),
)
"""Without one of these it is of no use to us."""

WISHES = (Need("rtsp tls_verify", ("-h", "demuxer=rtsp"), r"\s+-tls_verify\s"),)
"""What new ones have: FFmpeg 5.1 verifies no certificate of an rtsps camera, and cannot be told to."""


@frozen
class Binary:
    """An FFmpeg that was asked: where it is, how old it is and what it can do."""

    path: Path
    version: str
    features: frozenset[str] = field(factory=frozenset)
    """The names out of NEEDS and WISHES that it has."""

    @property
    def version_number(self) -> tuple[int, int]:
        """Major and minor; GIT_BUILD for a build without a release number."""
        return _number(self.version)

    @property
    def missing(self) -> tuple[str, ...]:
        """The names out of NEEDS that it does not have, in their order."""
        return tuple(need.name for need in NEEDS if need.name not in self.features)


async def find_setpriv() -> str | None:
    """The path of a setpriv that lets the kernel end FFmpeg when we die; None where there is no such one.

    BusyBox has one that cannot do it.
    """
    found = shutil.which("setpriv")
    if found is None:
        return None
    trial = await asyncio.create_subprocess_exec(
        found,
        *("--pdeathsig", "KILL", "--", "true"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=_environment(),
    )
    return found if await trial.wait() == 0 else None


def locate(override: Path | None = None) -> Path:
    """The FFmpeg to run: the override, else a new enough one on PATH, else the wheel's; raises FFmpegMissing.

    Blocks while the one on PATH says its version; `find` does not.
    """
    if override is not None:
        if not (override.is_file() and os.access(override, os.X_OK)):
            raise FFmpegMissing(f"no FFmpeg: {override} is not an executable file; {REMEDY}")
        return override
    on_path, why_not_path = _on_path()
    if on_path is not None:
        return on_path
    in_wheel, why_not_wheel = _in_wheel()
    if in_wheel is not None:
        return in_wheel
    raise FFmpegMissing(f"no FFmpeg: {why_not_path}; {why_not_wheel}; {REMEDY}")


async def inspect(path: Path) -> Binary:
    """What this FFmpeg says about itself; raises FFmpegMissing when it does not run or answer in time."""
    version = _version(path, await _ask(path, "-version"))
    questions = tuple(dict.fromkeys(need.question for need in (*NEEDS, *WISHES)))
    answers = await asyncio.gather(*(_ask(path, *question) for question in questions))
    told = dict(zip(questions, answers, strict=True))
    features = frozenset(
        need.name
        for need in (*NEEDS, *WISHES)
        if re.search(rf"^{need.answer}", told[need.question], re.MULTILINE)
    )
    return Binary(path, version, features)


async def find(override: Path | None = None) -> Binary:
    """`locate` and `inspect` without blocking the loop; raises FFmpegMissing."""
    return await inspect(await asyncio.to_thread(locate, override))


def _environment() -> dict[str, str]:
    """Of what we only try: nothing of ours, in which passwords may stand."""
    return {"PATH": os.environ.get("PATH", os.defpath)}


def _on_path() -> tuple[Path | None, str]:
    """The FFmpeg on PATH when it is new enough; else None and why."""
    found = shutil.which("ffmpeg")
    if found is None:
        return None, "none on PATH"
    path = Path(found)
    try:
        said = subprocess.run(
            [found, "-version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ANSWER_WITHIN,
            check=True,
            env=_environment(),
        )
        version = _version(path, said.stdout.decode(errors="replace"))
    except (OSError, subprocess.SubprocessError, FFmpegMissing):
        return None, f"{found} does not say its version"
    if _number(version) < OLDEST:
        return None, f"{found} is {version}, older than {OLDEST[0]}.{OLDEST[1]}"
    return path, ""


def _in_wheel() -> tuple[Path | None, str]:
    """The FFmpeg that imageio-ffmpeg brought; else None and why."""
    try:
        wheel = importlib.import_module("imageio_ffmpeg")
    except ImportError:
        return None, "no imageio-ffmpeg wheel"
    try:
        return Path(wheel.get_ffmpeg_exe()), ""
    except RuntimeError:  # a wheel for another platform carries none
        return None, "the imageio-ffmpeg wheel has none for this platform"


async def _ask(path: Path, *question: str) -> str:
    """What FFmpeg prints when asked; raises FFmpegMissing."""
    try:
        child = await asyncio.create_subprocess_exec(
            path,
            "-hide_banner",
            *question,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_environment(),
        )
    except OSError as problem:
        raise FFmpegMissing(f"no FFmpeg: {path} does not run ({problem.strerror}); {REMEDY}") from problem
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            out, _ = await child.communicate()
    except TimeoutError as problem:
        raise FFmpegMissing(
            f"no FFmpeg: {path} did not answer in {ANSWER_WITHIN:.0f} s; {REMEDY}"
        ) from problem
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return out.decode(errors="replace")


def _version(path: Path, said: str) -> str:
    """The version out of FFmpeg's first line; raises FFmpegMissing when that is no FFmpeg."""
    first = re.match(r"ffmpeg version (\S+)", said)
    if first is None:
        raise FFmpegMissing(f"no FFmpeg: {path} does not say its version; {REMEDY}")
    return first[1]


def _number(version: str) -> tuple[int, int]:
    """Major and minor out of "5.1.9-0+deb12u1", "n7.1-…", or GIT_BUILD."""
    numbers = re.match(r"n?(\d+)\.(\d+)", version)
    return (int(numbers[1]), int(numbers[2])) if numbers else GIT_BUILD
