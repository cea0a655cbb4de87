"""How often somebody may be wrong: a bucket of attempts for each account and each address."""

import ipaddress

from attrs import define

from socstream.access.errors import TooManyAttempts
from socstream.clock import Clock


@define
class _Bucket:
    attempts: float
    at: float


class Throttle:
    """`attempts` at once, then one each `per / attempts` seconds, for every key; bounded in memory."""

    def __init__(self, clock: Clock, attempts: int = 5, per: float = 60.0, remembered: int = 10_000) -> None:
        self._clock = clock
        self._attempts = attempts
        self._rate = attempts / per
        self._remembered = remembered
        self._buckets: dict[str, _Bucket] = {}  # the one used last stands last

    def take(self, *keys: str) -> None:
        """Note an attempt for all `keys`, or for none: TooManyAttempts, which tells when to come again.

        Before the password is looked at: else a hundred guesses at the same time would count as none.
        """
        buckets = [self._bucket(key) for key in keys]
        missing = 1.0 - min(bucket.attempts for bucket in buckets)
        if missing > 0:
            raise TooManyAttempts(missing / self._rate)
        for bucket in buckets:
            bucket.attempts -= 1

    def give_back(self, key: str) -> None:
        """The attempt was a good one."""
        bucket = self._bucket(key)
        bucket.attempts = min(float(self._attempts), bucket.attempts + 1)

    def reset(self, key: str) -> None:
        """Forget what was wrong so far."""
        self._buckets.pop(key, None)

    def _bucket(self, key: str) -> _Bucket:
        now = self._clock.monotonic()
        bucket = self._buckets.pop(key, None) or _Bucket(float(self._attempts), now)
        bucket.attempts = min(float(self._attempts), bucket.attempts + (now - bucket.at) * self._rate)
        bucket.at = now
        self._buckets[key] = bucket
        if len(self._buckets) > self._remembered:
            del self._buckets[next(iter(self._buckets))]
        return bucket


def network_of(address: str) -> str:
    """What counts as one address: of IPv6 the /64, which one machine has as a whole."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((parsed, 64), strict=False))
