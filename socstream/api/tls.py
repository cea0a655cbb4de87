"""Our certificate: loaded when it changes, so that a renewal needs no restart, and never by halves."""

import asyncio
import errno
import logging
import ssl
from pathlib import Path

from socstream.clock import Clock
from socstream.model.errors import ConfigError

log = logging.getLogger(__name__)

_LOOK_EVERY = 5.0
"""Seconds between two looks at the files."""

_Stamp = tuple[tuple[int, int, int], ...]


class Certificate:
    """A certificate with its chain, and its key, in two PEM files."""

    def __init__(self, certificate: Path, key: Path, clock: Clock) -> None:
        self._files = (certificate, key)
        self._clock = clock
        self._seen: _Stamp = ()
        self._current: ssl.SSLContext | None = None

    async def load(self) -> ssl.SSLContext:
        """What a listener needs, and what each later handshake takes the newest from; raises ConfigError."""
        self._seen = await asyncio.to_thread(self._stamp)
        try:
            self._current = await asyncio.to_thread(self._read)
        except OSError as error:
            raise ConfigError(f"server.tls_certificate, server.tls_key: {_reason(error)}") from error
        door = _context()
        door.sni_callback = self._choose
        return door

    async def run(self) -> None:
        """Look at the files again and again; ends only by being cancelled."""
        while True:
            await self._clock.sleep(_LOOK_EVERY)
            await self.look()

    async def look(self) -> None:
        """Take a pair that has changed since the last look; a bad one leaves the old one in force."""
        # Before the files are read: what changes meanwhile is seen at the next look.
        stamp = await asyncio.to_thread(self._stamp)
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            self._current = await asyncio.to_thread(self._read)
        except OSError as error:
            log.error("the new certificate is no good, the old one stays: %s", _reason(error))  # noqa: TRY400
        else:
            log.info("the new certificate is in force")

    def _choose(self, connection: ssl.SSLObject, name: str | None, door: ssl.SSLContext) -> None:
        """OpenSSL asks in every handshake, whether the client names a server or not."""
        if self._current is not None:
            connection.context = self._current

    def _read(self) -> ssl.SSLContext:
        for file in self._files:
            file.open("rb").close()  # OpenSSL would not say which one it cannot read
        context = _context()
        context.load_cert_chain(*self._files, password=self._no_password)
        return context

    def _no_password(self) -> str:
        """OpenSSL would ask for it on the terminal, and wait for ever."""
        raise OSError(errno.EINVAL, "is encrypted; give it without a passphrase", str(self._files[1]))

    def _stamp(self) -> _Stamp:
        """Differs whenever the files do; empty while one is missing."""
        try:
            stats = [file.stat() for file in self._files]
        except OSError:
            return ()
        return tuple((stat.st_mtime_ns, stat.st_ino, stat.st_size) for stat in stats)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or str(error)
    return f"{error.filename} {error.strerror}"
