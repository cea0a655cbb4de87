"""Rows 1 to 12, without 5: whatever a camera does is told apart, and it comes back."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from socstream.demo.faults import NoAnswer
from tests.faults import observed
from tests.faults.cameras import TRIALS
from tests.faults.observed import holdings
from tests.faults.site import Lab, Site, Subject
from tests.faults.trial import Together, Trial, chosen

pytestmark = [pytest.mark.engine, pytest.mark.timeout(150), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trials(request: pytest.FixtureRequest, lab: Lab) -> AsyncIterator[Together[Site]]:
    """All that were asked for, at the same time, on one server."""
    asked_for = chosen(request.session.items, "test_camera", TRIALS)
    async with lab.shared_site() as site:
        together = Together(asked_for, site, at_once=4)
        yield together
        await together.close()


@pytest.mark.parametrize("trial", TRIALS, ids=str)
async def test_camera(trials: Together[Site], trial: Trial[Site]) -> None:
    trial.judge(await trials.outcome(trial))


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_row_02_twenty_rounds(lab: Lab) -> None:
    """A host that is gone for long costs the server nothing that grows."""
    rounds = 20
    async with lab.site(module=observed.__name__) as site, site.camera("Gone") as gone:
        await gone.plays(2)
        await gone.device.order(NoAnswer())
        await gone.failing("connect_timeout")
        held = []
        for _ in range(rounds):
            await _fail_again(gone)
            held.append(await holdings(site.server))
        assert [one.tasks for one in held] == [held[0].tasks] * rounds
        assert [one.descriptors for one in held] == [held[0].descriptors] * rounds
        assert held[-1].memory - held[0].memory < 2e6


async def _fail_again(subject: Subject) -> None:
    failures = subject.now.failures
    await subject.retry()
    await subject.until("the next failure", lambda stream: stream.failures > failures)
