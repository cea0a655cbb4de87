"""The ledger on a real SQLite file: what it remembers, what it forgets, and what a crash leaves."""

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from yarl import URL

from socstream.model.camera import Camera, CameraDraft
from socstream.model.errors import StoreUnavailable
from socstream.model.outage import Outage, Stretch, Wanted
from socstream.model.source import Source
from socstream.store.cameras import CameraStore
from socstream.store.database import Database
from socstream.store.ledger import Ledger, Recent
from tests.keys import VAULT

GATE = "00000000-0000-4000-8000-000000000001"
HALL = "00000000-0000-4000-8000-000000000002"
NOBODY = "00000000-0000-4000-8000-000000000003"
ALWAYS = (float("-inf"), float("inf"), 100)


async def add_camera(database: Database, camera_id: str) -> None:
    draft = CameraDraft(camera_id, {}, "192.0.2.7", Source(URL("rtsp://192.0.2.7/")))
    await CameraStore(database, VAULT).insert(Camera.from_draft(camera_id, draft, datetime.now(UTC)))


def outage(began: float, ended: float | None = None, camera_id: str = GATE, code: str = "refused") -> Outage:
    return Outage(camera_id, began, ended, code, f"It was {code}", 3)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(tmp_path / "socstream.db", busy_timeout=0.1) as database:
        await add_camera(database, GATE)
        await add_camera(database, HALL)
        yield database


@pytest.fixture
async def ledger(database: Database) -> Ledger:
    ledger = Ledger(database)
    await ledger.begin(1000.0)
    return ledger


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path / "socstream.db")) as connection:
        return connection.execute(sql).fetchall()


async def test_outages_come_back_newest_first_and_only_those_of_the_camera(ledger: Ledger) -> None:
    first, last = outage(10.5, 20.25), outage(30.0)
    await ledger.write([last, outage(15.0, 16.0, camera_id=HALL), first], seen_at=31.0)
    assert await ledger.outages(GATE, *ALWAYS) == [last, first]


async def test_a_row_that_is_written_again_takes_the_place_of_its_earlier_state(ledger: Ledger) -> None:
    await ledger.write([outage(10.0), Wanted(GATE, 5.0, None)], seen_at=11.0)
    await ledger.write([outage(10.0, 20.0, code="unauthorized"), Wanted(GATE, 5.0, 40.0)], seen_at=41.0)
    assert await ledger.outages(GATE, *ALWAYS) == [outage(10.0, 20.0, code="unauthorized")]
    assert (await ledger.recent(0.0)).wanted == (Stretch(GATE, 5.0, 40.0, 35.0),)


@pytest.mark.parametrize(
    ("since", "until", "began"),
    [
        (0, 100, [70, 50, 10]),
        (0, 10, []),
        (0, 10.1, [10]),
        (19.9, 60, [50, 10]),
        (20, 60, [50]),
        (60, 60.1, [50]),
        (200, 300, [70]),
    ],
)
async def test_a_time_shows_every_outage_that_reaches_into_it(
    ledger: Ledger, since: float, until: float, began: list[float]
) -> None:
    await ledger.write([outage(10.0, 20.0), outage(50.0, 60.5), outage(70.0)], seen_at=80.0)
    assert [found.began for found in await ledger.outages(GATE, since, until, 100)] == began


async def test_no_more_outages_come_than_were_asked_for(ledger: Ledger) -> None:
    await ledger.write([outage(float(at), at + 0.5) for at in range(20)], seen_at=21.0)
    assert [found.began for found in await ledger.outages(GATE, 0, 15, 3)] == [14, 13, 12]


async def test_the_rows_of_a_deleted_camera_go_with_it_and_later_ones_are_left_out(
    database: Database, ledger: Ledger, tmp_path: Path
) -> None:
    await ledger.write([outage(10.0), Wanted(GATE, 5.0, None), outage(10.0, camera_id=HALL)], seen_at=11.0)
    await CameraStore(database, VAULT).delete(GATE)
    await ledger.write([outage(10.0, 12.0), Wanted(GATE, 5.0, 12.0), outage(1.0, 2.0, NOBODY)], seen_at=13.0)
    assert rows(tmp_path, "SELECT camera_id FROM outage UNION SELECT camera_id FROM wanted") == [(HALL,)]


async def test_a_new_life_closes_what_the_last_one_left_open_when_it_was_last_seen(
    ledger: Ledger, tmp_path: Path
) -> None:
    await ledger.write([outage(1010.0), Wanted(GATE, 1005.0, None), outage(1001.0, 1002.0)], seen_at=1011.0)
    await ledger.write([], seen_at=1041.0)
    await ledger.begin(5000.0)
    assert await ledger.outages(GATE, *ALWAYS) == [outage(1010.0, 1041.0), outage(1001.0, 1002.0)]
    assert (await ledger.recent(0.0)).wanted == (Stretch(GATE, 1005.0, 1041.0, 36.0),)
    assert rows(tmp_path, "SELECT began, last_seen FROM watch") == [(1000.0, 1041.0), (5000.0, 5000.0)]


