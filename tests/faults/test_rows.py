"""Every row of the table of faults has a test. The table: `tests/faults/README.md`."""

import re
from pathlib import Path

import pytest

from tests.faults import boxes, cameras, encoders, lives

HERE = Path(__file__).parent

ELSEWHERE = {
    9: ("supervision/test_worker.py", "test_a_wrong_password_is_tried_four_times_in_half_an_hour"),
    14: (
        "supervision/test_worker.py",
        "test_an_ffmpeg_that_crashes_at_once_for_ever_is_started_a_dozen_times_in_two_minutes",
    ),
    20: ("store/test_migrations.py", "test_killed_inside_a_step_the_old_schema_is_whole"),
    25: ("faults/test_state_machine.py", "TestCommands"),
}
"""What needs hours, or the inside of a step, is tested in virtual time, or beside what it is about."""


def rows() -> set[int]:
    """The rows of the table itself."""
    text = (HERE / "README.md").read_text()
    return {int(number) for number in re.findall(r"^\| (\d+)", text, re.MULTILINE)}


def rows_with_a_test() -> set[int]:
    """The rows that trials and tests in this directory are named after."""
    on_one_server, on_their_own = (*cameras.TRIALS, *encoders.TRIALS), (*lives.TRIALS, *boxes.TRIALS)
    names = [
        name
        for file in HERE.glob("test_*.py")
        for name in re.findall(r"def test_row_(\d+)", file.read_text())
    ]
    numbers = {trial.row for trial in on_one_server} | {trial.row for trial in on_their_own}
    return numbers | {int(name) for name in names}


def test_every_row_is_tested() -> None:
    assert rows() == set(range(1, 28))
    assert rows() == rows_with_a_test() | {25}


@pytest.mark.parametrize("row", ELSEWHERE)
def test_what_is_tested_elsewhere_is_there(row: int) -> None:
    file, name = ELSEWHERE[row]
    assert re.search(rf"(?:def |^){name}\b", (HERE.parent / file).read_text(), re.MULTILINE)
