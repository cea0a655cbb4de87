"""From a token's text to its caller in one look-up."""

from collections.abc import Iterator, Mapping

from attrs import define

from socstream.access.tokens import digest
from socstream.clock import Clock
from socstream.model.account import Caller


@define(eq=False)
class Pass:
    """What a session or token opens. Seconds since 1970 UTC; `saved_at`: the last use that is stored."""

    caller: Caller
    expires_at: float
    used_at: float = 0.0
    saved_at: float = 0.0


class Passes:
    """Every text that opens something, by its SHA-256. `cookie_life`: seconds after a cookie's last use."""

    def __init__(self, clock: Clock, cookie_life: float) -> None:
        self._clock = clock
        self._cookie_life = cookie_life
        self._passes: dict[str, Pass] = {}
        self._bearers: dict[bytes, Pass] = {}
        self._cookies: dict[bytes, Pass] = {}
        self._digests: dict[str, tuple[bytes, ...]] = {}
        # By the text itself, so that a hot request costs no hash. Only texts that are good get in, and all
        # are forgotten with every change: there are never more than there are tokens.
        self._seen: dict[str, Pass] = {}
        self._seen_cookies: dict[str, Pass] = {}

    def caller(self, token: str) -> Caller | None:
        """Who has this access or API token; None for one that is unknown, ended or expired."""
        known = self._seen.get(token)
        if known is None:
            known = self._bearers.get(digest(token))
            if known is None:
                return None
            self._seen[token] = known
        now = self._clock.wall()
        if now >= known.expires_at:
            return None
        known.used_at = now
        return known.caller

    def cookie_caller(self, cookie: str) -> Caller | None:
        """Who has this cookie; its life begins anew."""
        known = self._seen_cookies.get(cookie)
        if known is None:
            known = self._cookies.get(digest(cookie))
            if known is None:
                return None
            self._seen_cookies[cookie] = known
        now = self._clock.wall()
        if now >= known.expires_at:
            return None
        known.used_at = now
        known.expires_at = now + self._cookie_life
        return known.caller

    def alive(self, key: str) -> Caller | None:
        """Whom this session or API token stands for; None when it ended."""
        known = self._passes.get(key)
        return None if known is None or self._clock.wall() >= known.expires_at else known.caller

    def get(self, key: str) -> Pass | None:
        """As it was put, expired or not."""
        return self._passes.get(key)

    def put(self, key: str, opened: Pass, bearers: Mapping[bytes, float], cookie: bytes | None) -> None:
        """Let in whoever has one of these; `bearers` with the time when each expires."""
        self._passes[key] = opened
        for each, until in bearers.items():
            lasting = until >= opened.expires_at
            self._bearers[each] = opened if lasting else Pass(opened.caller, until)
        if cookie is not None:
            self._cookies[cookie] = opened
        self._digests[key] = (*bearers, *(() if cookie is None else (cookie,)))

    def drop(self, key: str) -> Pass | None:
        """Nothing of this session or token opens anything any more; what it opened before."""
        self._seen.clear()
        self._seen_cookies.clear()
        for each in self._digests.pop(key, ()):
            self._bearers.pop(each, None)
            self._cookies.pop(each, None)
        return self._passes.pop(key, None)

    def unsaved(self, older: float) -> Iterator[tuple[str, Pass]]:
        """Whose last use is `older` seconds later than the one that is stored, or more."""
        return ((key, each) for key, each in self._passes.items() if each.used_at - each.saved_at >= older)

    def saved(self, uses: Mapping[str, float]) -> None:
        """These times of last use are stored now."""
        for key, at in uses.items():
            if key in self._passes:
                self._passes[key].saved_at = at
