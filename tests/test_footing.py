"""The loop that a server runs on, and the files that are for nobody else."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
import uvloop

from socstream.footing import loop_named

RUN = """
import asyncio, os, sys
from pathlib import Path
if "without" in sys.argv:
    sys.modules["uvloop"] = None
from socstream.footing import run
from socstream.model.errors import ConfigError

async def main():
    child = await asyncio.create_subprocess_exec("cat", "/proc/self/status", stdout=asyncio.subprocess.PIPE)
    status, _ = await child.communicate()
    mask = next(line.split()[1] for line in status.decode().splitlines() if line.startswith("Umask"))
    print(type(asyncio.get_running_loop()).__module__.partition(".")[0], mask)

try:
    run(main(), sys.argv[1])
except ConfigError as error:
    print(error)
"""


def ran(*words: str) -> str:
    done = subprocess.run([sys.executable, "-c", RUN, *words], capture_output=True, text=True, timeout=30)
    assert done.stderr == ""
    return done.stdout.strip()


@pytest.mark.parametrize("wanted", ["auto", "asyncio", "uvloop"])
def test_children_inherit_a_umask_that_shows_their_files_to_nobody(wanted: str) -> None:
    assert ran(wanted) == f"{'asyncio' if wanted == 'asyncio' else 'uvloop'} 0077"


def test_without_uvloop_there_is_asyncio_unless_it_was_asked_for() -> None:
    assert ran("auto", "without") == "asyncio 0077"
    assert ran("uvloop", "without") == 'server.loop is "uvloop", which is not there: install socstream[fast]'


def test_the_loops_go_by_their_names() -> None:
    assert loop_named("asyncio") is asyncio.new_event_loop
    assert loop_named("uvloop") is uvloop.new_event_loop


def test_the_readme_installs_it() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text()
    assert "'.[fast,ffmpeg]'" in readme
    assert "'socstream[fast]'" in readme
