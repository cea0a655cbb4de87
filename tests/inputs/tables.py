"""Every table of bad inputs that was written by hand, wherever its test lives: how many rows there are."""

from collections.abc import Callable, Iterable
from typing import Any

from attrs import frozen

from tests import test_command_line, test_config
from tests.access import test_accounts
from tests.api import (
    test_audit,
    test_auth,
    test_bad_sources,
    test_bodies,
    test_cameras,
    test_cors,
    test_events,
    test_forwarded,
    test_listener,
    test_listeners,
    test_media,
    test_media_grants,
    test_outages,
    test_ranges,
    test_screen,
    test_tokens,
    test_users,
)
from tests.faults import test_slow_clients
from tests.ffmpeg import test_hostile_cameras
from tests.inputs import test_names
from tests.inputs import test_tokens as proofs
from tests.model import test_address
from tests.store import test_secrets


@frozen
class Table:
    """What is tried at one place at which something comes in; each row once."""

    place: str
    rows: frozenset[str]


def table(place: str, *parts: Iterable[object]) -> Table:
    """A table of these rows; two that look the same are one."""
    return Table(place, frozenset(repr(row) for part in parts for row in part))


ASKED: list[Callable[..., Any]] = []
"""The tests whose rows are in a table."""


def rows_of(test: Callable[..., Any], argument: str) -> tuple[object, ...]:
    """The rows that decorate a test and hold this argument."""
    ASKED.append(test)
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "parametrize":
            names, rows = mark.args
            if argument in (names.split(",") if isinstance(names, str) else names):
                return tuple(rows)
    raise LookupError(f"{test.__name__} has no table of {argument}")


def _refused_ranges() -> list[object]:
    """A part that can be sent is nothing bad."""
    rows = rows_of(test_ranges.test_a_range, "asked")
    return [row for row in rows if isinstance(row, tuple) and row[1] != 206]


TABLES = (
    table("source URL", test_bad_sources.BAD_URLS.values()),
    table("credentials of a source", test_bad_sources.BAD_CREDENTIALS.values()),
    table("address of a source", test_address.REFUSED, test_address.HIDDEN),
    table(
        "id",
        test_names.IDS.values(),
        rows_of(test_cameras.test_an_unknown_camera_is_404_everywhere, "camera_id"),
    ),
    table("name", test_names.REFUSED.values(), test_names.INERT.values()),
    table(
        "field of a camera",
        rows_of(test_cameras.test_a_wrong_value_is_422_and_names_its_field, "value"),
        rows_of(test_cameras.test_a_version_is_a_whole_number, "version"),
    ),
    table(
        "field of a user, token or log-in",
        rows_of(test_users.test_a_wrong_field_is_named_and_nothing_is_changed, "changes"),
        rows_of(test_tokens.test_a_token_is_never_more_than_its_maker, "changes"),
        rows_of(test_auth.test_a_wrong_body_names_its_fields, "body"),
        rows_of(test_accounts.test_what_no_user_may_be_is_named_and_changes_nothing, "wrong"),
    ),
    table(
        "media path",
        rows_of(test_media.test_a_name_that_could_never_exist_is_404, "name"),
        rows_of(test_media.test_only_a_plain_file_is_ever_read, "kind"),
    ),
    table("range", _refused_ranges()),
    table("token", proofs.HEADERS, proofs.QUERIES),
    table("devices' key", proofs.KEYS),
    table(
        "media grant",
        proofs.PATHS,
        rows_of(test_media_grants.test_a_grant_that_is_not_good_for_this_camera_is_401, "spoil"),
    ),
    table(
        "WebSocket",
        rows_of(test_listeners.test_a_bad_token_is_closed_with_1008_and_told_nothing, "query"),
        rows_of(test_listeners.test_a_bad_introduction_is_closed_with_1008_and_told_nothing, "message"),
        rows_of(test_events.test_no_foreign_page_may_listen, "origin"),
    ),
    table("origin", rows_of(test_cors.test_any_other_origin_gets_no_permission, "origin")),
    table(
        "HTTP",
        test_screen.AMBIGUOUS,
        test_screen.FOREIGN,
        rows_of(
            test_listener.test_nonsense_is_refused_in_json_and_costs_one_line_that_repeats_none_of_it,
            "nonsense",
        ),
        rows_of(test_forwarded.test_a_stranger_is_not_believed, "header"),
    ),
    table(
        "slow client",
        (shape.name for shape in test_slow_clients.SHAPES),
        rows_of(test_listener.test_a_client_that_spoils_its_own_body_is_no_bug, "head"),
    ),
    table(
        "JSON",
        rows_of(test_bodies.test_anything_else_is_refused_and_the_place_is_named, "body"),
        rows_of(test_bodies.test_a_wrong_body_is_refused_at_its_place_and_stores_nothing, "body"),
        rows_of(test_bodies.test_a_body_that_is_not_declared_as_json_is_415, "kind"),
        rows_of(test_bodies.test_no_coding_of_a_body_is_taken, "coding"),
    ),
    table(
        "query",
        rows_of(test_outages.test_a_wrong_time_is_named, "text"),
        rows_of(test_audit.test_a_wrong_question_is_named, "query"),
    ),
    table("cell of a table", rows_of(test_outages.test_no_cell_is_a_formula, "text")),
    table("camera", test_hostile_cameras.CAMERAS),
    table(
        "setting",
        rows_of(test_config.test_a_wrong_variable_is_named_with_the_reason, "name"),
        rows_of(test_config.test_a_wrong_setting_of_the_file_is_named_with_the_reason, "text"),
        rows_of(test_config.test_a_file_that_is_no_toml_is_named, "content"),
        rows_of(test_config.test_beyond_loopback_there_are_three_ways_and_no_fourth, "host"),
        rows_of(test_config.test_who_gets_in_has_bounds, "environ"),
    ),
    table(
        "word of the command line",
        rows_of(test_command_line.test_wrong_usage_is_2_and_names_the_word, "words"),
        rows_of(test_command_line.test_a_wrong_setting_is_2_and_one_line, "words"),
        rows_of(test_command_line.test_what_cannot_be_probed_is_2_and_told_at_once, "url"),
    ),
    table(
        "file of the master key",
        rows_of(test_secrets.test_a_file_that_holds_no_key_is_refused_and_left, "content"),
        rows_of(test_secrets.test_a_place_where_no_key_can_be_is_named, "make"),
    ),
)
"""What a generator makes up is not among them."""
