"""How often somebody may be wrong."""

import pytest

from socstream.access.errors import TooManyAttempts
from socstream.access.throttle import Throttle, network_of
from tests.fakes import FakeClock


def wait_of(throttle: Throttle, *keys: str) -> float:
    """Seconds that an attempt has to wait; 0 when it was noted."""
    try:
        throttle.take(*keys)
    except TooManyAttempts as error:
        return error.retry_after
    return 0.0


async def test_five_at_once_and_then_one_in_twelve_seconds() -> None:
    clock = FakeClock()
    throttle = Throttle(clock)
    assert [wait_of(throttle, "a") for _ in range(6)] == [0, 0, 0, 0, 0, pytest.approx(12)]
    await clock.advance(11)
    assert wait_of(throttle, "a") == pytest.approx(1)
    await clock.advance(1.001)
    assert wait_of(throttle, "a") == 0
    await clock.advance(3600)
    assert [wait_of(throttle, "a") for _ in range(6)] == [0, 0, 0, 0, 0, pytest.approx(12)]


def test_a_refused_attempt_takes_from_no_key() -> None:
    throttle = Throttle(FakeClock())
    for _ in range(5):
        throttle.take("account")
    for number in range(10):
        assert wait_of(throttle, "account", "address") > 0, number
    assert [wait_of(throttle, "address") for _ in range(5)] == [0] * 5


def test_what_was_good_is_given_back_or_forgotten() -> None:
    throttle = Throttle(FakeClock())
    for _ in range(20):
        throttle.take("account", "address")
        throttle.reset("account")
        throttle.give_back("address")
    throttle.give_back("address")
    assert [wait_of(throttle, "address") for _ in range(6)][-2:] == [0, pytest.approx(12)]


def test_memory_has_a_bound_and_forgets_the_oldest_first() -> None:
    throttle = Throttle(FakeClock(), remembered=3)
    for _ in range(5):
        throttle.take("old")
    for key in ("b", "c"):
        throttle.take(key)
    assert wait_of(throttle, "old") > 0
    for key in ("d", "e", "f"):
        throttle.take(key)
    assert wait_of(throttle, "old") == 0
    assert len(throttle._buckets) == 3


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_one_machine_is_one_address(address: str, network: str) -> None:
    assert network_of(address) == network
