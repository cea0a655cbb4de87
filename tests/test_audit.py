"""Written behind: when, in which order, and what happens while the store is in trouble. In virtual time."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from socstream.audit import Audit, audited
from socstream.background import in_background
from socstream.model.audit import Deed, Outcome
from socstream.store.audit import AuditStore
from socstream.store.database import Database
from tests.fakes import NOON, FakeClock

DAY_MS = 86_400_000
ALWAYS = (0, 2**60, 10_000)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[AuditStore]:
    async with Database.open(tmp_path / "a.db", busy_timeout=0.2) as database:
        yield AuditStore(database)


@pytest.fixture
async def audit(store: AuditStore, clock: FakeClock) -> AsyncIterator[Audit]:
    audit = Audit(store, clock, keep_days=90, most_waiting=100)
    async with in_background(audit.run(), "the audit log"):
        yield audit


def deed(audit: Audit, detail: str, address: str = "192.0.2.1") -> Deed:
    return Deed(audit.now(), "camera.edit", Outcome.DONE, address=address, detail=detail)


async def details(store: AuditStore) -> list[str]:
    """What stands in the database, oldest first."""
    return [entry.deed.detail for entry in reversed(await store.entries(*ALWAYS))]


async def written(store: AuditStore, clock: FakeClock, count: int, step: float = 0.05) -> list[str]:
    """The same once there are so many; time passes in small steps, since the database's thread is real."""
    async with asyncio.timeout(5):
        while len(found := await details(store)) < count:
            await clock.advance(step)
    return found


async def test_what_is_noted_stands_there_within_a_second_in_its_order(
    audit: Audit, store: AuditStore, clock: FakeClock
) -> None:
    await clock.advance(1)
    for number in range(90):
        audit.note(deed(audit, f"{number}"), is_change=True)
    await clock.advance(0.99)  # and no more: however long the database's thread takes for it
    assert await written(store, clock, 90, step=0) == [f"{number}" for number in range(90)]
    assert (await store.entries(*ALWAYS))[0].deed.at == int((NOON + 1) * 1000)


async def test_who_reads_sees_what_was_noted_just_now(audit: Audit) -> None:
    audit.note(deed(audit, "just now"), is_change=True)
    assert [entry.deed.detail for entry in await audit.entries(*ALWAYS)] == ["just now"]
    audit.note(deed(audit, "and this"), is_change=True)
    assert (await audit.verify()).entries == 2


async def test_while_the_store_is_in_trouble_entries_wait_and_those_too_many_are_counted(
    audit: Audit, store: AuditStore, clock: FakeClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for number in range(130):
            audit.note(deed(audit, f"{number}"), is_change=True)
        async with asyncio.timeout(5):
            while not any("cannot be written, its" in text for text in caplog.messages):
                await clock.advance(0.05)
                await asyncio.sleep(0.01)
    expected = [*(f"{number}" for number in range(100)), "30 entries could not be kept"]
    assert await written(store, clock, 101) == expected
    assert [record.levelno for record in caplog.records[:2]] == [logging.ERROR, logging.WARNING]


async def test_the_rest_of_a_flood_that_changes_nothing_is_one_entry(
    audit: Audit, store: AuditStore, clock: FakeClock
) -> None:
    for number in range(500):
        audit.note(deed(audit, f"{number}"), is_change=False)
    audit.note(deed(audit, "a change"), is_change=True)
    audit.note(deed(audit, "somebody else", "192.0.2.2"), is_change=False)
    found = await written(store, clock, 62)
    assert found == [*(f"{number}" for number in range(60)), "a change", "somebody else"]
    await clock.advance(61)
    await clock.advance(30)
    assert (await written(store, clock, 63))[62] == "440 more within a minute"
    (more,) = await store.entries(0, 2**60, 1)
    assert (more.deed.action, more.deed.address) == ("audit.more", "192.0.2.1")
    audit.note(deed(audit, "a new minute"), is_change=False)
    assert (await written(store, clock, 64))[63] == "a new minute"


async def test_what_is_too_old_goes(store: AuditStore, clock: FakeClock) -> None:
    now = int(clock.wall() * 1000)
    ages = [(f"{days} days", now - days * DAY_MS) for days in (40, 31, 29, 0)]
    await store.append(Deed(at, "camera.edit", Outcome.DONE, detail=text) for text, at in ages)
    audit = Audit(store, clock, keep_days=30)
    async with in_background(audit.run(), "the audit log"), asyncio.timeout(5):
        while await details(store) != ["29 days", "0 days"]:
            await clock.advance(1)
    assert (await store.verify()).broken_at is None


async def test_a_life_begins_and_ends_in_it_and_nothing_of_it_is_lost(
    store: AuditStore, clock: FakeClock
) -> None:
    async with audited(store, clock, 90, "1.2.3") as audit:
        audit.note(deed(audit, "at work"), is_change=True)
        for number in range(63):
            audit.note(deed(audit, f"{number}"), is_change=False)
    entries = (await store.entries(*ALWAYS))[::-1]
    assert [entry.deed.action for entry in entries[:2]] == ["server.start", "camera.edit"]
    assert entries[0].deed.detail == "1.2.3"
    assert [entry.deed.action for entry in entries[-2:]] == ["server.stop", "audit.more"]
    assert entries[-1].deed.detail == "3 more within a minute"


async def test_a_reader_who_hangs_up_makes_no_entry_stand_there_twice(
    audit: Audit, store: AuditStore, clock: FakeClock
) -> None:
    for number in range(20):
        audit.note(deed(audit, f"{number}"), is_change=True)
        reader = asyncio.create_task(audit.entries(*ALWAYS))
        for _ in range(number % 7):
            await asyncio.sleep(0)
        reader.cancel()
    await audit.flush()
    assert await details(store) == [f"{number}" for number in range(20)]
