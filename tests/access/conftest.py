"""Fixtures of the access room."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from socstream.model.account import Role
from tests.access.rig import EVA, ROOT, Rig, accounts_on


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """One administrator, “root”, and one operator, “Eva” with an e-mail."""
    async with accounts_on(tmp_path / "socstream.db") as rig:
        await rig.add("root", ROOT, Role.ADMIN)
        await rig.add("Eva", EVA, Role.OPERATOR, email="Eva@Example.com")
        yield rig
