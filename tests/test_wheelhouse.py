"""An installation without a network, as the README has it, of the files that a release was tested with."""

import re
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.rigs.wheelhouse import CONSTRAINTS, ROOT, gather, install, offline, run


def pinned() -> dict[str, str]:
    """Name → version."""
    lines = re.findall(r"^([a-z0-9-]+)==(\S+) \\$", CONSTRAINTS.read_text(), re.MULTILINE)
    return dict(lines)


def required() -> list[Requirement]:
    """What a box may need, with every extra but that for the tests."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    extras = setup["options.extras_require"]
    text = "\n".join(
        [setup["options"]["install_requires"], *(extras[name] for name in extras if name != "test")]
    )
    return [Requirement(line) for line in text.split("\n") if line.strip()]


def test_everything_that_we_need_is_pinned_to_what_we_can_use() -> None:
    versions = pinned()
    for requirement in required():
        name = requirement.name.lower().replace("_", "-")
        assert requirement.specifier.contains(versions[name]), requirement


def test_each_pinned_file_is_named_by_its_hash_and_by_no_address() -> None:
    text = CONSTRAINTS.read_text()
    packages = re.split(r"\n(?=[a-z0-9-]+==)", text)[1:]
    assert len(packages) == len(pinned())
    assert all("--hash=sha256:" in package for package in packages)
    assert "://" not in text
    assert "index-url" not in text.partition("\n\n")[2]


@pytest.mark.timeout(600)
def test_a_box_without_a_network_is_installed_from_a_wheelhouse(tmp_path: Path) -> None:
    gather(tmp_path / "wheelhouse")
    print(f"installed in {install(tmp_path / 'wheelhouse', tmp_path):.1f} s")
    python, environ = tmp_path / "venv" / "bin" / "python", offline(tmp_path)
    # -I: what is installed, and not what lies here.
    assert run(python, "-I", "-m", "socstream", "version", environ=environ).startswith("socstream ")
    page = (
        "import pathlib, socstream; "
        "print((pathlib.Path(socstream.__file__).parent / 'ui/dist/index.html').exists())"
    )
    assert run(python, "-I", "-c", page, environ=environ) == "True\n"
