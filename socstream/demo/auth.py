"""Basic and Digest authentication, really checked."""

import base64
import hashlib
import hmac
import re
import secrets
from typing import Literal

Scheme = Literal["basic", "digest", "digest-qop"]
REALM = "virtual camera"
BASIC_CHALLENGE = f'Basic realm="{REALM}"'


class Guard:
    """Knows the one user of a camera and asks for its password; never tells it.

    `digest` is RFC 2069 (no qop), `digest-qop` offers qop="auth" and takes either kind of answer.
    """

    def __init__(self, credentials: tuple[str, str], scheme: Scheme) -> None:
        self._user, self._password = credentials
        self._scheme = scheme
        self._nonce = secrets.token_hex(16)

    def challenge(self) -> str:
        """The value of WWW-Authenticate."""
        if self._scheme == "basic":
            return BASIC_CHALLENGE
        qop = ', qop="auth"' if self._scheme == "digest-qop" else ""
        return f'Digest realm="{REALM}", nonce="{self._nonce}"{qop}'

    def admits(self, authorization: str, method: str, url: str) -> bool:
        """Whether the value of an Authorization header opens the door for this request."""
        scheme, _, rest = authorization.partition(" ")
        if self._scheme == "basic":
            expected = base64.b64encode(f"{self._user}:{self._password}".encode()).decode()
            return scheme.lower() == "basic" and _same(rest.strip(), expected)
        if scheme.lower() != "digest":
            return False
        found = re.findall(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))', rest)
        fields = {name.lower(): quoted or bare for name, quoted, bare in found}
        return _same(fields.get("response", ""), self._response(fields, method, url))

    def _response(self, fields: dict[str, str], method: str, url: str) -> str:
        secret = _md5(f"{self._user}:{REALM}:{self._password}")
        request = _md5(f"{method}:{url}")
        if fields.get("qop") == "auth" and self._scheme == "digest-qop":
            once = f"{fields.get('nc', '')}:{fields.get('cnonce', '')}:auth"
            return _md5(f"{secret}:{self._nonce}:{once}:{request}")
        return _md5(f"{secret}:{self._nonce}:{request}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
