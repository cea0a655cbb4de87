"""Rows 15, 16 and 18: the end of the server, and its absences."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.lives import TRIALS, a_server_that_is_killed
from tests.faults.site import Lab
from tests.faults.trial import Together, Trial, chosen

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trials(request: pytest.FixtureRequest, lab: Lab) -> AsyncIterator[Together[Lab]]:
    """All that were asked for, at the same time, each on a server of its own."""
    together = Together(chosen(request.session.items, "test_life", TRIALS), lab, at_once=3)
    yield together
    await together.close()


@pytest.mark.parametrize("trial", TRIALS, ids=str)
async def test_life(trials: Together[Lab], trial: Trial[Lab]) -> None:
    trial.judge(await trials.outcome(trial))


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_row_15_twenty_times(lab: Lab) -> None:
    await a_server_that_is_killed(lab, times=20)
