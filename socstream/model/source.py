"""Where a camera's pictures come from: one URL, checked and rebuilt, its credentials kept apart."""

import ipaddress
import re
from urllib.parse import quote, unquote

from attrs import evolve, field, frozen
from yarl import URL

from socstream.model.errors import FieldError, InvalidInput

LONGEST_URL = 2048

LONGEST_USER_INFO = 127
"""Characters of user and password in a URL. FFmpeg cuts the rest off, and a camera locks us out for it."""

_SCHEMES = ("rtsp", "rtsps", "http", "https")
_DEFAULT_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
# Printable ASCII without space, quotes, backslash, angle brackets and "#": nothing that a shell, a log,
# an ffconcat script or a page could take for more than a letter of a URL.
_ALLOWED = re.compile(r"[!$%&()*+,\-./0-9:;=?@A-Z\[\]_a-z~{}|^]+")
_AUTHORITY = re.compile(r"(?i:[a-z]+)://([^/?]*)")
_HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(:[0-9]+)?")
_HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?", re.IGNORECASE)
# A last label of digits or 0x… is an IPv4 address to a resolver, whatever it looks like to a reader.
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)


@frozen
class Credentials:
    """User and password for the camera, as typed (not percent-encoded). The password never prints."""

    username: str
    password: str = field(repr=False)


@frozen
class Source:
    """A canonical URL without credentials, and the credentials."""

    url: URL
    credentials: Credentials | None = None

    @property
    def is_rtsp(self) -> bool:
        """True when our own FFmpeg pulls it; False when somebody else makes the HLS."""
        return self.url.scheme in ("rtsp", "rtsps")

    @property
    def is_encrypted(self) -> bool:
        """True when TLS carries it."""
        return self.url.scheme in ("rtsps", "https")

    @property
    def host(self) -> str:
        """Name or address, without brackets; a name in the ASCII form that resolvers know."""
        return self.url.raw_host or ""

    @property
    def port(self) -> int:
        """The TCP port, the scheme's own when the URL names none."""
        return self.url.explicit_port or _DEFAULT_PORTS[self.url.scheme]

    def connect_url(self, address: str | None = None) -> str:
        """The URL with credentials, for FFmpeg's stdin only; `address` takes the place of the host name."""
        url = self.url if address is None else self.url.with_host(address)
        if self.credentials is None:
            return str(url)
        return str(url).replace("://", f"://{_user_info(self.credentials)}@", 1)

    def credentials_error(self) -> str | None:
        """Why nobody could tell the camera these credentials as they are; None when FFmpeg, or HTTP, can."""
        if self.credentials is None:
            return None
        text = self.credentials.username + self.credentials.password
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            return "has half a character (a lone surrogate) in the user or the password"
        if not self.is_rtsp:
            return None
        if "\0" in text:
            return "has a NUL character in the user or the password"
        if len(_user_info(self.credentials)) > LONGEST_USER_INFO:
            return f"has a user and password of more than {LONGEST_USER_INFO} characters, percent-encoded"
        return None

    def secrets(self) -> tuple[str, ...]:
        """Texts that must not appear anywhere: the password, as typed and percent-encoded."""
        if self.credentials is None or not self.credentials.password:
            return ()
        password = self.credentials.password
        return tuple({password, quote(password, safe=""), quote(password)})

    def may_lend_to(self, other: "Source") -> bool:
        """True when our password may go to `other`: the same host and port, never from TLS to none."""
        is_same_place = (other.host, other.port) == (self.host, self.port)
        return is_same_place and (other.is_encrypted or not self.is_encrypted)

    def redirected(self, other: "Source") -> "Source":
        """`other` in place of this; it keeps the password when `may_lend_to` says so.

        Credentials of two empty texts ask for none at all.
        """
        if other.credentials == Credentials("", ""):
            return evolve(other, credentials=None)
        if other.credentials is None and self.may_lend_to(other):
            return evolve(other, credentials=self.credentials)
        return other


def parse_source(text: str, credentials: Credentials | None = None, *, name: str = "stream_url") -> Source:
    """The source that `text` describes; InvalidInput naming the field `name`. Explicit credentials win."""

    def wrong(message: str) -> InvalidInput:
        return InvalidInput(FieldError(name, message))

    if not text:
        raise wrong("must not be empty")
    if len(text) > LONGEST_URL:
        raise wrong(f"is longer than {LONGEST_URL} characters")
    if not _ALLOWED.fullmatch(text):
        raise wrong("has a character that no URL may hold (space, quote, control character, “#” …)")
    authority = _AUTHORITY.match(text)
    if authority is None or text[: authority.start(1) - 3].lower() not in _SCHEMES:
        raise wrong("must begin with rtsp://, rtsps://, http:// or https://")
    if authority[1].count("@") > 1:
        raise wrong("holds more than one “@” before the path; write it as %40 in a password")
    try:
        url = URL(text)
        port = url.explicit_port
        # Strictly, as yarl keeps an escape that is no UTF-8, and then it means another password.
        user, password = (unquote(part or "", errors="strict") for part in (url.raw_user, url.raw_password))
    except ValueError as error:
        raise wrong("is not a URL that we can read") from error
    # Digits only: to Python "+80" and "8_0" are numbers, too.
    if port == 0 or not _HOST_AND_PORT.fullmatch(authority[1].rpartition("@")[2]):
        raise wrong("has a port outside 1 to 65535")
    wrong_host = host_error(url.raw_host or "")
    if wrong_host:
        raise wrong(wrong_host)
    if credentials is None and (user or password):
        credentials = Credentials(user, password)
    source = Source(_rebuilt(url), credentials)
    wrong_credentials = source.credentials_error()
    if wrong_credentials:
        raise wrong(wrong_credentials)
    return source


def _rebuilt(url: URL) -> URL:
    """The canonical form without user info."""
    # yarl decodes %27; a quote must not come back to life in an ffconcat script or a page.
    return URL(str(url.with_user(None)).replace("'", "%27"), encoded=True)


def _user_info(credentials: Credentials) -> str:
    return quote(credentials.username, safe="") + ":" + quote(credentials.password, safe="")


def host_error(host: str) -> str | None:
    """What is wrong with a host of a URL, given without brackets; None for a good one."""
    if not host:
        return "has no host"
    if "%" in host:
        return "has an IPv6 zone; use a global or site address"
    if ":" in host:
        return None if _is_address(host) else "has an IPv6 address that cannot be read"
    labels = host.rstrip(".").split(".")
    if _NUMERIC_LABEL.fullmatch(labels[-1]):
        if not _is_address(host):
            return "has an address in a form that is not four plain numbers"
    elif len(host) > 253 or not _HOST_NAME.fullmatch(host):
        return "has a host name with characters that no host name may hold"
    return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
