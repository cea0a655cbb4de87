"""conf/socstream.toml, the code and the README say the same about every setting."""

import re
import tomllib
from pathlib import Path

import pytest

from socstream.config import Config, load, settings, unknown_variables

ROOT = Path(__file__).parent.parent
FILE = ROOT / "conf" / "socstream.toml"
README = ROOT / "README.md"

KEY = re.compile(r"^(\w+) = ", re.MULTILINE)


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


@pytest.mark.skipif(not README.exists(), reason="there is no README yet")
def test_the_readme_names_no_variable_that_does_not_exist() -> None:
    named = re.findall(r"\bSOCSTREAM_[A-Z_]*[A-Z]\b", README.read_text())
    assert unknown_variables(dict.fromkeys(named, "")) == []
