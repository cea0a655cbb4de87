"""The history of one camera's outages: JSON, CSV, and times to ask for."""

import csv
import io
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from socstream.api import handlers_outages
from socstream.model.failure import Failure, FailureCode
from socstream.model.outage import Outage
from tests.api.rig import CAMERAS, NOON, Rig

UNKNOWN = "00000000-0000-4000-8000-000000000000"
REFUSED = Failure(FailureCode.REFUSED).message


async def ask(rig: Rig, camera_id: str, **times: str) -> list[dict[str, Any]]:
    response = await rig.get(f"{CAMERAS}/{camera_id}/outages", params=times)
    assert response.status == 200, await response.text()
    answer: list[dict[str, Any]] = await response.json()
    return answer


@pytest.fixture
async def gate(rig: Rig) -> str:
    """A camera with two outages: from 12:00:10 to 12:00:40.250, and one from 12:01 that lasts."""
    camera_id: str = (await rig.add())["camera_id"]
    rig.go_live(camera_id)
    rig.clock.advance(10)
    rig.fail(camera_id)
    rig.clock.advance(30.25)
    rig.spawn(camera_id, 2)
    rig.publish(camera_id)
    rig.clock.advance(19.75)
    rig.fail(camera_id, FailureCode.UNAUTHORIZED)
    rig.clock.advance(5)
    return camera_id


@pytest.mark.parametrize("is_written", [False, True])
async def test_outages_are_told_newest_first_written_or_not(rig: Rig, gate: str, is_written: bool) -> None:
    if is_written:
        await rig.journal.close()
    assert await ask(rig, gate) == [
        {
            "began": "2026-03-01T12:01:00.000Z",
            "ended": None,
            "seconds": 5.0,
            "code": "unauthorized",
            "message": Failure(FailureCode.UNAUTHORIZED).message,
            "run": 2,
        },
        {
            "began": "2026-03-01T12:00:10.000Z",
            "ended": "2026-03-01T12:00:40.250Z",
            "seconds": 30.25,
            "code": "refused",
            "message": REFUSED,
            "run": 1,
        },
    ]


async def test_it_is_there_under_both_prefixes_and_with_an_id_without_hyphens(rig: Rig, gate: str) -> None:
    other = await rig.get(f"/api/v1/security-operations/cameras/{gate.replace('-', '')}/outages")
    told = await other.json()
    assert told == await ask(rig, gate)


@pytest.mark.parametrize(
    ("times", "runs"),
    [
        ({"since": "2026-03-01T12:00:41Z"}, [2]),
        ({"until": "2026-03-01T12:00:59Z"}, [1]),
        ({"since": "2026-03-01T12:00:20Z", "until": "2026-03-01T12:00:30Z"}, [1]),
        ({"since": "2026-03-01T13:00:20+01:00", "until": "2026-03-01T17:30:30.5+05:30"}, [1]),
        ({"since": "2026-03-01T12:00:45Z", "until": "2026-03-01T12:00:50Z"}, []),
        ({"since": "2026-03-01T12:00:20Z", "until": "2026-03-01T12:00:20Z"}, [1]),
        ({"since": "2027-01-01T00:00:00Z"}, [2]),
        ({"since": "0001-01-01T00:00:00Z", "until": "9999-12-31T23:59:59Z"}, [2, 1]),
    ],
)
async def test_a_time_may_be_asked_for(rig: Rig, gate: str, times: dict[str, str], runs: list[int]) -> None:
    assert [outage["run"] for outage in await ask(rig, gate, **times)] == runs


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize(
    "text", ["", "yesterday", "1772366400", "2026-03-01", "2026-03-01T12:00:00", "2026-13-01T12:00:00Z", "Z"]
)
@pytest.mark.both_paths
async def test_a_wrong_time_is_named(rig: Rig, gate: str, name: str, text: str) -> None:
    response = await rig.get(f"{CAMERAS}/{gate}/outages", params={name: text})
    assert response.status == 422
    assert [error["field"] for error in (await response.json())["errors"]] == [name]


