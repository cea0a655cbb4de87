"""Answers as tables, for who likes CSV best."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from aiohttp import hdrs, web
from attrs import astuple, fields

from socstream.api.answers import NO_STORE, json_answer

CSV_TYPE = "text/csv"

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def table_or_json(request: web.Request, cls: type[Any], answers: Sequence[Any], name: str) -> web.Response:
    """An array of this attrs class as JSON, or as a file `name`.csv where CSV is what is accepted."""
    if wants_csv(request.headers.get(hdrs.ACCEPT, "")):
        return table((field.name for field in fields(cls)), map(astuple, answers), name)
    return json_answer(answers)


def wants_csv(accept: str) -> bool:
    """True when the header names CSV, and JSON not or with less weight."""
    weights = {"application/json": 0.0, CSV_TYPE: 0.0}
    for part in accept.lower().split(","):
        kind, *parameters = (word.strip() for word in part.split(";"))
        weight = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        try:
            weights[kind] = float(weight)
        except ValueError:
            continue
    return weights[CSV_TYPE] > weights["application/json"]


def table(columns: Iterable[str], rows: Iterable[Iterable[object]], name: str) -> web.Response:
    """A file `name`.csv."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    for row in rows:
        writer.writerow(_harmless(value) for value in row)
    return web.Response(
        text=file.getvalue(),
        content_type=CSV_TYPE,
        headers={
            hdrs.CACHE_CONTROL: NO_STORE,
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}.csv"',
        },
    )


def _harmless(value: object) -> object:
    """A value for a cell that no spreadsheet reckons with; `meant` takes it back."""
    return f"'{value}" if isinstance(value, str) and _is_formula(value) else value


def meant(cell: str) -> str:
    """The text that is in a cell of one of our tables."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell) else cell


def _is_formula(text: str) -> bool:
    """True also for one that is quoted already: else nobody could tell it from one that we quoted."""
    return text.lstrip("'").startswith(_FORMULA)
