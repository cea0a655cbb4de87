"""Work behind a block ends with it, and a bug in it is heard of."""

import asyncio
import logging

import pytest

from socstream.background import in_background


async def test_it_is_gone_when_the_block_is_left() -> None:
    ended = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async with in_background(work(), "work"):
        await asyncio.sleep(0)
        assert ended == []
    assert ended == [True]


async def test_a_bug_is_logged_by_name_and_does_not_leave_the_block(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        raise ZeroDivisionError

    async with in_background(work(), "the counting"):
        await asyncio.sleep(0.01)
    (record,) = caplog.records
    assert record.levelno == logging.CRITICAL
    assert "the counting" in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError
