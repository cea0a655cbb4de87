"""A program in FFmpeg's place: it is FFmpeg, unless the path of the camera asks for something else."""

import shlex
from pathlib import Path

_SCRIPT = r"""#!/bin/bash
script=$(</dev/stdin)
play() { exec FFMPEG "$@" <<< "$script"; }
case "$script" in
*/patient*) script=${script//option timeout 5000000/}; play "$@" ;;
*/deaf*) trap '' TERM; while :; do sleep 1; done ;;
*/crash*) kill -SEGV $$ ;;
*/loud*)
  block=$(head -c 500000 /dev/zero | tr '\0' x)
  while :; do printf %s "$block" >&2; sleep 0.01; done &
  play "$@" ;;
*) play "$@" ;;
esac
"""

PATIENT = "/patient"
"""FFmpeg without its own timeout."""

DEAF = "/deaf"
"""Does nothing, and SIGTERM does nothing to it."""

CRASH = "/crash"
"""Ends at once by SIGSEGV."""

LOUD = "/loud"
"""FFmpeg, and 50 MB a second without a line end on its standard error."""


def write_stand_in(path: Path, ffmpeg: Path) -> Path:
    """The program, at `path`."""
    path.write_text(_SCRIPT.replace("FFMPEG", shlex.quote(str(ffmpeg))))
    path.chmod(0o755)
    return path
