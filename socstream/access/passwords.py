"""Passwords as argon2id hashes, made and checked in one thread: a flood of log-ins takes one core at most."""

import asyncio
import base64
import ctypes
import secrets
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from attrs import frozen

from socstream.access.errors import TooManyAttempts

T = TypeVar("T")

_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None)
"""Other C libraries have no need of it, and have it not."""

_RETRY_AFTER = 1.0
"""Seconds; a full queue is empty after a third of it."""


@frozen
class Cost:
    """What one hash takes: `passes` over `kibibytes` of memory, in `lanes`."""

    passes: int
    kibibytes: int
    lanes: int


OWASP = Cost(passes=2, kibibytes=19 * 1024, lanes=1)
"""The minimum of the OWASP Password Storage Cheat Sheet, chosen for small boxes: 40 ms and 19 MiB here.

The second choice of RFC 9106 (3 passes, 64 MiB, 4 lanes) took 250 ms on the same machine.
"""


@frozen
class Verdict:
    """`rehashed`: what to store instead, when the password was good and its hash of another cost."""

    good: bool
    rehashed: str | None = None


class Passwords:
    """Hashes of one cost; `waiting`: how many may wait beside the one that is being worked on."""

    def __init__(self, cost: Cost = OWASP, waiting: int = 8) -> None:
        self._hasher = PasswordHasher(cost.passes, cost.kibibytes, cost.lanes, type=Type.ID)
        self._nobody = _impossible(cost, self._hasher)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="passwords")
        self._places = threading.BoundedSemaphore(1 + waiting)

    async def hash(self, password: str) -> str:
        """What to store of it; raises TooManyAttempts when too many wait."""
        return await self._work(lambda: self._hasher.hash(_bytes(password)))

    async def check(self, stored: str | None, password: str) -> Verdict:
        """Whether it is the stored one; None takes as long and is never good. Raises TooManyAttempts."""
        return await self._work(lambda: self._check(stored, _bytes(password)))

    def close(self) -> None:
        """End the thread; what waits is dropped."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _check(self, stored: str | None, password: bytes) -> Verdict:
        try:
            self._hasher.verify(self._nobody if stored is None else stored, password)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return Verdict(good=False)
        if stored is not None and self._hasher.check_needs_rehash(stored):
            return Verdict(good=True, rehashed=self._hasher.hash(password))
        return Verdict(good=stored is not None)

    async def _work(self, work: Callable[[], T]) -> T:
        if not self._places.acquire(blocking=False):
            raise TooManyAttempts(_RETRY_AFTER)
        done = self._thread.submit(_frugally, work)
        # Not when our caller is gone, but when the thread is: it cannot be taken back from its work.
        done.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(done)


def _frugally(work: Callable[[], T]) -> T:
    """Do it and give its memory back: glibc would keep 19 MiB for a next time that may be tomorrow."""
    try:
        return work()
    finally:
        if _TRIM is not None:
            _TRIM(0)


def _bytes(password: str) -> bytes:
    """The same for every keyboard's way to write the same letters (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _impossible(cost: Cost, hasher: PasswordHasher) -> str:
    """A hash of no password at all, which takes as long to check as one of somebody's."""
    salt, result = (
        base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=")
        for length in (hasher.salt_len, hasher.hash_len)
    )
    return f"$argon2id$v=19$m={cost.kibibytes},t={cost.passes},p={cost.lanes}${salt}${result}"
