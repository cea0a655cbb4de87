"""What is loaded once is not looked through again."""

import gc

from socstream.frugality import loading


def test_what_was_loaded_is_no_garbage_to_look_for() -> None:
    before = gc.get_freeze_count()
    try:
        with loading():
            loaded: list[list[int]] = [[] for _ in range(1000)]
            assert not gc.isenabled()
        assert gc.isenabled()
        assert gc.get_freeze_count() >= before + len(loaded)
    finally:
        gc.unfreeze()