async def test_a_time_that_ends_before_it_begins_is_wrong(rig: Rig, gate: str) -> None:
    times = {"since": "2026-03-01T12:00:01Z", "until": "2026-03-01T12:00:00Z"}
    response = await rig.get(f"{CAMERAS}/{gate}/outages", params=times)
    assert response.status == 422


async def test_an_unknown_camera_has_no_outages(rig: Rig, gate: str) -> None:
    assert (await rig.get(f"{CAMERAS}/{UNKNOWN}/outages")).status == 404
    await rig.journal.close()
    assert (await rig.client.delete(f"{CAMERAS}/{gate}")).status == 204
    assert (await rig.get(f"{CAMERAS}/{gate}/outages")).status == 404


async def test_a_camera_without_outages_has_an_empty_list(rig: Rig) -> None:
    assert await ask(rig, (await rig.add())["camera_id"]) == []


@pytest.mark.parametrize(
    ("accept", "is_table"),
    [
        ("text/csv", True),
        ("Text/CSV; charset=utf-8", True),
        ("text/csv, */*;q=0.1", True),
        ("application/json;q=0.5, text/csv;q=0.9", True),
        ("application/json, text/csv", False),
        ("application/json, text/csv;q=0.9", False),
        ("text/csv;q=0", False),
        ("text/csv;q=much", False),
        ("*/*", False),
        ("", False),
    ],
)
async def test_who_likes_csv_best_gets_a_table(rig: Rig, gate: str, accept: str, is_table: bool) -> None:
    response = await rig.get(f"{CAMERAS}/{gate}/outages", headers={"Accept": accept})
    assert response.content_type == ("text/csv" if is_table else "application/json")


async def test_the_table_has_what_the_json_has_and_a_name_for_its_file(rig: Rig, gate: str) -> None:
    response = await rig.get(f"{CAMERAS}/{gate}/outages", headers={"Accept": "text/csv"})
    assert response.charset == "utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Disposition"] == f'attachment; filename="outages-{gate}.csv"'
    table = csv.DictReader(io.StringIO(await response.text()))
    assert table.fieldnames == ["began", "ended", "seconds", "code", "message", "run"]
    assert list(table) == [
        {name: "" if cell is None else str(cell) for name, cell in outage.items()}
        for outage in await ask(rig, gate)
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x";"y")'])
@pytest.mark.both_paths
async def test_no_cell_is_a_formula(rig: Rig, gate: str, text: str) -> None:
    rig.journal.put(Outage(gate, NOON + 50, NOON + 51, "odd", text, 1))
    response = await rig.get(f"{CAMERAS}/{gate}/outages", headers={"Accept": "text/csv"})
    cells = [row["message"] for row in csv.DictReader(io.StringIO(await response.text(), newline=""))]
    assert cells[1] == f"'{text}"
    assert cells[2] == REFUSED


async def test_a_long_history_comes_in_pages_without_a_gap(
    rig: Rig, gate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        rig.journal.put(
            Outage(gate, NOON - 10 * number - 5.125, NOON - 10 * number - 3, "odd", "", 100 + number)
        )
    await rig.journal.close()
    monkeypatch.setattr(handlers_outages, "_MOST", 4)
    path, runs = f"{CAMERAS}/{gate}/outages?since=2026-03-01T11:00:00Z", []
    while path:
        response = await rig.ask_verbatim("GET", path)
        runs += [outage["run"] for outage in await response.json()]
        link = response.headers.get("Link", "")
        assert not link or link.endswith('>; rel="next"')
        path = link.removeprefix("<").removesuffix('>; rel="next"')
    assert runs == [2, 1, 100, 101, 102, 103, 104, 105, 106]


async def test_a_ledger_that_cannot_be_read_is_503_and_not_an_empty_list(
    rig: Rig, gate: str, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "test.db")) as other:
        other.execute("ALTER TABLE outage RENAME TO lost")
    response = await rig.get(f"{CAMERAS}/{gate}/outages")
    assert response.status == 503
    assert "Retry-After" in response.headers


async def test_the_uptime_of_the_camera_is_what_its_outages_leave_rounded_down(rig: Rig, gate: str) -> None:
    assert (await rig.show(gate))["uptime"] == 0.457  # 29.75 of 65 s
