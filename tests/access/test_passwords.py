"""Passwords: hashed in one thread with a short queue, and nobody learns from the time who exists."""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from socstream.access.errors import TooManyAttempts
from socstream.access.passwords import OWASP, Cost, Passwords
from tests.access.rig import CHEAP, EVA, HERE, Rig


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    passwords = Passwords(CHEAP)
    yield passwords
    passwords.close()


async def test_a_hash_is_argon2id_of_the_named_cost() -> None:
    passwords = Passwords()
    stored = await passwords.hash("a pass word")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await passwords.check(stored, "a pass word")).good
    assert not (await passwords.check(stored, "a pass wore")).good
    passwords.close()


async def test_the_same_password_never_has_the_same_hash(passwords: Passwords) -> None:
    assert await passwords.hash("a pass word") != await passwords.hash("a pass word")


@pytest.mark.parametrize("stored", [None, "", "x", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA"])
async def test_what_is_no_hash_is_never_good(passwords: Passwords, stored: str | None) -> None:
    for password in ("", "x", "a pass word", "\ud800"):
        assert not (await passwords.check(stored, password)).good


async def test_a_hash_of_another_cost_is_made_anew(passwords: Passwords) -> None:
    stored = await passwords.hash("a pass word")
    dearer = Passwords(Cost(passes=2, kibibytes=16, lanes=1))
    verdict = await dearer.check(stored, "a pass word")
    assert verdict.good
    assert verdict.rehashed is not None
    assert "m=16,t=2" in verdict.rehashed
    assert (await dearer.check(verdict.rehashed, "a pass word")).rehashed is None
    assert (await dearer.check(stored, "wrong")).rehashed is None
    dearer.close()


async def test_a_log_in_stores_the_hash_of_todays_cost(rig: Rig) -> None:
    user = rig.accounts.user_of_login("eva")
    assert user is not None
    old = Passwords(Cost(passes=2, kibibytes=16, lanes=1))
    stored = await old.hash(EVA)
    old.close()
    await rig.store.rehash(user.user_id, user.password_hash, stored)
    await rig.accounts.load()
    tokens = await rig.accounts.log_in("eva", EVA, HERE)
    assert "m=8,t=1" in tokens.user.password_hash
    assert tokens.user in (await rig.store.all()).users
    await rig.accounts.log_in("eva", EVA, HERE)


async def test_beyond_the_queue_one_is_told_to_come_again_and_the_rest_is_served() -> None:
    passwords = Passwords(Cost(passes=20, kibibytes=8192, lanes=1), waiting=8)
    results = await asyncio.gather(*(passwords.hash(str(n)) for n in range(20)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, TooManyAttempts)]
    assert [type(result) for result in results[:9]] == [str] * 9
    assert len(refused) == 11
    assert {error.retry_after for error in refused} == {1.0}
    await passwords.hash("again")
    passwords.close()


async def test_who_hangs_up_gives_no_place_back_before_the_thread_is_free() -> None:
    passwords = Passwords(Cost(passes=40, kibibytes=8192, lanes=1), waiting=0)
    asking = asyncio.create_task(passwords.hash("x"))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    with pytest.raises(TooManyAttempts):
        await passwords.hash("y")
    passwords.close()


async def test_the_loop_turns_while_passwords_are_checked() -> None:
    passwords = Passwords()
    checking = asyncio.gather(*(passwords.check(None, "x") for _ in range(5)))
    turns = 0
    while not checking.done():
        await asyncio.sleep(0)
        turns += 1
    passwords.close()
    assert turns > 100  # five, if each check held the interpreter


async def test_nobody_takes_as_long_as_somebody() -> None:
    passwords = Passwords(OWASP)
    stored = await passwords.hash("a pass word")
    fastest = {stored: 60.0, None: 60.0}
    for known in [stored, None] * 5:
        before = time.process_time()  # of all threads: others on this box do not count
        await passwords.check(known, "wrong")
        fastest[known] = min(fastest[known], time.process_time() - before)
    passwords.close()
    assert fastest[None] == pytest.approx(fastest[stored], rel=0.5)


async def test_the_memory_of_a_hash_is_given_back() -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    passwords = Passwords()
    try:
        stored = await passwords.hash("a pass word")
        before = resident()
        for _ in range(4):
            await passwords.check(stored, "another")
        assert resident() - before < 5_000_000
    finally:
        passwords.close()
