"""Log lines: whole, honest, of one request, and without a credential."""

import asyncio
import logging
import sys
from collections.abc import Iterator
from io import StringIO

import pytest

from socstream.logs import SafeFormatter, hiding, of_request
from socstream.redaction import Secrets


@pytest.fixture
def told() -> Iterator[StringIO]:
    """What a handler as ours writes."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(SafeFormatter())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


log = logging.getLogger("socstream.test")


def test_a_line_says_when_how_bad_and_who(told: StringIO) -> None:
    log.warning("the %s is %d m high", "gate", 3)
    assert told.getvalue().endswith(" WARNING socstream.test: the gate is 3 m high\n")


async def test_lines_of_a_request_bear_its_id_and_those_of_tasks_that_outlive_it_do_not(
    told: StringIO,
) -> None:
    is_over = asyncio.Event()

    async def later() -> None:
        log.warning("still within")
        await is_over.wait()
        log.warning("outside again")

    with of_request("4711"):
        log.warning("within")
        task = asyncio.create_task(later())
        await asyncio.sleep(0)
        with of_request("4712"):
            log.warning("deeper")
    log.warning("after")
    is_over.set()
    await task
    lines = [line.partition("test: ")[2] for line in told.getvalue().splitlines()]
    assert lines == ["[4711] within", "[4711] still within", "[4712] deeper", "after", "outside again"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb", "a\\x0ab"),
        ("a\r\nb", "a\\x0d\\x0ab"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x00", "\\x00"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202eetag", "\\u202eetag"),
        ("\u2028", "\\u2028"),
        ("Höfe 門", "Höfe 門"),
    ],
)
def test_nobody_forges_a_line(told: StringIO, name: str, shown: str) -> None:
    log.warning("camera %s is back", name)
    assert told.getvalue().endswith(f": camera {shown} is back\n")
    assert told.getvalue().count("\n") == 1


def test_a_traceback_has_its_lines_and_no_credentials(told: StringIO) -> None:
    def connect(url: str) -> None:
        raise OSError(f"{url} and Bearer s3cret")

    try:
        connect("rtsp://u:s3cret@cam/x")
    except OSError:
        log.exception("cannot open %s", "https://u:s3cret@gw/")
    text = told.getvalue()
    assert "Traceback (most recent call last):\n" in text
    assert "s3cret" not in text
    assert "https://***@gw/" in text


def test_known_secrets_are_hidden_for_as_long_as_the_server_runs(told: StringIO) -> None:
    secrets = Secrets()
    with hiding(secrets):
        secrets.keep("camera", ("horse battery",))
        log.warning("it said: horse battery")
    log.warning("later: horse battery")
    lines = [line.partition("test: ")[2] for line in told.getvalue().splitlines()]
    assert lines == ["it said: ***", "later: horse battery"]


def test_other_handlers_stay_as_they_are() -> None:
    plain = logging.StreamHandler(sys.stderr)
    logging.getLogger().addHandler(plain)
    try:
        with hiding(Secrets()):
            assert plain.formatter is None
    finally:
        logging.getLogger().removeHandler(plain)
