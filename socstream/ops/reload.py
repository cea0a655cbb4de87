"""Settings that are read again while the server runs: on SIGHUP, and when their file has changed."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from socstream.clock import Clock
from socstream.config import Config, settings
from socstream.model.errors import ConfigError

log = logging.getLogger(__name__)

_LOOK_EVERY = 2.0
"""Seconds between two looks at the file; it has to be the same in two of them, for editors write in steps."""

LIVE = frozenset(
    {
        "alerts.hold_off",
        "cameras.allow_loopback",
        "cameras.allowed_networks",
        "log.format",
        "log.level",
        "log.repeats_per_minute",
        "ops.metrics_from",
        "server.allowed_hosts",
        "server.answer_timeout",
        "server.body_timeout",
        "server.cors_origins",
        "server.idle_timeout",
        "server.max_connections",
        "server.max_connections_per_address",
        "server.request_burst",
        "server.requests_per_second",
        "server.trusted_proxies",
        "streams.backoff_initial",
        "streams.backoff_maximum",
        "streams.held_requests_per_client",
        "streams.low_room_mebibytes",
        "streams.low_room_percent",
        "streams.manifest_wait_timeout",
        "streams.spawns_per_second",
        "streams.stable_after",
    }
)
"""What counts from the next moment on that it matters in; no stream and no connection is touched."""

AT_START = frozenset(
    {
        "access.access_token_lifetime",
        "access.admin_password",
        "access.hardware_ingest_key",
        "access.refresh_lifetime",
        "access.session_lifetime",
        "audit.keep_days",
        "cameras.tls_verify",
        "data.dir",
        "ffmpeg.path",
        "gateway.base_url",
        "gateway.via_proxy",
        "ops.dead_man",
        "server.allow_plain_http",
        "server.fast_path",
        "server.host",
        "server.loop",
        "server.port",
        "server.tls_certificate",
        "server.tls_key",
        "store.credentials_dir",
        "store.key_file",
        "streams.dir",
        "streams.segment_seconds",
    }
)
"""What stays as it was at the start. The files of a certificate are watched for themselves."""

_Stamp = tuple[int, int, int] | None


class Reload:
    """`reread` gives the settings as they stand now, or raises ConfigError; `adjust` puts them in force.

    They are read when `asked` is set, which clears it, and when `file` is another one.
    """

    def __init__(
        self,
        config: Config,
        file: Path | None,
        clock: Clock,
        reread: Callable[[], Config],
        adjust: Callable[[Config], None],
        asked: asyncio.Event,
    ) -> None:
        self._started_with = self._config = config
        self._file = file
        self._clock = clock
        self._reread = reread
        self._adjust = adjust
        self._asked = asked

    async def run(self) -> None:
        """Ends only by being cancelled."""
        read = seen = await asyncio.to_thread(self._stamp)
        while True:
            is_asked = await self._clock.wait(self._asked, _LOOK_EVERY)
            self._asked.clear()
            stamp = await asyncio.to_thread(self._stamp)
            is_changed = stamp == seen != read
            seen = stamp
            if is_asked or is_changed:
                read = stamp
                await self._read(is_asked)

    async def _read(self, is_asked: bool) -> None:
        try:
            config = await asyncio.to_thread(self._reread)
        except ConfigError as error:
            log.error("the new settings are no good, the old ones stay: %s", error)  # noqa: TRY400
            return
        changed = sorted(LIVE & set(_differing(self._config, config)))
        waiting = sorted(AT_START & set(_differing(self._started_with, config)))
        news = set(_differing(self._config, config))
        self._config = config
        if changed:
            self._adjust(config)
            log.info("in force from now on: %s", ", ".join(changed))
        if waiting and (is_asked or news - LIVE):
            log.warning("needs a restart: %s", ", ".join(waiting))
        if is_asked and not changed and not waiting:
            log.info("the settings are as they were")

    def _stamp(self) -> _Stamp:
        """Differs whenever the file does; None while there is none."""
        try:
            status = None if self._file is None else self._file.stat()
        except OSError:
            return None
        return None if status is None else (status.st_mtime_ns, status.st_ino, status.st_size)


def _differing(old: Config, new: Config) -> Iterator[str]:
    """The names of the settings that differ; never their values, which may be secret."""
    for setting in settings():
        if _value(old, setting.section, setting.name) != _value(new, setting.section, setting.name):
            yield setting.key


def _value(config: Config, section: str, name: str) -> Any:
    return getattr(getattr(config, section), name)
