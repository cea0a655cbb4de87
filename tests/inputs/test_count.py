"""How many bad inputs people thought of; that each gets the right answer is what its own test says."""

from tests.inputs.tables import TABLES

GOAL = 130


def test_there_are_as_many_bad_inputs_as_we_promised() -> None:
    for table in TABLES:
        print(f"{len(table.rows):4}  {table.place}")
    total = sum(len(table.rows) for table in TABLES)
    print(f"{total:4}  bad inputs, written by hand and each different from the others at its place")
    assert total >= GOAL
    assert all(table.rows for table in TABLES)
