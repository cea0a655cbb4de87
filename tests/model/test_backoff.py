"""The wait before the next try: its bounds for every class of failure, for as long as cameras stay dark."""

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socstream.model.backoff import Backoff, Lane, Streak, lane_of
from socstream.model.failure import FailureCode

NETWORK = sorted(code for code in FailureCode if lane_of(code) is Lane.NETWORK)
LOGIN = (FailureCode.UNAUTHORIZED, FailureCode.FORBIDDEN)
SETTINGS = (FailureCode.NOT_FOUND, FailureCode.UNSUPPORTED_CODEC, FailureCode.MISCONFIGURED)

lists_of_failures = st.lists(st.sampled_from(FailureCode), min_size=1, max_size=40)


def streak(codes: Iterable[FailureCode]) -> Streak:
    result = Streak()
    for code in codes:
        result = result.then(code)
    return result


def shortest(low: float, high: float) -> float:
    return low


def longest(low: float, high: float) -> float:
    return high


def waits(*codes: FailureCode) -> list[float]:
    """The longest wait after each of these failures in a row."""
    return [Backoff().delay(streak(codes[: n + 1]), longest) for n in range(len(codes))]


@pytest.mark.parametrize("code", NETWORK)
def test_the_first_retry_after_stable_media_comes_within_a_third_of_a_second(code: FailureCode) -> None:
    assert Backoff().delay(streak([code]), longest) == 0.3
    assert Backoff().delay(streak([code]), shortest) == 0.0


def test_then_the_wait_doubles_up_to_half_a_minute() -> None:
    assert waits(*[FailureCode.REFUSED] * 9) == [0.3, 1, 2, 4, 8, 16, 30, 30, 30]


@given(st.integers(2, 10_000), st.randoms())
def test_a_network_wait_lies_between_half_and_the_whole_of_its_step(n: int, rng: random.Random) -> None:
    step = min(30.0, 1.0 * 2.0 ** min(n - 2, 10))
    backoff, failures = Backoff(), Streak(failures=n)
    assert step / 2 <= backoff.delay(failures, rng.uniform) <= step
    assert backoff.delay(failures, shortest) == step / 2


def test_initial_and_maximum_are_settings() -> None:
    backoff = Backoff(initial=3.0, maximum=10.0)
    two, nine = streak([FailureCode.TIMEOUT] * 2), streak([FailureCode.TIMEOUT] * 9)
    assert backoff.delay(two, longest) == 3.0
    assert backoff.delay(nine, longest) == 10.0


def test_a_camera_dark_for_a_year_does_not_overflow() -> None:
    assert Backoff().delay(Streak(failures=2_000_000), longest) == 30.0


@given(st.lists(st.just(FailureCode.BUSY), min_size=1, max_size=30), st.randoms())
def test_a_busy_camera_is_left_alone_for_five_seconds_at_least(
    codes: list[FailureCode], rng: random.Random
) -> None:
    assert 5.0 <= Backoff().delay(streak(codes), rng.uniform) <= 30.0


@pytest.mark.parametrize("code", LOGIN)
def test_a_refused_login_is_tried_after_30_s_2_10_and_30_minutes(code: FailureCode) -> None:
    assert waits(*[code] * 6) == [30, 120, 600, 1800, 1800, 1800]


@pytest.mark.parametrize("code", SETTINGS)
def test_a_wrong_setting_is_tried_after_1_5_and_15_minutes(code: FailureCode) -> None:
    assert waits(*[code] * 5) == [60, 300, 900, 900, 900]


@given(st.lists(st.sampled_from(NETWORK), max_size=20))
def test_earlier_failures_of_the_network_do_not_lengthen_the_first_wait_of_a_slow_lane(
    earlier: list[FailureCode],
) -> None:
    assert Backoff().delay(streak([*earlier, FailureCode.UNAUTHORIZED]), longest) == 30


@given(lists_of_failures)
def test_no_other_failure_between_them_shortens_the_wait_between_bad_logins(
    codes: list[FailureCode],
) -> None:
    logins = sum(code in LOGIN for code in codes)
    delay = Backoff().delay(streak([*codes, FailureCode.UNAUTHORIZED]), shortest)
    assert delay == (30, 120, 600, 1800)[min(logins, 3)]


@given(lists_of_failures, st.randoms())
def test_nobody_waits_for_ever_or_less_than_nothing(codes: list[FailureCode], rng: random.Random) -> None:
    assert 0.0 <= Backoff().delay(streak(codes), rng.uniform) <= 1800.0


@given(lists_of_failures)
def test_a_streak_counts_every_failure(codes: list[FailureCode]) -> None:
    result = streak(codes)
    assert result.failures == len(codes)
    assert result.in_lane == sum(lane_of(code) is lane_of(codes[-1]) for code in codes)
