"""Cameras that somebody else turns into HLS: which URL serves them, and fetching it for those who cannot.

A gateway is below HLS_GATEWAY_BASE_URL and serves every camera at `hls/{camera_id}/`; a source that is an
`.m3u8` itself serves one. What a client sent us about itself never goes there.
"""

import asyncio
import base64
import re
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from attrs import frozen
from yarl import URL

from socstream.model.address import AddressPolicy
from socstream.model.camera import Camera
from socstream.model.errors import SocstreamError
from socstream.model.failure import FailureCode
from socstream.model.source import Source

PLAYLIST_NAME = "index.m3u8"
LARGEST_PLAYLIST = 1024 * 1024
"""Bytes."""

_CONNECT_WITHIN, _SILENCE, _PROBE_WITHIN = 5.0, 10.0, 3.0  # seconds
_MOST_REDIRECTS = 3
_PIECE = 64 * 1024  # bytes
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Each part begins with a letter, a digit or an underscore: no "..", no hidden file, no "//", no "%".
_PART = "[A-Za-z0-9_][A-Za-z0-9_.~=,@+-]{0,127}"
_RELATIVE_NAME = re.compile(rf"(?:{_PART}/){{0,4}}{_PART}")


def relative_name(text: str) -> str | None:
    """`text` when a file below a gateway's playlist could be called so, else None."""
    return text if _RELATIVE_NAME.fullmatch(text) else None


# What it means for a stream that a gateway answers so; any other status makes no sense there.
_REFUSALS = {
    401: FailureCode.UNAUTHORIZED,
    403: FailureCode.FORBIDDEN,
    404: FailureCode.NOT_FOUND,
    503: FailureCode.BUSY,
}


class GatewayUnreachable(SocstreamError):
    """The gateway does not answer, or not with what was asked for; `code` says it for the stream."""

    def __init__(self, text: str, code: FailureCode = FailureCode.UNREACHABLE) -> None:
        super().__init__(text)
        self.code = code


class GatewayRefused(GatewayUnreachable):
    """The gateway answers, with a status that is no success."""

    def __init__(self, status: int) -> None:
        super().__init__(f"The gateway answers {status}.", _REFUSALS.get(status, FailureCode.PROTOCOL))
        self.status = status


class GatewayTimeout(SocstreamError):
    """The gateway took too long."""


@frozen
class GatewayProbe:
    """What came when a camera's playlist was asked for: a status, or a hint why there was none."""

    status_code: int | None = None
    hint: str | None = None


