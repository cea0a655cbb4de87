"""The closed set of failures: each has words for a person."""

import pytest

from socstream.model.failure import Failure, FailureCode


@pytest.mark.parametrize("code", FailureCode)
def test_each_failure_has_a_message_and_a_remedy_of_one_line(code: FailureCode) -> None:
    failure = Failure(code)
    for words in (failure.message, failure.remedy):
        assert words
        assert "\n" not in words
        assert len(words) <= 120
    assert not failure.message.endswith(".")


def test_no_two_failures_are_told_in_the_same_words() -> None:
    assert len({Failure(code).message for code in FailureCode}) == len(FailureCode)


def test_a_failure_as_text_is_its_code_and_the_detail_if_there_is_one() -> None:
    assert str(Failure(FailureCode.REFUSED)) == "refused"
    assert str(Failure(FailureCode.REFUSED, "port 554")) == "refused (port 554)"
