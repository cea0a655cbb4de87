"""conf/socstream.toml, the code and the README say the same about every setting."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

from socstream.config import Config, load, settings, unknown_variables

ROOT = Path(__file__).parent.parent
FILE = ROOT / "conf" / "socstream.toml"
ENVIRONMENT = ROOT / "conf" / ".env.example"
README = ROOT / "README.md"

KEY = re.compile(r"^(\w+) = ", re.MULTILINE)
VARIABLE = re.compile(r"^#([A-Z_]+)=(.*)$", re.MULTILINE)


def test_the_file_holds_every_setting_and_no_other() -> None:
    tables = tomllib.loads(FILE.read_text())
    in_file = [f"{section}.{name}" for section, table in tables.items() for name in table]
    assert in_file == [setting.key for setting in settings()]


def test_the_file_holds_the_defaults() -> None:
    assert load({"SOCSTREAM_CONFIG": str(FILE)}) == Config()


def test_each_setting_has_one_comment_that_tells_its_older_name() -> None:
    lines = FILE.read_text().splitlines()
    commented = {}
    section = ""
    for before, line in zip(["", *lines], [*lines, ""], strict=True):
        if line.startswith("["):
            section = line.strip("[]")
        elif key := KEY.match(line):
            assert before.startswith("# "), f"{line} has no comment"
            commented[f"{section}.{key[1]}"] = re.findall(r"\[([A-Z_]+)\]$", before)
    regular = {setting.key: f"SOCSTREAM_{setting.key.replace('.', '_')}".upper() for setting in settings()}
    assert commented == {
        setting.key: [
            source for source in setting.sources if source != regular[setting.key] and source[0] != "-"
        ]
        for setting in settings()
    }


def test_the_example_of_an_environment_names_every_variable_at_its_default() -> None:
    variables = dict(VARIABLE.findall(ENVIRONMENT.read_text()))
    assert list(variables) == ["SOCSTREAM_CONFIG", *(setting.sources[-1] for setting in settings())]
    assert load(variables) == Config()


def test_the_example_of_an_environment_sets_nothing_and_says_what_the_file_says() -> None:
    """Copied as it is, it must not take from a unit or a file what they set."""
    lines = ENVIRONMENT.read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []
    told = {before for before, line in pairwise(lines) if VARIABLE.match(line)}
    commented = re.findall(r"^(# .*?)(?: \[[A-Z_]+\])?\n\w+ = ", FILE.read_text(), re.MULTILINE)
    assert len(commented) == len(list(settings()))
    assert set(commented) <= told


def test_the_readme_names_no_variable_that_does_not_exist() -> None:
    named = re.findall(r"\bSOCSTREAM_[A-Z_]*[A-Z]\b", README.read_text())
    assert unknown_variables(dict.fromkeys(named, "")) == []
