"""The URLs of pictures in texts for everybody: each caller gets permissions of his own."""

import pytest

from socstream.access.grants import PERIOD, Grants
from socstream.api.posters import Posters
from socstream.model.account import Caller, CallerKind, Level
from tests.access.rig import GATE, HALL
from tests.fakes import FakeClock


def caller(key: str) -> Caller:
    return Caller(CallerKind.USER, key, "id", "Name", Level.ADMIN, None)


EVA, ADAM = caller("00ff00ff00ff00ff"), caller("11ff00ff00ff00ff")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def grants(clock: FakeClock) -> Grants:
    people = {each.key: each for each in (EVA, ADAM)}
    return Grants(b"s" * 32, people.get, clock)


@pytest.fixture
def posters(grants: Grants) -> Posters:
    return Posters(grants)


def test_each_blank_becomes_the_url_of_its_camera(posters: Posters, grants: Grants) -> None:
    text = f"<{posters.blank(GATE)}><{posters.blank(HALL)}>".encode()
    first, second = posters.filled(text, EVA).decode()[1:-1].split("><")
    assert grants.token(EVA, GATE) in first
    assert grants.token(EVA, HALL) in second
    assert (GATE in first, HALL in second) == (True, True)


def test_the_same_text_is_another_one_for_another_caller(posters: Posters, grants: Grants) -> None:
    text = f"<{posters.blank(GATE)}>".encode()
    for each in (EVA, EVA, ADAM, EVA):
        assert grants.token(each, GATE).encode() in posters.filled(text, each)
    assert grants.token(EVA, GATE) != grants.token(ADAM, GATE)


def test_another_text_of_the_same_caller_is_not_taken_for_the_last_one(posters: Posters) -> None:
    gate, hall = (f"<{posters.blank(camera)}>".encode() for camera in (GATE, HALL))
    assert GATE.encode() in posters.filled(gate, EVA)
    assert HALL.encode() in posters.filled(hall, EVA)


async def test_a_text_that_is_shown_for_hours_gets_fresh_permissions(
    posters: Posters, grants: Grants, clock: FakeClock
) -> None:
    text = f"<{posters.blank(GATE)}>".encode()
    before = posters.filled(text, EVA)
    assert posters.filled(text, EVA) is before
    await clock.advance(PERIOD)
    after = posters.filled(text, EVA)
    assert after != before
    assert grants.token(EVA, GATE).encode() in after


def test_a_text_without_a_blank_stays_as_it_is(posters: Posters) -> None:
    assert posters.filled(b"nothing to fill", EVA) == b"nothing to fill"


def test_after_very_many_callers_each_still_gets_his_own(posters: Posters, grants: Grants) -> None:
    text = f"<{posters.blank(GATE)}>".encode()
    people = [caller(f"{number:016x}") for number in range(100)]
    for _ in range(2):
        for each in people:
            assert grants.token(each, GATE).encode() in posters.filled(text, each)
