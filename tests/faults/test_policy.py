"""Row 21 where nothing real can bring it about: a box, or a root user, without limits on processes."""

import errno
import os

import pytest

from socstream.model.ceiling import Ceiling
from socstream.model.failure import FailureCode
from tests.supervision.rig import camera, rigged


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.ENOMEM, errno.EMFILE])
async def test_row_21_a_fork_that_fails_is_the_boxs_fault_and_tried_again(number: int) -> None:
    async with rigged() as rig:
        rig.encoder.error = OSError(number, os.strerror(number))
        rig.supervisor.start(camera(), Ceiling())
        await rig.advance(60)
        assert rig.failure is FailureCode.OUTPUT
        assert 60 / 4 <= rig.status.failures <= 60 / 2 + 1, "every 2 to 4 s, however often it fails"
        assert rig.ports.knocks == [], "the camera has nothing to do with it"
        rig.encoder.error = None
        await rig.advance(4.1)
        assert len(rig.encoder.alive) == 1
