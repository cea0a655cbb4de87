"""Troubles that anybody can make as often as he likes: counted, and told now and then."""

import logging
from collections import Counter

from socstream.clock import Clock

log = logging.getLogger(__name__)

_EVERY = 10.0
"""Seconds between two lines about the same trouble."""


class Tally:
    """One line for the first of each trouble, then one at most every ten seconds, with the count so far."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._quiet_until: dict[str, float] = {}

    def note(self, trouble: str, address: str) -> None:
        """One more; `trouble` is a text of ours and nothing that came from `address`."""
        self._counts[trouble] += 1
        now = self._clock.monotonic()
        if now >= self._quiet_until.get(trouble, now):
            self._quiet_until[trouble] = now + _EVERY
            log.warning("%s: %d so far, now from %s", trouble, self._counts[trouble], address or "nowhere")
