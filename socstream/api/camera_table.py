"""Cameras as the lines of a table: read from a CSV file as POST bodies, and written without secrets."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from socstream.api.bodies import BadJSON, parse_json
from socstream.api.tables import meant
from socstream.api.wishes import draft_from
from socstream.model.camera import Camera, CameraDraft, JSONObject
from socstream.model.errors import FieldError, InvalidInput
from socstream.model.source import parse_source
from socstream.redaction import HIDDEN

COLUMNS = (
    "name",
    "location",
    "ip_address",
    "stream_url",
    "username",
    "password",
    "mode",
    "idle_after",
    "status",
    "is_recording",
    "motion_detection_enabled",
)
_NEEDED = ("name", "stream_url")
_VERBATIM = ("username", "password")

MOST_LINES = 1000

_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")

# Makers put passwords into paths and queries, too; where one is not called that, nobody can tell.
_SECRET = re.compile(r"((?:pass(?:word|wd)?|pwd|secret|token|api_?key|auth)=)[^&;/?]+", re.IGNORECASE)


@frozen
class Line:
    """One camera of a table; `number` counts the file's lines from 1. Cells that are empty are not there."""

    number: int
    cells: Mapping[str, str]
    wrong: str | None = None

    @property
    def name(self) -> str:
        """The camera's name as it stands there, as much as a name may have."""
        return self.cells.get("name", "")[:100]

    def draft(self) -> CameraDraft:
        """The camera to be created; InvalidInput with all that is wrong, by column."""
        if self.wrong is not None:
            raise InvalidInput(FieldError("line", self.wrong))
        if HIDDEN in self.cells.get("stream_url", ""):
            left_out = f"holds {HIDDEN}, where an export left out a secret: write it there"
            raise InvalidInput(FieldError("stream_url", left_out))
        try:
            return draft_from(self._body())
        except InvalidInput as error:
            raise InvalidInput(*self._by_column(error.errors)) from error

    def _body(self) -> dict[str, Any]:
        cells = dict(self.cells)
        credentials = {name: cells.pop(name) for name in _VERBATIM if name in cells}
        body: dict[str, Any] = {name: _read(name, cell) for name, cell in cells.items()}
        whole = {"name": "", "location": "", "ip_address": self._host(), "stream_url": ""} | body
        return whole | {"credentials": credentials} if credentials else whole

    def _host(self) -> str:
        """Where the source is: good enough for who names no address."""
        try:
            return parse_source(self.cells.get("stream_url", "")).host
        except InvalidInput:
            return ""

    def _by_column(self, errors: Sequence[FieldError]) -> Iterator[FieldError]:
        for error in errors:
            column = error.field.removeprefix("credentials.")
            if column != "ip_address" or column in self.cells or self._host():  # else it is the URL's fault
                yield FieldError(column, error.message)


def lines_of(text: str) -> Iterator[Line]:
    """The cameras of a CSV text, without its empty lines; InvalidInput when it is no such table."""
    separator = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    columns: Sequence[str] = ()
    ended = 0
    try:
        for cells in reader:
            number, ended = ended + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = _checked([cell.strip().lower() for cell in cells])
            elif number > MOST_LINES + 1:
                raise InvalidInput(FieldError("body", f"has more than {MOST_LINES} lines below its header"))
            else:
                yield _line(number, columns, cells)
    except csv.Error as error:
        raise InvalidInput(FieldError("body", f"is no CSV from line {ended + 1} on: {error}")) from error
    if not columns:
        raise InvalidInput(
            FieldError("header", f"is missing: name the columns, such as {', '.join(_NEEDED)}")
        )


def row_of(camera: Camera) -> tuple[object, ...]:
    """A camera's cells, in the order of COLUMNS; the password's is empty."""
    credentials = camera.source.credentials
    return (
        camera.name,
        _located(camera.location),
        camera.ip_address,
        _SECRET.sub(rf"\1{HIDDEN}", str(camera.source.url)),
        credentials.username if credentials else "",
        "",
        str(camera.mode),
        f"{camera.idle_after:g}",
        "maintenance" if camera.maintenance else "",
        str(camera.is_recording).lower(),
        str(camera.motion_detection_enabled).lower(),
    )


def _checked(columns: Sequence[str]) -> Sequence[str]:
    errors = [
        *(f"has no column “{name}”" for name in _NEEDED if name not in columns),
        *(
            f"has the column “{name[:40]}”, which is none of {', '.join(COLUMNS)}"
            for name in columns
            if name not in COLUMNS
        ),
        *(f"has the column “{name}” twice" for name in COLUMNS if columns.count(name) > 1),
    ]
    if errors:
        raise InvalidInput(*(FieldError("header", error) for error in errors[:20]))
    return columns


def _line(number: int, columns: Sequence[str], cells: Sequence[str]) -> Line:
    found = {
        name: cell if name == "password" else meant(cell) if name in _VERBATIM else meant(cell.strip())
        for name, cell in zip(columns, cells, strict=False)
        if cell.strip()
    }
    is_whole = len(cells) == len(columns)
    wrong = None if is_whole else f"has {len(cells)} cells, and the header has {len(columns)}"
    return Line(number, found, wrong)


def _read(name: str, cell: str) -> object:
    """What POST takes for a cell; the cell itself where it means nothing, for POST to say so."""
    if name == "location" and cell.startswith("{"):
        try:
            value = parse_json(cell.encode())
        except BadJSON:
            return cell
        return value if isinstance(value, dict) else cell
    if name in ("is_recording", "motion_detection_enabled"):
        return _TRUTH.get(cell.lower(), cell)
    if name == "idle_after" and _NUMBER.fullmatch(cell):
        return float(cell)
    return cell.lower() if name in ("mode", "status") else cell


def _located(location: JSONObject) -> str:
    """A label as it is, anything else as JSON, so that `_read` finds the same."""
    label = location.get("label")
    is_label = len(location) == 1 and isinstance(label, str) and not label.startswith("{")
    return str(label) if is_label else json.dumps(dict(location), ensure_ascii=False)
