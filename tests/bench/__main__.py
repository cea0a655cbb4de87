"""All programs that tell how fast we are, one after the other: twenty minutes on a quiet machine.

Each one's table is printed, and with --write goes into RESULTS.md; one that fails stops none of the others.
"""

import argparse
import signal
import subprocess
import sys
from collections.abc import Sequence

PROGRAMS = (
    ("http",),
    ("wall",),
    ("readers",),
    ("events",),
    ("thousand",),
    ("engine", "--section=scale", "--joins=0", "--returns=0", "--kills=0", "--alone", "--seconds=10"),
)
"""Each with its options."""

_PROFILED = ("http", "wall", "events", "thousand", "engine")
"""Those that can look into what they miss."""

_LONGEST = 600.0
"""Seconds: whatever takes so long has gone wrong."""


def _run(name: str, *options: str) -> bool:
    """Whether the program came to its end."""
    with subprocess.Popen((sys.executable, "-m", f"tests.bench.{name}", *options)) as child:
        try:
            return child.wait(_LONGEST) == 0
        except BaseException as error:
            child.terminate()  # not killed: it has servers to end
            if isinstance(error, subprocess.TimeoutExpired):
                return False
            raise


def _main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--profile", action="store_true", help="look into what is missed")
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    asked = parser.parse_args(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped before the end"))
    options = ("--write",) if asked.write else ()
    profiled = _PROFILED if asked.profile else ()
    failed = [
        name
        for name, *more in PROGRAMS
        if not _run(name, *more, *options, *(("--profile",) if name in profiled else ()))
    ]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
