"""What the README says of failures, names and files is what there is."""

import itertools
import re
import shlex
from pathlib import Path

import pytest

from socstream import __version__
from socstream.__main__ import main
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


BOX = section("On a box of its own")
UNIT = (ROOT / "conf" / "socstream.service").read_text()


def test_commands_on_the_box_find_what_the_service_has() -> None:
    """A command that differs from the unit in one of these judges, or writes to, another place."""
    body = re.search(r"^socstream\(\) \{\n(.*?)\n\}", BOX, re.MULTILINE | re.DOTALL)
    assert body
    words = shlex.split(body[1].replace("\\\n", " "))
    given = {kind: [b for a, b in itertools.pairwise(words) if a == kind] for kind in ("-p", "-E")}
    lines = UNIT.replace("%S", "/var/lib").replace("%t", "/run").splitlines()
    environment = next(line for line in lines if line.startswith("Environment=")).partition("=")[2].split()
    own = {"RuntimeDirectoryPreserve=yes", "WorkingDirectory=/var/lib/socstream"}
    assert set(given["-p"]) - set(lines) == own
    assert set(given["-E"]) - set(environment) == {"SOCSTREAM_CONFIG=/etc/socstream/socstream.toml"}
    assert {each for each in environment if "_DIR=" in each} <= set(given["-E"])
    shared = (
        "User",
        "DynamicUser",
        "StateDirectory",
        "RuntimeDirectory",
        "EnvironmentFile",
        "LoadCredential",
    )
    for name in (*shared, "LimitNOFILE", "UMask"):
        assert next(line for line in lines if line.startswith(f"{name}=")) in given["-p"], name
    assert words[words.index("/opt/socstream/bin/socstream") :] == ["/opt/socstream/bin/socstream", "$@"]


def test_every_command_that_it_names_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    named = set(re.findall(r"`socstream ([a-z][^`]*)`", README))
    named |= set(re.findall(r"“socstream ([a-z][^”]*)”", README))
    assert len(named) > 10
    for words in named:
        plain = re.split(r"[<>]", words)[0].replace("ROLE", "VIEWER").replace(" N", " 4")
        with pytest.raises(SystemExit, match="0"):
            main([*shlex.split(plain), "--help"])
        capsys.readouterr()


def test_what_the_box_hands_to_a_command_lies_where_it_can_see_it() -> None:
    """No path but those of its own directories, and no file without one but through the shell."""
    for words in re.findall(r"`socstream ([a-z][^`]*)`", BOX):
        for word in shlex.split(re.split(r"[<>]", words)[0]):
            assert "/" not in word or word.startswith("/var/lib/socstream/"), words
    assert "`socstream import - <" in BOX


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