async def test_an_outage_never_ends_before_it_began_whatever_was_done_to_the_clock(ledger: Ledger) -> None:
    await ledger.write([outage(9000.0)], seen_at=1100.0)
    await ledger.begin(1200.0)
    assert await ledger.outages(GATE, *ALWAYS) == [outage(9000.0, 9000.0)]


async def test_what_uptime_needs_is_one_row_for_all_that_began_together(ledger: Ledger) -> None:
    flaps = [outage(6000.0 + at, 6001.0 + at) for at in range(0, 1200, 4)]
    await ledger.write(
        [*flaps, Wanted(GATE, 6000.0, 9000.0), outage(10.0, 20.0), outage(6101.5)], seen_at=9001.0
    )
    assert await ledger.recent(20.0) == Recent(
        wanted=(Stretch(GATE, 6000.0, 9000.0, 3000.0),),
        down=(Stretch(GATE, 6000.0, 6597.0, 150.0), Stretch(GATE, 6600.0, 7197.0, 150.0)),
    )


async def test_what_is_old_is_forgotten_however_much_it_is(ledger: Ledger, tmp_path: Path) -> None:
    await ledger.write([outage(at / 10, at / 10 + 0.05) for at in range(2500)], seen_at=300.0)
    await ledger.write([outage(90.0, 500.0), outage(600.0), Wanted(GATE, 0.0, 200.0)], seen_at=1100.0)
    await ledger.begin(8000.0)
    await ledger.begin(9000.0)
    await ledger.forget(500.0)
    assert [found.began for found in await ledger.outages(GATE, *ALWAYS)] == [600.0, 90.0]
    assert rows(tmp_path, "SELECT * FROM wanted") == []
    assert rows(tmp_path, "SELECT began FROM watch") == [(1000.0,), (8000.0,), (9000.0,)]
    await ledger.forget(9500.0)
    assert rows(tmp_path, "SELECT began FROM watch") == [(9000.0,)]


async def test_a_store_in_trouble_says_so_and_keeps_no_half_of_a_batch(
    ledger: Ledger, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "socstream.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable):
            await ledger.write([outage(10.0)], seen_at=11.0)
        other.execute("ROLLBACK")
        other.execute("CREATE TRIGGER full BEFORE INSERT ON wanted BEGIN SELECT RAISE(ABORT, 'full'); END")
        with pytest.raises(StoreUnavailable):
            await ledger.write([outage(10.0), Wanted(GATE, 5.0, None)], seen_at=11.0)
        other.execute("DROP TRIGGER full")
        assert await ledger.outages(GATE, *ALWAYS) == []
        other.execute("ALTER TABLE outage RENAME TO lost")
        with pytest.raises(StoreUnavailable):
            await ledger.outages(GATE, *ALWAYS)


LIVE_AND_WAIT = """
import asyncio, json, sys
from pathlib import Path
from socstream.model.outage import Outage, Wanted
from socstream.store.database import Database
from socstream.store.ledger import Ledger

async def main():
    async with Database.open(Path(sys.argv[1])) as database:
        ledger = Ledger(database)
        await ledger.begin(2000.0)
        for at in range(2001, 3000):
            rows = [Outage(sys.argv[2], float(at), None, "refused", "It was refused", 3)]
            if at > 2001:
                rows.append(Outage(sys.argv[2], at - 1.0, at - 0.5, "refused", "It was refused", 3))
            await ledger.write([*rows, Wanted(sys.argv[2], 2000.5, None)], seen_at=at + 0.25)
            print(json.dumps(at), flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("kill_after", [1, 5, 25])
async def test_killed_while_outages_are_open_they_end_when_the_server_was_last_seen(
    database: Database, tmp_path: Path, kill_after: int
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LIVE_AND_WAIT, str(tmp_path / "socstream.db"), GATE],
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        acknowledged = [json.loads(server.stdout.readline()) for _ in range(kill_after)]
        server.send_signal(signal.SIGKILL)
    assert server.returncode == -signal.SIGKILL
    ledger = Ledger(database)
    await ledger.begin(1e6)
    last, *closed = await ledger.outages(GATE, *ALWAYS)
    assert last.began >= acknowledged[-1]  # one more may have been written than was read of
    assert last.ended == last.began + 0.25
    assert [found.ended for found in closed] == [found.began + 0.5 for found in closed]
    assert len(closed) == last.began - 2001
    assert (await ledger.recent(0.0)).wanted == (Stretch(GATE, 2000.5, last.ended, last.ended - 2000.5),)


async def test_the_times_in_which_a_camera_was_wanted_come_back_newest_first(ledger: Ledger) -> None:
    times = [Wanted(GATE, 1000.0, 1010.0), Wanted(GATE, 1020.0, 1030.0), Wanted(GATE, 1040.0, None)]
    await ledger.write([*times, Wanted(HALL, 1005.0, None)], 1050.0)
    assert await ledger.wanted(GATE, *ALWAYS) == times[::-1]
    assert await ledger.wanted(GATE, 1010.0, 1040.0, 100) == [times[1]]
    assert await ledger.wanted(GATE, 1029.0, 2000.0, 1) == [times[2]]
    assert await ledger.wanted(NOBODY, *ALWAYS) == []
