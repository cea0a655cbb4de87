"""Row 27: cameras that come and go for a long time, and what the server grows by."""

import asyncio
import time

from tests.faults.observed import Holdings, holdings
from tests.faults.returns import Crowded

UP, DOWN = 6.0, 1.0
"""Seconds: flapping every seven."""

FLAPS = 3
"""Between two samples."""

CAMERAS = 8


async def soak(full: Crowded, seconds: float) -> list[Holdings]:
    """Flap for so long; a sample after every few flaps, once all are live."""
    samples = []
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        for _ in range(FLAPS):
            await full.crowd.refuse()
            await asyncio.sleep(DOWN)
            await full.crowd.clear()
            await asyncio.sleep(UP)
        await full.all_live(since=time.time(), within=30)
        samples.append(await holdings(full.site.server))
    return samples


def slope(samples: list[Holdings]) -> float:
    """Bytes an hour by which memory grows: the line of least squares."""
    times, values = [one.at for one in samples], [one.memory for one in samples]
    middle, mean = sum(times) / len(times), sum(values) / len(values)
    spread = sum((at - middle) ** 2 for at in times)
    rise = sum((at - middle) * (value - mean) for at, value in zip(times, values, strict=True))
    return 3600 * rise / spread
