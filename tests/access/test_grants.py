"""Media grants: whoever has one looks at one camera, as long as whoever asked for it may."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socstream.access.grants import PERIOD, Grants
from socstream.model.account import Caller, CallerKind, Level, Scope
from tests.access.rig import GATE, HALL
from tests.fakes import FakeClock

SECRET = b"s" * 32
KEY = "00ff00ff00ff00ff"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def eva(scope: Scope = None, key: str = KEY) -> Caller:
    return Caller(CallerKind.USER, key, "eva-id", "Eva", Level.ADMIN, scope)


class Desk:
    """Grants, and who is alive for them."""

    def __init__(self, *callers: Caller) -> None:
        self.clock = FakeClock()
        self.callers = {caller.key: caller for caller in callers}
        self.grants = Grants(SECRET, self.callers.get, self.clock)


def test_a_grant_looks_at_its_camera_and_may_no_more() -> None:
    desk = Desk(eva())
    token = desk.grants.token(eva(), GATE)
    assert re.fullmatch(r"[A-Za-z0-9_-]{40}", token)
    caller = Caller(CallerKind.GRANT, KEY, "eva-id", "Eva", Level.VIEWER, frozenset({GATE}))
    for _ in range(2):
        assert desk.grants.caller(token, GATE) == caller
        assert desk.grants.caller(token, GATE.replace("-", "")) == caller
        assert desk.grants.caller(token, HALL) is None
        assert desk.grants.caller(token, "") is None


async def test_its_text_stays_the_same_for_hours_and_is_good_for_12_more() -> None:
    desk = Desk(eva())
    await desk.clock.advance(PERIOD - desk.clock.wall() % PERIOD)
    texts = set()
    for _ in range(6):
        token = desk.grants.token(eva(), GATE)
        texts.add(token)
        assert 12 * 3600 <= desk.grants.expires_at(token) - desk.clock.wall() <= 18 * 3600
        await desk.clock.advance(3599)
    assert len(texts) == 1
    await desk.clock.advance(6)
    assert desk.grants.token(eva(), GATE) not in texts


async def test_it_expires_also_when_it_was_seen_before() -> None:
    desk = Desk(eva())
    token = desk.grants.token(eva(), GATE)
    await desk.clock.advance(desk.grants.expires_at(token) - desk.clock.wall() - 0.5)
    assert desk.grants.caller(token, GATE) is not None
    await desk.clock.advance(0.5)
    assert desk.grants.caller(token, GATE) is None
    assert Desk(eva()).grants.caller(token, GATE) is not None  # it is the time, and nothing else


def test_it_ends_with_its_session() -> None:
    desk = Desk(eva())
    token = desk.grants.token(eva(), GATE)
    assert desk.grants.caller(token, GATE) is not None
    del desk.callers[KEY]
    assert desk.grants.caller(token, GATE) is None
    desk.callers[KEY] = eva()
    assert desk.grants.caller(token, GATE) is not None


@pytest.mark.parametrize(
    ("scope", "is_open"),
    [(None, True), ({GATE}, True), ({GATE, HALL}, True), ({HALL}, False), (set(), False)],
)
def test_it_follows_the_scope_of_whoever_asked_for_it(scope: set[str] | None, is_open: bool) -> None:
    desk = Desk(eva())
    token = desk.grants.token(eva(), GATE)
    assert desk.grants.caller(token, GATE) is not None
    desk.callers[KEY] = eva(None if scope is None else frozenset(scope))
    assert (desk.grants.caller(token, GATE) is not None) is is_open
    fresh = Grants(SECRET, desk.callers.get, desk.clock)
    assert (fresh.caller(token, GATE) is not None) is is_open


def test_it_is_worth_nothing_under_another_secret() -> None:
    desk = Desk(eva())
    assert (
        Grants(b"t" * 32, desk.callers.get, desk.clock).caller(desk.grants.token(eva(), GATE), GATE) is None
    )


def test_grants_of_different_sessions_and_cameras_are_different() -> None:
    desk = Desk()
    callers = [eva(), eva(key="0" * 16)]
    assert len({desk.grants.token(caller, camera) for caller in callers for camera in (GATE, HALL)}) == 4


@given(place=st.integers(0, 39), letter=st.sampled_from(LETTERS))
def test_no_other_letter_will_do(place: int, letter: str) -> None:
    desk = Desk(eva())
    token = desk.grants.token(eva(), GATE)
    forged = token[:place] + letter + token[place + 1 :]
    assert (desk.grants.caller(forged, GATE) is not None) is (forged == token)


@given(st.text() | st.text(LETTERS + "=+/. \n", min_size=36, max_size=44))
def test_any_text_is_a_quiet_no(text: str) -> None:
    assert Desk(eva()).grants.caller(text, GATE) is None


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "A", lambda t: t + "=", lambda t: t + "\n"]
)
def test_a_cut_or_longer_text_is_none(change: Callable[[str], str]) -> None:
    desk = Desk(eva())
    assert desk.grants.caller(change(desk.grants.token(eva(), GATE)), GATE) is None


def test_what_was_seen_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socstream.access.grants._MOST_SEEN", 3)
    desk = Desk(*(eva(key=f"{number:016x}") for number in range(20)))
    tokens = [desk.grants.token(caller, GATE) for caller in desk.callers.values()]
    assert all(desk.grants.caller(token, GATE) for token in tokens * 2)
    assert len(desk.grants._seen) <= 3
