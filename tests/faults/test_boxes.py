"""Rows 14 and 19 to 23: what the box lacks, and what it puts in the way."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.boxes import TRIALS
from tests.faults.site import Lab
from tests.faults.trial import Together, Trial, chosen

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trials(request: pytest.FixtureRequest, lab: Lab) -> AsyncIterator[Together[Lab]]:
    """All that were asked for, at the same time, each on a server of its own."""
    together = Together(chosen(request.session.items, "test_box", TRIALS), lab, at_once=4)
    yield together
    await together.close()


@pytest.mark.parametrize("trial", TRIALS, ids=str)
async def test_box(trials: Together[Lab], trial: Trial[Lab]) -> None:
    trial.judge(await trials.outcome(trial))
