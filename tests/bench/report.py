"""Figures, the table that they stand in, and the section of RESULTS.md that a program writes."""

import math
import re
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen

RESULTS = Path(__file__).parent / "RESULTS.md"

_TITLE = """\
# Results

Each section is written by the program that it is named after (`python -m tests.bench.<name> --write`).
"""


@frozen
class Figure:
    """One line of the table. `met`: None for a figure that has no goal."""

    name: str
    ours: str
    raw: str = ""
    goal: str = ""
    met: bool | None = None
    why: str = ""
    """Where the CPU time went; told when the figure is missed."""


@frozen
class Section:
    """What one program has measured, and under which conditions."""

    program: str
    conditions: tuple[str, ...]
    figures: tuple[Figure, ...]
    beside: str = "raw FFmpeg"
    """What ours is compared with."""

    def render(self) -> str:
        """As Markdown, with the date of now."""
        date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        conditions = "\n".join(f"- {line}" for line in (date, *self.conditions))
        return f"## {self.program}\n\n{conditions}\n\n{table(self.figures, self.beside)}{self._reasons()}"

    def _reasons(self) -> str:
        """Why what is missed is missed, as far as a profile was made."""
        missed = [f"- {f.name}: {f.why}" for f in self.figures if f.met is False and f.why]
        return (
            "\n".join(("\nWhere the CPU time goes, in runs of their own:\n", *missed, "")) if missed else ""
        )


def table(figures: Sequence[Figure], beside: str = "raw FFmpeg") -> str:
    """A Markdown table that is legible as it stands, too."""
    verdicts = {True: "met", False: "**missed**", None: ""}
    headings = ("figure", "socstream", beside, "goal", "verdict")
    rows = [headings, *((f.name, f.ours, f.raw, f.goal, verdicts[f.met]) for f in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(headings))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]]) + "\n"


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Median, and in brackets the least and the most."""
    median, least, most = statistics.median(values), min(values), max(values)
    return f"{median:.{digits}f} ({least:.{digits}f}…{most:.{digits}f})"


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that at least this share of all values does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def put_section(document: str, program: str, section: str) -> str:
    """The document with this program's section in place of its earlier one, else at the end."""
    head, *others = re.split(r"^(?=## )", document or _TITLE, flags=re.MULTILINE)
    mine = section.rstrip() + "\n"
    names = [other.partition("\n")[0] for other in others]
    if f"## {program}" in names:
        others[names.index(f"## {program}")] = mine
    else:
        others.append(mine)
    return "\n".join(part.rstrip() + "\n" for part in (head, *others))


def write(section: Section) -> None:
    """Put the section into RESULTS.md."""
    document = RESULTS.read_text() if RESULTS.exists() else ""
    RESULTS.write_text(put_section(document, section.program, section.render()))
