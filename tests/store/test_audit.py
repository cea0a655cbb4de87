"""The audit log on a real SQLite file: a chain that tells where it was broken, and triggers before that."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from socstream.model.audit import Deed, Outcome
from socstream.model.errors import StoreUnavailable
from socstream.store.audit import AuditStore, Chain
from socstream.store.database import Database

DAY = 86_400_000
NOON = 1_772_366_400_000
ALWAYS = (0, 2**60, 10_000)

Shell = Callable[[str], None]


def deed(at: int = NOON, action: str = "camera.edit", **facts: Any) -> Deed:
    base = Deed(at, action, Outcome.DONE, "ann", "u1", "user", "k1", "192.0.2.1", "c1", 200, "name")
    return evolve(base, **facts)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(tmp_path / "a.db", busy_timeout=0.5) as database:
        yield database


@pytest.fixture
def store(database: Database) -> AuditStore:
    return AuditStore(database)


@pytest.fixture
def shell(database: Database, tmp_path: Path) -> Shell:
    """What somebody with the file at hand may do."""

    def run(script: str) -> None:
        with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
            connection.executescript(script)

    return run


TRIGGERS = (
    "audit_is_appended",
    "audit_is_not_changed",
    "audit_is_pruned_up_to_its_anchor",
    "audit_anchor_is_an_old_row",
    "audit_anchor_is_one",
    "audit_anchor_stays",
)
RENUMBER = "UPDATE audit SET audit_id = {} WHERE audit_id = {}"
UNGUARD = "".join(f"DROP TRIGGER {name};" for name in TRIGGERS)


async def test_what_was_appended_comes_back_newest_first_with_all_its_facts(store: AuditStore) -> None:
    deeds = [deed(NOON + at, detail=f"number {at}", status=None, user_id=None) for at in range(5)]
    await store.append(deeds[:2])
    await store.append(deeds[2:])
    found = await store.entries(*ALWAYS)
    assert [entry.deed for entry in found] == deeds[::-1]
    assert [entry.entry_id for entry in found] == [5, 4, 3, 2, 1]
    assert [entry.entry_id for entry in await store.entries(NOON + 1, NOON + 4, 2)] == [4, 3]
    assert [entry.entry_id for entry in await store.entries(NOON + 1, NOON + 4, 9, before=3)] == [2]


async def test_a_log_as_it_was_written_is_whole(store: AuditStore) -> None:
    assert await store.verify() == Chain(0, None, bytes(32))
    await store.append(deed(NOON + at) for at in range(1300))
    chain = await store.verify()
    assert (chain.entries, chain.broken_at) == (1300, None)
    assert chain.head == (await store.entries(*ALWAYS))[0].hash


@given(st.text(max_size=300), st.text(max_size=300))
def test_a_deed_holds_only_what_can_be_kept_and_shown(who: str, detail: str) -> None:
    made = deed(who=who, detail=detail)
    for text in (made.who, made.detail):
        assert len(text) <= 200
        assert text.isprintable()
        assert text.encode().decode() == text


@pytest.mark.parametrize(
    "column",
    ["at", "action", "outcome", "who", "user_id", "via", "key", "address", "target", "status", "detail"],
)
async def test_each_column_is_under_the_hash(store: AuditStore, shell: Shell, column: str) -> None:
    await store.append([deed(), deed(), deed()])
    value = {"outcome": "'refused'", "at": "at + 1", "status": "403"}.get(column, "'other'")
    shell(f"{UNGUARD} UPDATE audit SET {column} = {value} WHERE audit_id = 2")
    assert (await store.verify()).broken_at == 2


@pytest.mark.parametrize(
    ("harm", "broken_at"),
    [
        ("UPDATE audit SET hash = zeroblob(32) WHERE audit_id = 3", 3),
        ("UPDATE audit SET detail = 'name' || zeroblob(1) WHERE audit_id = 3", 3),
        ("UPDATE audit SET who = CAST(who AS BLOB) WHERE audit_id = 3", 3),
        ("UPDATE audit SET who = replace(hex(zeroblob(150)), '00', 'ab') WHERE audit_id = 3", 3),
        ("DELETE FROM audit WHERE audit_id = 3", 3),
        ("DELETE FROM audit WHERE audit_id = 1", 1),
        ("DELETE FROM audit WHERE audit_id <= 3", 1),
        ("DELETE FROM audit WHERE audit_id >= 4", 4),
        ("DELETE FROM audit", 1),
        ("UPDATE audit SET audit_id = 9 WHERE audit_id = 5", 5),
        (f"DELETE FROM audit WHERE audit_id = 3; {RENUMBER.format('audit_id - 1', 4)};"
         f"{RENUMBER.format('audit_id - 1', 5)}", 3),
        (f"{RENUMBER.format(90, 2)}; {RENUMBER.format(2, 3)}; {RENUMBER.format(3, 90)}", 2),
        ("UPDATE audit_anchor SET audit_id = 2, hash = (SELECT hash FROM audit WHERE audit_id = 1)", 3),
    ],
)  # fmt: skip
async def test_a_log_that_was_harmed_by_hand_tells_where(
    store: AuditStore, shell: Shell, harm: str, broken_at: int
) -> None:
    await store.append(deed(NOON + at, who=f"user {at}") for at in range(5))
    shell(f"{UNGUARD} {harm}")
    assert (await store.verify()).broken_at == broken_at


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE audit SET who = 'nobody' WHERE audit_id = 2",
        "DELETE FROM audit WHERE audit_id = 2",
        "DELETE FROM audit",
        "REPLACE INTO audit SELECT * FROM audit WHERE audit_id = 2",
        "INSERT INTO audit SELECT 9, at, action, outcome, who, user_id, via, key, address, target, status,"
        " detail, hash FROM audit WHERE audit_id = 2",
        "UPDATE audit_anchor SET audit_id = 3, hash = (SELECT hash FROM audit WHERE audit_id = 3)",
        "UPDATE audit_anchor SET audit_id = 1, hash = zeroblob(32)",
        "UPDATE audit_anchor SET audit_id = 100",
        "DELETE FROM audit_anchor",
        "INSERT INTO audit_anchor VALUES (3, zeroblob(32))",
    ],
)
async def test_nothing_but_appending_is_let_through(store: AuditStore, shell: Shell, harm: str) -> None:
    await store.append([deed(NOON - 2 * DAY), deed(), deed(), deed()])
    with pytest.raises(sqlite3.IntegrityError):
        shell(harm)
    assert await store.verify() == Chain(4, None, (await store.entries(*ALWAYS))[0].hash)


async def test_pruning_takes_the_beginning_and_leaves_a_chain_that_can_be_checked(
    store: AuditStore, shell: Shell
) -> None:
    await store.append(deed(NOON - 91 * DAY + at) for at in range(1200))
    await store.append([deed(NOON - 89 * DAY), deed()])
    await store.prune(NOON - 90 * DAY)
    assert [entry.entry_id for entry in await store.entries(*ALWAYS)] == [1202, 1201]
    await store.append([deed(NOON + 1)])
    assert (await store.verify()).broken_at is None
    shell(f"{UNGUARD} UPDATE audit SET who = 'other' WHERE audit_id = 1201")
    assert (await store.verify()).broken_at == 1201


async def test_the_newest_day_stays_whatever_is_asked_for(store: AuditStore) -> None:
    await store.append([deed(NOON - 3 * DAY), deed(NOON - DAY + 1), deed(NOON)])
    await store.prune(NOON + 900 * DAY)
    assert [entry.entry_id for entry in await store.entries(*ALWAYS)] == [3, 2]


async def test_a_clock_that_was_wrong_for_a_while_deletes_nothing_young(store: AuditStore) -> None:
    await store.append([deed(NOON - 100 * DAY), deed(NOON - DAY), deed(5), deed(NOON)])
    await store.prune(NOON - 90 * DAY)
    assert [entry.entry_id for entry in await store.entries(*ALWAYS)] == [4, 3, 2]
    assert (await store.verify()).broken_at is None


async def test_checking_while_the_beginning_is_pruned_finds_no_harm(store: AuditStore) -> None:
    await store.append(deed(NOON - 91 * DAY + at) for at in range(3000))
    await store.append([deed()])
    checks = [asyncio.create_task(store.verify()) for _ in range(3)]
    await store.prune(NOON - 90 * DAY)
    for check in checks:
        assert (await check).broken_at is None


async def test_two_processes_append_to_one_chain(store: AuditStore, tmp_path: Path) -> None:
    async with Database.open(tmp_path / "a.db") as other:
        for at in range(5):
            await store.append([deed(NOON + at)])
            await AuditStore(other).append([deed(NOON + at, via="shell")])
    assert (await store.verify()).broken_at is None
    assert len(await store.entries(*ALWAYS)) == 10


async def test_a_store_in_trouble_says_so_and_keeps_no_half_of_a_batch(
    store: AuditStore, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable):
            await store.append([deed()])
    assert await store.entries(*ALWAYS) == []
