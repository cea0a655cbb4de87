"""Media grants: signed texts for URLs, which let whoever has them look at one camera and no more.

A grant is 40 letters: version, key of the session or API token that asked for it, expiry, and a signature
over these and the camera. It is worth nothing once that session or token ended, or sees the camera no more.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable

from attrs import frozen

from socstream.clock import Clock
from socstream.model.account import Caller, CallerKind, Level
from socstream.model.camera import canonical_id

Alive = Callable[[str], Caller | None]
"""Whom a session or API token stands for, by its key; None when it ended."""

PERIOD = 6 * 3600
"""Seconds in which everybody is given the same text again, so that players and caches find it unchanged."""

_PERIODS = 3
"""A grant ends with the second period after its own: 12 to 18 hours after it was handed out."""

_VERSION = b"\x01"
_KEY, _EXPIRY, _SIGNATURE = 8, 5, 16
# 30 bytes are 40 letters to the last bit, so that no two texts mean the same.
_TEXT = re.compile(r"[A-Za-z0-9_-]{40}")

_MOST_SEEN = 65_536


@frozen
class _Seen:
    """A good grant: until when, for what, whose as of our last look, and whom it makes of its bearer."""

    until: float
    camera_id: str
    giver: Caller
    caller: Caller


class Grants:
    """Makes and reads grants with one secret `key`; another key makes all of them worthless."""

    def __init__(self, key: bytes, alive: Alive, clock: Clock) -> None:
        self._secret = key
        self._alive = alive
        self._clock = clock
        self._seen: dict[tuple[str, str], _Seen] = {}

    def token(self, caller: Caller, camera_id: str) -> str:
        """The text for this camera (id in canonical form): good for 12 h at least, the same for up to 6."""
        claim = _VERSION + bytes.fromhex(caller.key) + self.until.to_bytes(_EXPIRY)
        return base64.urlsafe_b64encode(claim + self._signature(claim, camera_id)).decode()

    @property
    def until(self) -> int:
        """When the texts that `token` makes now end, in seconds since 1970 UTC."""
        return (int(self._clock.wall()) // PERIOD + _PERIODS) * PERIOD

    def expires_at(self, token: str) -> float:
        """When a text that `token` made ends, in seconds since 1970 UTC; not whether it is good."""
        return float(int.from_bytes(base64.urlsafe_b64decode(token)[1 + _KEY :][:_EXPIRY]))

    def caller(self, token: str, camera_id: str) -> Caller | None:
        """Who looks at this camera; None for a text that is cut, forged, expired, revoked or another's."""
        seen = self._seen.get((token, camera_id)) or self._read(token, camera_id)
        if seen is None or self._clock.wall() >= seen.until:
            return None
        giver = self._alive(seen.giver.key)
        if giver is seen.giver:
            return seen.caller
        if giver is None or not giver.sees(seen.camera_id):
            return None
        return self._remember(token, camera_id, seen.until, giver, seen.camera_id).caller

    def _read(self, token: str, camera_id: str) -> _Seen | None:
        camera = canonical_id(camera_id)
        if camera is None or not _TEXT.fullmatch(token):
            return None
        raw = base64.urlsafe_b64decode(token)
        claim, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
        if not hmac.compare_digest(signature, self._signature(claim, camera)):
            return None
        giver = self._alive(claim[1 : 1 + _KEY].hex())
        if giver is None or not giver.sees(camera):
            return None
        return self._remember(token, camera_id, self.expires_at(token), giver, camera)

    def _remember(self, token: str, camera_id: str, until: float, giver: Caller, camera: str) -> _Seen:
        caller = Caller(
            CallerKind.GRANT, giver.key, giver.user_id, giver.name, Level.VIEWER, frozenset({camera})
        )
        seen = _Seen(until, camera, giver, caller)
        if len(self._seen) >= _MOST_SEEN:
            self._seen.clear()
        self._seen[token, camera_id] = seen
        return seen

    def _signature(self, claim: bytes, camera_id: str) -> bytes:
        # The claim's length is fixed, so no other claim and camera make the same text.
        return hmac.digest(self._secret, claim + camera_id.encode(), hashlib.sha256)[:_SIGNATURE]
