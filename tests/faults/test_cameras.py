"""Rows 1 to 12, without 5: whatever a camera does is told apart, and it comes back."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.cameras import TRIALS
from tests.faults.site import Lab, Site
from tests.faults.trial import Together, Trial, chosen

pytestmark = [pytest.mark.engine, pytest.mark.timeout(150), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trials(request: pytest.FixtureRequest, lab: Lab) -> AsyncIterator[Together[Site]]:
    """All that were asked for, at the same time, on one server."""
    asked_for = chosen(request.session.items, "test_camera", TRIALS)
    async with lab.shared_site() as site:
        together = Together(asked_for, site, at_once=8)
        yield together
        await together.close()


@pytest.mark.parametrize("trial", TRIALS, ids=str)
async def test_camera(trials: Together[Site], trial: Trial[Site]) -> None:
    trial.judge(await trials.outcome(trial))
