"""Row 13: many cameras return at once, and neither they nor anybody else has to wait long for it."""

import pytest

from tests.faults.returns import ALL_LIVE, API_P99, LOOP_LAG, THREE_STARTS, crowded
from tests.faults.site import Lab

pytestmark = [pytest.mark.engine, pytest.mark.timeout(200)]


@pytest.mark.parametrize("count", [16, pytest.param(64, marks=pytest.mark.long)])
async def test_row_13_all_cameras_return_at_once(lab: Lab, count: int) -> None:
    async with crowded(lab, count) as full:
        back = await full.all_come_back()
    print(f"row_13 with {count}: {back}")
    assert back.all_live <= ALL_LIVE
    assert back.loop_lag <= LOOP_LAG
    assert back.api_p99 < API_P99
    assert back.three_starts >= THREE_STARTS, "not paced"
