"""A machine that is too small, or does not keep its clock, works: it is told what it lacks."""

import ctypes

import pytest

from socstream.ops import box
from socstream.ops.finding import Finding, Verdict

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (box.memory_found(2000 * MIB, 32), Verdict.OK),
        (box.memory_found(900 * MIB, 32), Verdict.NOTE),
        (box.memory_found(None, 32), Verdict.NOTE),
        (box.processors_found(4, 64), Verdict.OK),
        (box.processors_found(2, 64), Verdict.NOTE),
        (box.files_found(None, 4096, 32), Verdict.OK),
        (box.files_found(65536, 4096, 32), Verdict.OK),
        (box.files_found(1024, 4096, 32), Verdict.NOTE),
        (box.clock_found(True), Verdict.OK),
        (box.clock_found(False), Verdict.NOTE),
        (box.clock_found(None), Verdict.NOTE),
    ],
)
def test_what_is_too_little_is_a_note_with_a_remedy(found: Finding, verdict: Verdict) -> None:
    assert found.verdict is verdict
    assert bool(found.remedy) is (verdict is not Verdict.OK)


def test_figures_are_told_in_words() -> None:
    assert box.memory_found(900 * MIB, 32).found == "900 MiB free, 920 MiB for 32 cameras of 1080p"
    assert box.processors_found(2, 64).found == "2; 64 cameras of 1080p need 0.6 fast or 3.2 slow ones"
    assert box.files_found(1024, 4096, 32).found == "1024 allowed, at most 4672 needed"


def test_this_machine_answers() -> None:
    free = box.memory_free()
    assert free is not None
    assert free > MIB
    most = box.most_files()
    assert most is None or most > 64


def test_the_kernel_says_whether_the_clock_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for state, kept in ((0, True), (2, True), (5, False), (-1, None)):

        class Kernel:
            adjtimex = staticmethod(lambda _, state=state: state)

        monkeypatch.setattr(ctypes, "CDLL", lambda _: Kernel)
        assert box.clock_is_kept() is kept
