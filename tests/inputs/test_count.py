"""How many bad inputs people thought of; that each gets the right answer is what its own test says."""

import asyncio
import sys
from collections.abc import Callable
from typing import Any

from tests.api import test_bad_sources, test_express, test_permissions, test_screen
from tests.inputs import test_described, test_names, test_tokens
from tests.inputs.tables import ASKED, TABLES

GOAL = 130


def test_there_are_as_many_bad_inputs_as_we_promised() -> None:
    for table in TABLES:
        print(f"{len(table.rows):4}  {table.place}")
    total = sum(len(table.rows) for table in TABLES)
    print(f"{total:4}  bad inputs, written by hand and each different from the others at its place")
    assert total >= GOAL
    assert all(table.rows for table in TABLES)


MORE = (
    test_bad_sources.test_a_bad_url_is_refused_everywhere,
    test_bad_sources.test_bad_credentials_are_refused_everywhere,
    test_described.test_what_openapi_json_says_is_what_happens,
    test_names.test_an_id_that_is_none_is_404,
    test_names.test_what_nobody_could_see_or_bear_is_refused,
    test_permissions.test_everybody_gets_what_the_table_says_and_no_more,
    test_screen.test_what_can_be_read_in_two_ways_is_refused_once_closed_and_counted,
    test_screen.test_a_request_for_another_name_is_421_and_counted,
    *(test for name, test in vars(test_tokens).items() if name.startswith("test_")),
)
"""Whose tables have names of their own, or are made."""


def is_tried_both_ways(test: Callable[..., Any]) -> bool:
    """With and without the fast path: as a whole, in part, or its texts at two warm connections."""
    of_module = getattr(sys.modules[test.__module__], "pytestmark", [])
    marks = [*getattr(test, "pytestmark", []), *(of_module if isinstance(of_module, list) else [of_module])]
    is_marked = any(
        mark.name == "both_paths" or (mark.name == "parametrize" and "fast_path" in mark.args[0])
        for mark in marks
    )
    return is_marked or test in test_express.COMPARED


def test_whatever_reaches_a_connection_is_tried_with_and_without_the_fast_path() -> None:
    reaching = {
        test
        for test in (*ASKED, *MORE)
        if test.__module__.startswith(("tests.api.", "tests.inputs."))
        and asyncio.iscoroutinefunction(test)  # the others are about values
    }
    assert len(reaching) > 25
    assert [test.__qualname__ for test in reaching if not is_tried_both_ways(test)] == []
