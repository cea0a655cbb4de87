"""The schema's steps: all of one or nothing, also when the process is killed in the middle."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import chain
from pathlib import Path

import aiosqlite
import pytest

from socstream.model.errors import StoreUnavailable
from socstream.store.database import Database
from socstream.store.migrations import STEPS, migrate

TWO = (("CREATE TABLE one (a TEXT)",), ("ALTER TABLE one ADD COLUMN b TEXT", "CREATE TABLE two (c TEXT)"))


def schema(path: Path) -> tuple[int, list[str]]:
    with closing(sqlite3.connect(path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        tables = connection.execute("SELECT sql FROM sqlite_schema ORDER BY name").fetchall()
    return version, [sql for (sql,) in tables]


async def test_a_new_database_gets_every_step_and_an_old_one_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        await migrate(connection, TWO[:1])
        assert schema(path) == (1, ["CREATE TABLE one (a TEXT)"])
        await migrate(connection, TWO)
        await migrate(connection, TWO)
    assert schema(path) == (2, ["CREATE TABLE one (a TEXT, b TEXT)", "CREATE TABLE two (c TEXT)"])


async def test_a_step_that_fails_leaves_the_schema_before_it(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        with pytest.raises(sqlite3.OperationalError):
            await migrate(connection, (*TWO, ("CREATE TABLE three (d TEXT)", "CREATE TABLE one (a TEXT)")))
        assert schema(path) == (2, ["CREATE TABLE one (a TEXT, b TEXT)", "CREATE TABLE two (c TEXT)"])
        await migrate(connection, (*TWO, ("CREATE TABLE three (d TEXT)",)))
    assert schema(path)[0] == 3


MIGRATE_AND_DIE = """
import asyncio, os, signal, sys
import aiosqlite
from socstream.store.migrations import migrate

STEPS = (
    ("CREATE TABLE one (a TEXT)",),
    ("ALTER TABLE one ADD COLUMN b TEXT", "SELECT die()", "CREATE TABLE two (c TEXT)"),
)

async def main():
    async with aiosqlite.connect(sys.argv[1], isolation_level=None) as connection:
        await connection.execute("PRAGMA journal_mode = WAL")
        await connection.create_function("die", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
        await migrate(connection, STEPS)

asyncio.run(main())
"""


async def test_killed_inside_a_step_the_old_schema_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    done = subprocess.run([sys.executable, "-c", MIGRATE_AND_DIE, str(path)], check=False, timeout=30)
    assert done.returncode == -signal.SIGKILL
    assert schema(path) == (1, ["CREATE TABLE one (a TEXT)"])
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        await migrate(connection, TWO)
    assert schema(path) == (2, ["CREATE TABLE one (a TEXT, b TEXT)", "CREATE TABLE two (c TEXT)"])


@pytest.mark.parametrize("steps", [1, 2])
async def test_steps_that_another_process_was_faster_with_are_not_repeated(
    tmp_path: Path, steps: int
) -> None:
    path = tmp_path / "a.db"
    async with aiosqlite.connect(path, isolation_level=None, timeout=10) as connection:
        await connection.execute_fetchall("PRAGMA journal_mode = WAL")
        with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
            other.execute("BEGIN IMMEDIATE")

            def finish_first(sql: str) -> None:
                if sql == "BEGIN IMMEDIATE" and other.in_transaction:
                    for statement in chain(*TWO[:steps]):
                        other.execute(statement)
                    other.execute(f"PRAGMA user_version = {steps}")
                    other.execute("COMMIT")

            await connection.set_trace_callback(finish_first)
            await migrate(connection, TWO)
    assert schema(path) == (2, ["CREATE TABLE one (a TEXT, b TEXT)", "CREATE TABLE two (c TEXT)"])


async def test_a_newer_schema_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE future (a TEXT)")
        connection.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    with pytest.raises(
        StoreUnavailable, match=rf"newer socstream \(schema {len(STEPS) + 1}, .*{len(STEPS)}\)"
    ):
        async with Database.open(path):
            pass
    assert schema(path) == (len(STEPS) + 1, ["CREATE TABLE future (a TEXT)"])