class CheckedResolver(AbstractResolver):
    """Resolves names as another resolver does, without the addresses that the policy refuses.

    `trusted` is the gateway: the administrator named it, it may be this very box.
    """

    def __init__(self, inner: AbstractResolver, policy: AddressPolicy, trusted: URL | None) -> None:
        self._inner = inner
        self._policy = policy
        self._trusted = trusted

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The allowed addresses; OSError when there is none."""
        found = await self._inner.resolve(host, port, family)
        is_trusted = self._trusted is not None and (host, port) == (
            self._trusted.raw_host,
            self._trusted.port,
        )
        allowed = [one for one in found if is_trusted or not self._policy.refusal_of(one["host"], port)]
        if not allowed:
            raise OSError(f"{host} has no address that a camera may have")
        return allowed

    async def close(self) -> None:
        """Close the inner resolver."""
        await self._inner.close()


def open_session(
    base_url: URL | None, policy: AddressPolicy, *, verify_tls: bool = True
) -> aiohttp.ClientSession:
    """A client that keeps no cookies, follows no environment and connects only where cameras may be."""
    resolver = CheckedResolver(aiohttp.DefaultResolver(), policy, base_url)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=resolver, ssl=verify_tls, limit=0, limit_per_host=64),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_WITHIN, sock_read=_SILENCE),
        # What we are asked for is compressed video; undoing a compression would only invite bombs.
        headers={"User-Agent": "socstream", "Accept-Encoding": "identity"},
        auto_decompress=False,
    )


@frozen
class _Upstream:
    """Where a file comes from, and what its server needs to know."""

    url: URL
    headers: Mapping[str, str]


class Gateway:
    """The cameras that no FFmpeg of ours pulls. `session` comes from `open_session`."""

    def __init__(
        self, base_url: URL | None, via_proxy: bool, session: aiohttp.ClientSession, policy: AddressPolicy
    ) -> None:
        self._base_url = base_url
        self._via_proxy = via_proxy
        self._session = session
        self._policy = policy

    def is_direct(self, camera: Camera) -> bool:
        """True when the camera's own source is the playlist, and no gateway is between."""
        source = camera.source
        is_playlist = source.url.path.endswith(".m3u8") and not source.is_rtsp
        return is_playlist and not self._is_below_base(source.url)

    def public_url(self, camera: Camera) -> str | None:
        """The URL at which players find the camera without us; None when they come to us."""
        if camera.source.is_rtsp:
            return None
        if self.is_direct(camera):
            return str(camera.source.url)
        if self._via_proxy or self._base_url is None:
            return None
        return str(self._base_url / "hls" / camera.camera_id / PLAYLIST_NAME)

    @asynccontextmanager
    async def open(
        self, camera: Camera, name: str, *, query: str = "", headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer for one file, its body still to be read; `name` has passed `relative_name`.

        GatewayUnreachable and GatewayTimeout, also while the body is read inside the `async with`.
        """
        upstream = self._upstream(camera, name)
        url = upstream.url.extend_query(query) if query else upstream.url
        try:
            for _ in range(_MOST_REDIRECTS + 1):
                self._check(url)
                # Redirects stay on the host; what listens on another port of it is told no password.
                known = upstream.headers if url.port == upstream.url.port else {}
                async with self._session.get(
                    url, headers={**(headers or {}), **known}, allow_redirects=False
                ) as response:
                    if response.status not in _REDIRECTS:
                        yield response
                        return
                    url = self._redirected(url, response.headers.get("Location", ""))
        except TimeoutError as error:
            raise GatewayTimeout("The gateway took too long to answer.") from error
        except aiohttp.ClientError as error:
            raise GatewayUnreachable("The gateway cannot be reached.", _why(error)) from error
        raise GatewayUnreachable("The gateway redirects without end.", FailureCode.PROTOCOL)

    async def read_playlist(self, camera: Camera, uri: str = "") -> bytes:
        """The camera's playlist, or one that it names by `uri`.

        GatewayRefused, GatewayTimeout, and GatewayUnreachable for all the rest.
        """
        path, _, query = uri.partition("?")
        name = relative_name(path) if uri else PLAYLIST_NAME
        if name is None:
            raise GatewayUnreachable("The gateway's playlist leads elsewhere.", FailureCode.PROTOCOL)
        async with self.open(camera, name, query=query) as response:
            if response.status != 200:
                raise GatewayRefused(response.status)
            body = bytearray()
            async for piece in response.content.iter_chunked(_PIECE):
                body += piece
                if len(body) > LARGEST_PLAYLIST:
                    raise GatewayUnreachable("The gateway's playlist is too large.", FailureCode.PROTOCOL)
            return bytes(body)

    async def probe(self, camera: Camera) -> GatewayProbe:
        """What the gateway says about the camera right now, within 3 s."""
        try:
            async with asyncio.timeout(_PROBE_WITHIN), self.open(camera, PLAYLIST_NAME) as response:
                return GatewayProbe(status_code=response.status)
        except (GatewayUnreachable, GatewayTimeout) as error:
            return GatewayProbe(hint=str(error))
        except TimeoutError:
            return GatewayProbe(hint=f"The gateway did not answer within {_PROBE_WITHIN:.0f} s.")

    def _upstream(self, camera: Camera, name: str) -> _Upstream:
        source = camera.source
        if self.is_direct(camera):
            url = source.url if name == PLAYLIST_NAME else source.url.join(URL(name))
            return _Upstream(url, _authorization(source))
        if self._base_url is None:
            raise GatewayUnreachable(
                "No HLS gateway is configured (HLS_GATEWAY_BASE_URL).", FailureCode.MISCONFIGURED
            )
        url = self._base_url.joinpath("hls", camera.camera_id, *name.split("/"))
        # Credentials of another host are none of the gateway's business.
        return _Upstream(url, _authorization(source) if self._is_below_base(source.url) else {})

    def _is_below_base(self, url: URL) -> bool:
        base = self._base_url
        if base is None or url.origin() != base.origin():
            return False
        return url.path == base.path or url.path.startswith(base.path.rstrip("/") + "/")

    def _check(self, url: URL) -> None:
        is_gateway = self._base_url is not None and url.origin() == self._base_url.origin()
        refusal = None if is_gateway else self._policy.refusal_of(url.host or "", url.port or 0)
        if refusal:
            raise GatewayUnreachable(f"The camera's address {refusal}.", FailureCode.MISCONFIGURED)

    @staticmethod
    def _redirected(url: URL, location: str) -> URL:
        try:
            target = url.join(URL(location))
        except ValueError:
            target = URL()
        if target.host != url.host or target.scheme not in (url.scheme, "https"):
            raise GatewayUnreachable("The gateway redirects to another host.", FailureCode.MISCONFIGURED)
        return target


def _authorization(source: Source) -> Mapping[str, str]:
    if source.credentials is None:
        return {}
    pair = f"{source.credentials.username}:{source.credentials.password}".encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode()}


def _why(error: aiohttp.ClientError) -> FailureCode:
    """The failure of a connection that did not come about, or broke."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return FailureCode.DNS
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, ConnectionRefusedError):
        return FailureCode.REFUSED
    if isinstance(error, aiohttp.ClientConnectorError):
        return FailureCode.UNREACHABLE
    return FailureCode.PROTOCOL
