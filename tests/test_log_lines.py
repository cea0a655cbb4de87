"""JSON lines, the camera in each line about one, and what is not told again and again."""

import asyncio
import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest

from socstream.logs import LineHandler, SafeFormatter, change, hiding, of_camera, of_request
from socstream.redaction import Secrets
from socstream.repeats import Repeats

log = logging.getLogger("socstream.test")


@pytest.fixture
def told() -> Iterator[StringIO]:
    """What our handler writes; every test begins with text and without a limit."""
    stream = StringIO()
    handler = LineHandler(stream)
    handler.setFormatter(SafeFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def lines(told: StringIO) -> list[str]:
    return [line.partition("socstream.test: ")[2] for line in told.getvalue().splitlines()]


def objects(told: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told.getvalue().splitlines()]


def name_of(camera_id: str) -> str | None:
    return {"4711": "Gate"}.get(camera_id)


def test_json_has_one_object_a_line_with_all_that_is_known(told: StringIO) -> None:
    change("info", "json", 0)
    with hiding(Secrets(), name_of), of_request("r1"), of_camera("4711"):
        log.warning("no picture for %d s", 3)
    log.info("plain")
    first, second = objects(told)
    assert first.pop("time").endswith("Z")
    assert first == {
        "level": "warning",
        "logger": "socstream.test",
        "message": "no picture for 3 s",
        "camera": "4711",
        "camera_name": "Gate",
        "request_id": "r1",
    }
    assert set(second) == {"time", "level", "logger", "message"}


def test_json_keeps_a_traceback_in_its_line_and_secrets_out_of_it(told: StringIO) -> None:
    change("info", "json", 0)

    def connect(url: str) -> None:
        raise OSError(url)

    try:
        connect("rtsp://u:s3cret@cam/x")
    except OSError:
        log.exception("cannot open\n%s \u2028 \u202e", "https://u:s3cret@gw/")
    assert told.getvalue().count("\n") == 1
    assert told.getvalue().isascii()
    assert "s3cret" not in told.getvalue()
    [line] = objects(told)
    assert line["exception"].startswith("Traceback")
    assert line["message"] == "cannot open\nhttps://***@gw/ \u2028 \u202e"


def test_the_camera_is_named_once_in_each_line_about_it(told: StringIO) -> None:
    with hiding(Secrets(), name_of):
        with of_camera("4711"):
            log.warning("a bug ended it")
            log.warning("Gate: no picture")
        log.warning("its files stay", extra={"camera": "4711"})
        log.warning("another one", extra={"camera": "gone"})
        log.warning("none at all")
    assert lines(told) == [
        "Gate: a bug ended it",
        "Gate: no picture",
        "Gate: its files stay",
        "another one",
        "none at all",
    ]


async def test_tasks_of_a_camera_speak_for_it(told: StringIO) -> None:
    async def later() -> None:
        await asyncio.sleep(0)
        log.warning("later")

    with hiding(Secrets(), name_of):
        with of_camera("4711"):
            task = asyncio.create_task(later())
        await task
        log.warning("after")
    assert lines(told) == ["Gate: later", "after"]


def test_level_and_form_change_while_we_run_and_secrets_stay_hidden(told: StringIO) -> None:
    secrets = Secrets()
    secrets.keep("camera", ("horse battery",))
    with hiding(secrets):
        change("warning", "text", 0)
        log.info("not told")
        log.warning("horse battery")
        change("debug", "json", 0)
        log.debug("horse battery")
    text, line = told.getvalue().splitlines()
    assert text.endswith("socstream.test: ***")
    assert json.loads(line)["message"] == "***"


def test_the_handler_leaves_out_what_repeats_itself(told: StringIO) -> None:
    change("info", "text", 3)
    for number in range(10):
        log.warning("again %d", number)
    log.warning("something else")
    assert lines(told) == ["again 0", "again 1", "again 2", "something else"]


def record(text: str = "again %d", level: int = logging.WARNING, number: int = 0) -> logging.LogRecord:
    return logging.LogRecord("socstream.test", level, "x.py", 1, text, (number,), None)


class Told:
    """What is written of many lines, at any time."""

    def __init__(self, most: int) -> None:
        self.repeats = Repeats(most)
        self.lines: list[str] = []

    def log(self, now: float, line: logging.LogRecord, camera: str | None = None) -> None:
        self.lines += [summary.getMessage() for summary in self.repeats.due(now)]
        if self.repeats.admits(line, camera, now):
            self.lines.append(line.getMessage())


def test_the_rest_of_a_minute_is_told_once_when_it_is_over() -> None:
    told = Told(2)
    for number in range(30):
        told.log(number, record(number=number))
    assert told.lines == ["again 0", "again 1"]
    told.log(59.9, record("other %d"))
    told.log(60, record("another %d"))
    told.log(61, record(number=61))
    told.log(200, record("quiet %d"))
    assert told.lines[2:] == [
        "other 0",
        "28 more like this within a minute were left out, the last: again 29",
        "another 0",
        "again 61",
        "quiet 0",
    ]


def test_each_camera_has_its_own_count() -> None:
    told = Told(1)
    for camera in ("gate", "yard", "gate", None):
        told.log(0, record(), camera)
    assert len(told.lines) == 3


def test_what_is_critical_is_always_written_and_zero_means_all() -> None:
    told = Told(1)
    for _ in range(5):
        told.log(0, record(level=logging.CRITICAL))
    assert len(told.lines) == 5
    told = Told(0)
    for _ in range(500):
        told.log(0, record())
    assert len(told.lines) == 500


def test_kinds_without_number_take_no_memory_without_end() -> None:
    told = Told(1)
    for number in range(5000):
        told.log(0, record(f"made up {number} %d"))
    assert len(told.lines) == 5000
    assert len(told.repeats._counts) <= 1000
    told.log(61, record("again %d"))
    told.log(61, record("again %d"))
    assert len(told.lines) == 5001
