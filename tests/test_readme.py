"""What the README says of failures, names and files is what there is."""

import re
from pathlib import Path

from socstream import __version__
from socstream.config import settings
from socstream.model.failure import Failure, FailureCode

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()


def section(title: str) -> str:
    """What stands below a heading, up to the next one of its rank."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_table_of_failures_is_whole_and_in_the_words_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*) \| (.*) \|$", section("When a camera is down"), re.MULTILINE)
    assert rows == [(str(code), Failure(code).message, Failure(code).remedy) for code in FailureCode]


def test_every_older_name_stands_with_its_setting() -> None:
    told: dict[str, str] = {}
    for left, right in re.findall(r"^\| (`.*) \| (`.*) \|$", section("Older names in the environment"), re.M):
        keys = [f"{part}.{name}" for part, name in re.findall(r"`\[(\w+)\] (\w+)`", right)]
        told |= dict(zip(re.findall(r"`([A-Z_]+)`", left), keys, strict=True))
    regular = {setting.key: f"SOCSTREAM_{setting.key.replace('.', '_')}".upper() for setting in settings()}
    assert told == {
        source: setting.key
        for setting in settings()
        for source in setting.sources
        if source != regular[setting.key] and source[0] != "-"
    }


def test_every_file_that_it_links_is_there() -> None:
    linked = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert linked
    assert [name for name in linked if not (ROOT / name).exists()] == []


def test_every_setting_that_it_names_is_one() -> None:
    known = {setting.key for setting in settings()}
    named = {f"{part}.{name}" for part, name in re.findall(r"\[(\w+)\] (\w+)[ `]", README)}
    assert named
    assert named <= known


def test_the_changelog_begins_with_this_version() -> None:
    heading = re.search(r"^## (\S+) \((unreleased|\d{4}-\d\d-\d\d)\)$", CHANGELOG, re.MULTILINE)
    assert heading
    assert heading[1] == __version__


def test_the_version_stands_in_one_place() -> None:
    assert "version = attr: socstream.__version__\n" in (ROOT / "setup.cfg").read_text()
    elsewhere = [ROOT / name for name in ("setup.cfg", "pyproject.toml", "README.md", "MANIFEST.in")]
    elsewhere += [path for path in (ROOT / "socstream").rglob("*.py") if path.name != "__init__.py"]
    assert [path for path in elsewhere if __version__ in path.read_text()] == []
