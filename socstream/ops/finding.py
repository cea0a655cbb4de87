"""What was found on this machine, and how it is told: a table for people, lines for a pipe."""

from collections.abc import Sequence
from enum import Enum

from attrs import frozen
from rich.table import Table
from rich.text import Text


class Verdict(Enum):
    """What a finding means."""

    OK = "ok"
    NOTE = "--"
    """Works, but somebody should know."""
    BAD = "no"


_STYLES = {Verdict.OK: "green", Verdict.NOTE: "yellow", Verdict.BAD: "bold red"}


@frozen
class Finding:
    """One thing that was looked at: what was found, and what to do if that is not right."""

    name: str
    verdict: Verdict
    found: str
    remedy: str = ""


def ok(name: str, found: str) -> Finding:
    """As it should be."""
    return Finding(name, Verdict.OK, found)


def note(name: str, found: str, remedy: str) -> Finding:
    """It works, but not as well as it could."""
    return Finding(name, Verdict.NOTE, found, remedy)


def bad(name: str, found: str, remedy: str) -> Finding:
    """It will not work."""
    return Finding(name, Verdict.BAD, found, remedy)


def table(findings: Sequence[Finding]) -> Table:
    """For a terminal."""
    drawn = Table("", "", "found")
    for each in findings:
        # Text, because rich would take the brackets of "socstream[ffmpeg]" for a colour.
        found = Text(f"{each.found}\nRemedy: {each.remedy}" if each.remedy else each.found)
        drawn.add_row(Text(each.verdict.value, _STYLES[each.verdict]), Text(each.name), found)
    return drawn


def lines(findings: Sequence[Finding]) -> list[str]:
    """The same for a pipe: one line for each thing, and one more for a remedy."""
    told = []
    for each in findings:
        told.append(f"{each.verdict.value}  {each.name:<16}  {each.found}")
        if each.remedy:
            told.append(f"    {'':<16}  remedy: {each.remedy}")
    return told
