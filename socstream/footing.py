"""What the process of a server stands on: its event loop, and files that are for nobody else."""

import asyncio
import importlib
import os
from collections.abc import Callable, Coroutine
from typing import Any

from socstream.model.errors import ConfigError

Loop = asyncio.AbstractEventLoop


def run(main: Coroutine[Any, Any, None], loop: str) -> None:
    """Run it to its end, on the loop that the settings name; ConfigError when that is not there."""
    try:
        make = loop_named(loop)
    except ConfigError:
        main.close()
        raise
    os.umask(0o077)  # FFmpeg has it from us: uvloop knows no way to give a child one of its own
    with asyncio.Runner(loop_factory=make) as runner:
        runner.run(main)


def loop_named(name: str) -> Callable[[], Loop]:
    """What makes the loop of that name: "asyncio", "uvloop", or "auto", the fastest that is there."""
    if name == "asyncio":
        return asyncio.new_event_loop
    try:
        make: Callable[[], Loop] = importlib.import_module("uvloop").new_event_loop
    except ImportError as error:
        if name == "auto":
            return asyncio.new_event_loop
        raise ConfigError('server.loop is "uvloop", which is not there: install socstream[fast]') from error
    return make
