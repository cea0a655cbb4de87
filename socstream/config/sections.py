"""What can be set: a section is a class, a setting a field with its default, its bounds and its names.

A setting is `[section] name` in the file and SOCSTREAM_<SECTION>_<NAME> in the environment; some have an
older name there, and an option. `conf/socstream.toml` says what each is for.
"""

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs
from attrs import field, frozen
from yarl import URL

from socstream.model.account import PASSWORD_LENGTH
from socstream.model.address import IPNetwork

Check = Callable[[Any], str | None]
"""What is wrong with a value of the right type, never repeating it (it may be secret); None if nothing."""

_KEY = "master.key"
_YEAR = 366 * 86400.0
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}")
_ORIGIN = re.compile(r"https?://[^/?#@*\s]+")


def _setting(default: object, *checks: Check, also: str = "", option: str = "", secret: bool = False) -> Any:
    """A field that `load` fills; `also` is its older name in the environment."""
    metadata = {"checks": checks, "also": also, "option": option}
    return field(default=default, repr=not secret, metadata=metadata)


def _between(low: float, high: float) -> Check:
    return lambda value: None if low <= value <= high else f"must be between {low} and {high}"


def _zero_or(low: float, high: float) -> Check:
    return lambda value: None if value == 0 or low <= value <= high else f"must be 0 or {low} to {high}"


def _one_of(*texts: str) -> Check:
    return lambda value: None if value in texts else f"must be one of {', '.join(texts)}"


def _seconds(value: float) -> str | None:
    return None if 0 < value <= 86400 else "must be more than 0 and at most 86400 seconds"


def _path(text: str) -> str | None:
    try:
        _place(text)
    except RuntimeError:
        return "begins with the home directory of nobody that we know"
    return "holds a NUL" if "\0" in text else None


def _plain(text: str) -> str | None:
    return "holds a “%”, which FFmpeg would take for a segment's number" if "%" in text else None


def _place(text: str) -> Path | None:
    return Path(text).expanduser().absolute() if text else None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _listenable(host: str) -> str | None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return None if _HOST.fullmatch(host) else "must be an address or a host name"
    return None


def _hosts(names: tuple[str, ...]) -> str | None:
    if all(_HOST.fullmatch(name) for name in names):
        return None
    return "must hold only host names, without scheme, port and wildcards"


def _origins(origins: tuple[str, ...]) -> str | None:
    if all(_ORIGIN.fullmatch(origin) for origin in origins):
        return None
    return "must hold only origins: http:// or https://, a host, a port if need be, and nothing after it"


def _networks(networks: tuple[str, ...]) -> str | None:
    try:
        for network in networks:
            ipaddress.ip_network(network)
    except ValueError:
        return "must hold only networks such as 192.168.7.0/24 or fd00:7::/64, without bits behind the prefix"
    return None


def _password(text: str) -> str | None:
    shortest, longest = PASSWORD_LENGTH
    if not text or shortest <= len(text) <= longest:
        return None
    return f"must be empty or have {shortest} to {longest} characters"


def _gateway(text: str) -> str | None:
    try:
        url = URL(text)
    except ValueError:
        return "is not a URL"
    if text and not (url.scheme in ("http", "https") and url.host):
        return "must be empty or begin with http:// or https:// and a host"
    if url.user is not None or url.password is not None or url.query_string or url.fragment:
        return "must hold no user, password, query or fragment: clients may be told this URL"
    return None


