"""Row 27: eight cameras that flap every seven seconds leave nothing behind in the server."""

import pytest

from tests.faults.observed import Holdings, holdings
from tests.faults.returns import crowded
from tests.faults.site import Lab
from tests.faults.soak import CAMERAS, slope, soak

pytestmark = [pytest.mark.engine]


@pytest.mark.timeout(150)
async def test_row_27_a_minute(lab: Lab) -> None:
    await _soak(lab, seconds=60, most_growth=4e6)


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_row_27_twenty_minutes(lab: Lab) -> None:
    samples = await _soak(lab, seconds=1200, most_growth=4e6)
    later = samples[len(samples) // 4 :]
    print(f"row_27: {slope(later) / 1e6:+.2f} MB an hour over {(later[-1].at - later[0].at) / 60:.0f} min")
    assert slope(later) < 1e6


async def _soak(lab: Lab, seconds: float, most_growth: float) -> list[Holdings]:
    async with crowded(lab, CAMERAS) as full:
        cold = await holdings(full.site.server)
        samples = await soak(full, seconds)
    for one in (cold, *samples):
        print(f"row_27: {one.memory / 1e6:.2f} MB, {one.tasks} tasks, {one.descriptors.total()} descriptors")
    # At the cold start the FFmpeg of a moment may still make a first picture.
    assert samples[-1].tasks <= cold.tasks
    assert not samples[-1].descriptors - cold.descriptors
    # The first flaps are left out: threads, caches, the first failure of each kind.
    assert samples[-1].memory - samples[0].memory < most_growth
    return samples
