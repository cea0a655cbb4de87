"""What is worth a word about a camera's stream."""

import pytest

from socstream.model.advice import advice_on
from socstream.model.report import Report


@pytest.mark.parametrize(
    ("interval", "gap", "says"),
    [
        (1.0, None, None),
        (2.99, None, None),
        (3.0, None, "every 3 s only"),
        (8.04, None, "every 8 s only"),
        (None, None, None),
        (None, 2.99, None),
        (None, 3.0, "at least 3 s"),
        (None, 7.96, "at least 7 s"),
        (1.0, 9.0, None),
    ],
)
def test_rare_keyframes_are_told_and_what_is_not_known_is_not_made_up(
    interval: float | None, gap: float | None, says: str | None
) -> None:
    found = advice_on("h264", interval, gap)
    assert [advice.code for advice in found] == ["keyframe_interval"] * (says is not None)
    assert all(says is not None and says in advice.message for advice in found)
    assert Report(keyframe_interval=interval, keyframe_gap=gap).advice == found