@frozen
class Server:
    """Where we listen, from which other origins pages may ask, and how long a client may do nothing."""

    host: str = _setting("127.0.0.1", _listenable, also="SOCSTREAM_HOST", option="--host")
    port: int = _setting(8000, _between(0, 65535), also="SOCSTREAM_PORT", option="--port")
    cors_origins: tuple[str, ...] = _setting(
        tuple(f"http://{host}:{port}" for host in ("localhost", "127.0.0.1") for port in (3000, 3001, 5173)),
        _origins,
        also="CORS_ORIGINS",
    )
    allowed_hosts: tuple[str, ...] = _setting((), _hosts)
    tls_certificate: str = _setting("", _path)
    tls_key: str = _setting("", _path)
    trusted_proxies: tuple[str, ...] = _setting((), _networks)
    allow_plain_http: bool = _setting(False)
    requests_per_second: float = _setting(100.0, _between(1, 1_000_000))
    request_burst: int = _setting(1000, _between(1, 1_000_000))
    idle_timeout: float = _setting(10.0, _between(1, 3600))
    body_timeout: float = _setting(8.0, _between(1, 3600))
    answer_timeout: float = _setting(10.0, _between(1, 3600))
    max_connections: int = _setting(4096, _between(16, 100_000))
    max_connections_per_address: int = _setting(512, _between(16, 100_000))
    fast_path: bool = _setting(True)
    loop: str = _setting("auto", _one_of("auto", "asyncio", "uvloop"))

    @property
    def tls_files(self) -> tuple[Path, Path] | None:
        """The certificate and its key; None: we speak plain HTTP."""
        certificate, key = _place(self.tls_certificate), _place(self.tls_key)
        return (certificate, key) if certificate and key else None

    @property
    def hosts(self) -> frozenset[str]:
        """The names that we go by, besides our addresses."""
        return frozenset({self.host, *self.allowed_hosts} - {""})

    @property
    def proxies(self) -> tuple[IPNetwork, ...]:
        """Whose word about a client's address counts."""
        return tuple(ipaddress.ip_network(network) for network in self.trusted_proxies)

    def __attrs_post_init__(self) -> None:
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise ValueError("needs tls_certificate and tls_key together, or none of them")
        refusal = self.refusal_of(self.host)
        if refusal is not None:
            raise ValueError(f"has a host (--host) {refusal}")

    def refusal_of(self, host: str) -> str | None:
        """Why we do not listen at this address with these settings, or None."""
        is_private = self.tls_certificate or self.trusted_proxies or self.allow_plain_http
        if is_private or _is_loopback(host):
            return None
        return (
            "beyond loopback, where everybody on the network could read passwords and pictures: set "
            "tls_certificate and tls_key, or trusted_proxies, when a proxy in front of us speaks TLS, or "
            "allow_plain_http = true, if that is what you want"
        )


@frozen
class Data:
    """Where everything is kept that has to outlive a restart."""

    dir: str = _setting("", _path, _plain, option="--data-dir")

    @property
    def directory(self) -> Path:
        """As set, else the platform's user data directory."""
        return _place(self.dir) or platformdirs.user_data_path("socstream", appauthor=False)


@frozen
class Store:
    """Where the master key is, which the passwords of cameras are encrypted with."""

    key_file: str = _setting("", _path)
    credentials_dir: str = _setting("", _path, also="CREDENTIALS_DIRECTORY")

    @property
    def key(self) -> Path:
        """The file of the key: systemd's credential when there is one, else as set, else the user's own."""
        credentials = _place(self.credentials_dir)
        if credentials is not None and (credentials / _KEY).exists():
            return credentials / _KEY
        return _place(self.key_file) or platformdirs.user_config_path("socstream", appauthor=False) / _KEY


@frozen
class Streams:
    """Where the streams are written, and how they are kept alive. Times in seconds."""

    dir: str = _setting("", _path, _plain, also="HLS_STREAM_DIR")
    manifest_wait_timeout: float = _setting(15.0, _seconds, also="HLS_MANIFEST_WAIT_TIMEOUT")
    held_requests_per_client: int = _setting(3, _between(1, 100))
    backoff_initial: float = _setting(1.0, _seconds, also="HLS_RESTART_BACKOFF_SECONDS")
    backoff_maximum: float = _setting(30.0, _seconds)
    stable_after: float = _setting(10.0, _seconds)
    spawns_per_second: float = _setting(20.0, _between(0.1, 1000))
    segment_seconds: float = _setting(0.9, _between(0.1, 10))
    low_room_percent: float = _setting(15.0, _between(0, 90))
    low_room_mebibytes: int = _setting(200, _between(0, 1_000_000))

    @property
    def directory(self) -> Path | None:
        """As set; None: to be chosen by ourselves."""
        return _place(self.dir)

    def __attrs_post_init__(self) -> None:
        if self.backoff_maximum < self.backoff_initial:
            raise ValueError("has a backoff_maximum below its backoff_initial (HLS_RESTART_BACKOFF_SECONDS)")


