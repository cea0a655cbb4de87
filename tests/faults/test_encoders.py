"""Rows 5 and 14: whatever FFmpeg does, it is found, ended, and does no harm to the server."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.encoders import TRIALS, odd_site
from tests.faults.site import Lab, Site
from tests.faults.trial import Together, Trial, chosen

pytestmark = [pytest.mark.engine, pytest.mark.timeout(90), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trials(request: pytest.FixtureRequest, lab: Lab) -> AsyncIterator[Together[Site]]:
    """All that were asked for, at the same time, on one server."""
    asked_for = chosen(request.session.items, "test_encoder", TRIALS)
    async with odd_site(lab) as site:
        together = Together(asked_for, site, at_once=8)
        yield together
        await together.close()


@pytest.mark.parametrize("trial", TRIALS, ids=str)
async def test_encoder(trials: Together[Site], trial: Trial[Site]) -> None:
    trial.judge(await trials.outcome(trial))
