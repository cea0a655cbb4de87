"""What the doctor says of the unit: all that an installed one lacks is named."""

import re
from pathlib import Path

import pytest

from socstream.ops import unit
from socstream.ops.finding import Finding, Verdict
from socstream.ops.unit import KEY, OLDEST, PROGRAM, SETTINGS, Place, unit_found

CONF = Path(__file__).parent.parent.parent / "conf"


def test_the_paths_are_those_of_the_unit() -> None:
    text = (CONF / "socstream.service").read_text()
    found = re.search(r"^ExecStart=(\S+) .* --config (\S+)$", text, re.MULTILINE)
    assert found
    assert (found[1], found[2]) == (str(PROGRAM), str(SETTINGS))
    assert f"\nLoadCredential={KEY.name}:{KEY}\n" in text


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A machine where all is installed as the README has it."""
    place = Place(tmp_path, 252, has_cgroups=True)
    for file in (*place.units(), *map(place.of, (PROGRAM, SETTINGS, KEY))):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(0o600)
    return place


def said(place: Place) -> list[Finding]:
    return list(unit_found(place))


def test_all_is_well_where_all_is_installed(place: Place) -> None:
    assert [(each.name, each.verdict) for each in said(place)] == [
        ("systemd", Verdict.OK),
        ("unit", Verdict.OK),
    ]


def test_without_systemd_it_is_a_note(tmp_path: Path) -> None:
    [found] = said(Place(tmp_path, None, has_cgroups=True))
    assert (found.name, found.verdict) == ("systemd", Verdict.NOTE)


def test_an_old_systemd_and_old_cgroups_are_told(place: Place) -> None:
    old = said(Place(place.root, OLDEST - 1, has_cgroups=False))
    assert [(each.name, each.verdict) for each in old] == [
        ("systemd", Verdict.BAD),
        ("cgroups", Verdict.NOTE),
        ("unit", Verdict.OK),
    ]


def test_a_unit_that_is_not_installed_is_a_note(place: Place) -> None:
    [_, service] = place.units()
    service.unlink()
    [_, found] = said(place)
    assert found.verdict is Verdict.NOTE
    assert found.found == f"not installed: {service}"


@pytest.mark.parametrize("path", [PROGRAM, SETTINGS, KEY])
def test_what_an_installed_unit_lacks_is_named(place: Place, path: Path) -> None:
    place.of(path).unlink()
    [_, found] = said(place)
    assert found.verdict is Verdict.BAD
    assert found.found == f"installed, but these are missing: {path}"


def test_a_key_that_others_may_read_is_told(place: Place) -> None:
    place.of(KEY).chmod(0o644)
    [_, found] = said(place)
    assert (found.verdict, found.remedy) == (Verdict.BAD, f"chmod 600 {place.of(KEY)}")


def test_this_machine_answers() -> None:
    place = unit.read_place()
    assert place.version is None or place.version > 100
