"""The server under test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.rig import Rig, rigged


@pytest.fixture
async def rig(tmp_path: Path, fast_path: bool) -> AsyncIterator[Rig]:
    async with rigged(tmp_path, fast_path=fast_path) as rig:
        yield rig
