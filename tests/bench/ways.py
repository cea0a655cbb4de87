"""The ways in which our server can answer: on which event loop, and how much of aiohttp is in between."""

import importlib.util
import sys

from attrs import field, frozen

from socstream.__main__ import main

MODULE = "tests.bench.ways"
"""Starts socstream on asyncio's own loop, whether uvloop is installed or not."""


@frozen
class Way:
    """One way: the program that is started, and its settings."""

    name: str
    is_usual: bool
    """Whether it is what the README's command gives."""
    module: str
    layer: int
    environ: dict[str, str] = field(factory=dict, eq=False)


def ways() -> tuple[Way, ...]:
    """All that this installation has."""
    loops = [("asyncio", MODULE)]
    if importlib.util.find_spec("uvloop"):
        loops.insert(0, ("uvloop", "socstream"))
    return tuple(
        Way(f"{loop}, layer {layer}", module != MODULE, module, layer)
        for loop, module in loops
        for layer in (1,)
    )


if __name__ == "__main__":
    sys.modules["uvloop"] = None  # type: ignore[assignment]  # so that importing it fails
    sys.exit(main())
