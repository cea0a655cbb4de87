"""The search for the number of viewers that a server carries."""

from pathlib import Path

import pytest

from tests.bench.wall import Wall


class Known(Wall):
    """A server that carries so many viewers as it has seconds."""

    async def _carries(self, viewers: int) -> bool:
        return viewers <= self.seconds


@pytest.mark.parametrize(("most", "carried"), [(100, 0), (300, 250), (1000, 1000), (3100, 3000), (9e9, 8000)])
async def test_the_largest_number_is_found_to_the_step(most: float, carried: int) -> None:
    wall = Known("ours", Path(), 0, "", "", (), most)
    while await wall.seek():
        pass
    assert wall.carried == carried


async def test_no_number_is_tried_twice() -> None:
    wall, steps = Known("ours", Path(), 0, "", "", (), 1600), 0
    while await wall.seek():
        steps += 1
        assert len(wall.tried) == steps
