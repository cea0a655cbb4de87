"""The ways in which our server can answer: on which event loop, and with how much of aiohttp in between."""

import importlib.util
from itertools import product

from attrs import field, frozen


@frozen
class Way:
    """One way, and the settings that make it so."""

    loop: str
    is_usual: bool
    """Whether it runs on the event loop that the README's command installs."""
    layer: int
    environ: dict[str, str] = field(eq=False)

    @property
    def name(self) -> str:
        """For a table."""
        return f"{self.loop}, layer {self.layer}"


def ways() -> tuple[Way, ...]:
    """All that this installation has, the usual loop first. Without uvloop, the usual one is asyncio's."""
    loops = ("uvloop", "asyncio") if importlib.util.find_spec("uvloop") else ("asyncio",)
    return tuple(
        Way(
            loop,
            loop == loops[0],
            layer,
            {"SOCSTREAM_SERVER_LOOP": loop, "SOCSTREAM_SERVER_FAST_PATH": str(layer == 2).lower()},
        )
        for loop, layer in product(loops, (1, 2))
    )
