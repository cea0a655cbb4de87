"""What the dead-man's watcher counts as silence, in virtual time."""

import pytest

from socstream.ops.watcher import Silence, is_stopped


def test_silence_is_counted_from_the_last_sign_of_life() -> None:
    silence = Silence(100.0)
    for second in range(1, 15):
        silence.lasts(100.0 + second, could_speak=True)
    assert silence.seconds == 14
    silence.broken(114.5)
    assert silence.seconds == 0
    silence.lasts(115.5, could_speak=True)
    assert silence.seconds == 1


def test_time_in_which_the_parent_was_stopped_does_not_count() -> None:
    silence = Silence(100.0)
    for second in range(1, 31):
        silence.lasts(100.0 + second, could_speak=False)
    assert silence.seconds == 0
    silence.lasts(131.0, could_speak=True)
    assert silence.seconds == 1


def test_a_parent_that_was_stopped_and_goes_on_gets_all_of_its_time_again() -> None:
    silence = Silence(100.0)
    for second in range(1, 15):
        silence.lasts(100.0 + second, could_speak=True)
    silence.lasts(115.0, could_speak=False)
    silence.lasts(116.0, could_speak=True)
    assert silence.seconds == 1


def test_a_gap_in_its_own_time_does_not_count() -> None:
    silence = Silence(100.0)
    silence.lasts(101.0, could_speak=True)
    silence.lasts(131.0, could_speak=True)  # the machine slept, or nobody was let run
    assert silence.seconds == 0
    silence.lasts(132.5, could_speak=True)
    assert silence.seconds == 1.5, "a watcher that is a little late goes on"


@pytest.mark.parametrize(
    ("stat", "expected"),
    [
        ("4711 (python) S 1 4711 4711 0 -1 4194560", False),
        ("4711 (python) R 1 4711 4711 0 -1 4194560", False),
        ("4711 (python) D 1 4711 4711 0 -1 4194560", False),
        ("4711 (python) T 1 4711 4711 0 -1 4194560", True),
        ("4711 (python) t 1 4711 4711 0 -1 4194560", True),
        ("4711 (a) T (b) S 1 4711 4711 0 -1 4194560", False),
    ],
)
def test_a_process_is_stopped_when_the_kernel_says_so(stat: str, expected: bool) -> None:
    assert is_stopped(stat) is expected
