"""Fixtures of tests with real parts; a conftest.py imports those that its tests ask for."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from socstream.demo.media import Media, Spec
from socstream.demo.prepare import prepare
from socstream.ffmpeg.binary import locate
from tests.rigs.client import Client, client
from tests.rigs.server import ServerProcess, served

SMALL = Spec("TEST", width=320, height=180)


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    """A small picture whose digits show the second of the wall clock; a keyframe each second."""
    return asyncio.run(prepare(locate(), SMALL, tmp_path_factory.getbasetemp() / "media"))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server that runs."""
    async with served(tmp_path) as server:
        yield server


@pytest.fixture
async def http(server: ServerProcess) -> AsyncIterator[Client]:
    """A client of the server."""
    async with client(server) as http:
        yield http
