"""What holds for every test."""

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop
from hypothesis import settings

# pytest's own deadline ends a test that hangs; one slow example on a busy box is no failure.
settings.register_profile("socstream", deadline=None, max_examples=60)
settings.load_profile("socstream")


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests run on asyncio's own loop, and those that are marked `both_loops` on uvloop too."""
    loops: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    return loops | {"uvloop": uvloop.new_event_loop} if item.get_closest_marker("both_loops") else loops


@pytest.fixture
def fast_path() -> bool:
    """Whether a server answers what is ready before aiohttp has parsed it."""
    return True


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that are marked `both_paths` run with and without it."""
    if metafunc.definition.get_closest_marker("both_paths") and "fast_path" in metafunc.fixturenames:
        metafunc.parametrize("fast_path", [True, False], ids=["fast", "plain"])