@frozen
class FFmpeg:
    """Which FFmpeg runs."""

    path: str = _setting("", _path, also="SOCSTREAM_FFMPEG")

    @property
    def override(self) -> Path | None:
        """As set; None: to be found by ourselves."""
        return _place(self.path)


@frozen
class CameraRules:
    """What cameras may be."""

    allow_loopback: bool = _setting(False, also="SOCSTREAM_ALLOW_LOOPBACK_CAMERAS")
    allowed_networks: tuple[str, ...] = _setting((), _networks)
    tls_verify: bool = _setting(True)

    @property
    def networks(self) -> tuple[IPNetwork, ...]:
        """The allowed networks; empty: all."""
        return tuple(map(ipaddress.ip_network, self.allowed_networks))


@frozen
class Gateway:
    """Who makes the HLS of cameras whose source is not RTSP."""

    base_url: str = _setting("", _gateway, also="HLS_GATEWAY_BASE_URL")
    via_proxy: bool = _setting(True, also="USE_HLS_VIA_BACKEND_PROXY")

    @property
    def url(self) -> URL | None:
        """As set; None: nobody."""
        return URL(self.base_url) if self.base_url else None


@frozen
class Alerts:
    """What deserves a person's attention. Times in seconds."""

    hold_off: float = _setting(10.0, _between(0, 86400))


@frozen
class Access:
    """Who gets in, and for how long. Secrets that come from outside are empty when there are none."""

    hardware_ingest_key: str = _setting("", also="HARDWARE_INGEST_KEY", secret=True)
    admin_password: str = _setting("", _password, also="SOCSTREAM_ADMIN_PASSWORD", secret=True)
    access_token_lifetime: float = _setting(900.0, _between(60, 86400))
    refresh_lifetime: float = _setting(30 * 86400.0, _between(3600, _YEAR))
    session_lifetime: float = _setting(30 * 86400.0, _between(3600, _YEAR))

    def __attrs_post_init__(self) -> None:
        if self.refresh_lifetime < self.access_token_lifetime:
            raise ValueError("has a refresh_lifetime below its access_token_lifetime")


@frozen
class Audit:
    """How long it is remembered who did what."""

    keep_days: int = _setting(90, _between(1, 3650))


@frozen
class Ops:
    """Who looks after this server."""

    dead_man: float = _setting(15.0, _zero_or(2, 3600))
    metrics_from: tuple[str, ...] = _setting((), _networks)

    @property
    def scrapers(self) -> tuple[IPNetwork, ...]:
        """Who may read the metrics without a token."""
        return tuple(map(ipaddress.ip_network, self.metrics_from))


@frozen
class Log:
    """What is told on standard error."""

    level: str = _setting("info", _one_of("debug", "info", "warning", "error"))
    format: str = _setting("text", _one_of("text", "json"))
    repeats_per_minute: int = _setting(10, _between(0, 1_000_000))


@frozen
class Config:
    """Every setting, by section."""

    server: Server = Server()
    data: Data = Data()
    store: Store = Store()
    streams: Streams = Streams()
    ffmpeg: FFmpeg = FFmpeg()
    cameras: CameraRules = CameraRules()
    gateway: Gateway = Gateway()
    alerts: Alerts = Alerts()
    access: Access = Access()
    audit: Audit = Audit()
    ops: Ops = Ops()
    log: Log = Log()
