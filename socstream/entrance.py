"""The entrance, wired: accounts, the listening socket, and what no log may tell, as `app` starts them."""

import socket
import ssl
from collections.abc import Sequence
from contextlib import AsyncExitStack

from aiohttp import web
from attrs import frozen

from socstream.access.accounts import Accounts
from socstream.access.first import first_admin
from socstream.access.passwords import Passwords
from socstream.access.register import Lifetimes
from socstream.api.forwarded import Proxies
from socstream.api.guard import Guard, Limits
from socstream.api.listener import listening, room_for
from socstream.api.tls import Certificate
from socstream.background import in_background
from socstream.cameras import Cameras
from socstream.clock import SystemClock
from socstream.config import Config
from socstream.config.sections import Server
from socstream.logs import hiding
from socstream.model.camera import Camera
from socstream.model.errors import CameraNotFound, ConfigError
from socstream.redaction import Secrets
from socstream.store.accounts import AccountStore
from socstream.store.database import Database

_SHUTDOWN = 2.0
"""Seconds that answers under way get when the server stops."""


async def make_accounts(config: Config, database: Database, stack: AsyncExitStack) -> Accounts:
    """Who may come in, the first administrator made if need be; StoreUnavailable, OSError."""
    access = config.access
    lifetimes = Lifetimes(access.access_token_lifetime, access.refresh_lifetime, access.session_lifetime)
    passwords = Passwords()
    stack.callback(passwords.close)
    accounts = Accounts(AccountStore(database), passwords, SystemClock(), lifetimes)
    await accounts.load()
    await first_admin(accounts, config.data.directory, access.admin_password)
    await stack.enter_async_context(in_background(accounts.run(), "accounts"))
    return accounts


def hide_secrets(config: Config, cameras: Cameras, stack: AsyncExitStack) -> None:
    """Whatever is logged from now on holds none of the secrets that we know."""
    secrets = Secrets()
    secrets.keep("settings", (config.access.hardware_ingest_key, config.access.admin_password))

    def camera_changed(camera_id: str, camera: Camera | None) -> None:
        secrets.keep(camera_id, () if camera is None else camera.source.secrets())

    def name_of(camera_id: str) -> str | None:
        try:
            return cameras.get(camera_id).name
        except CameraNotFound:
            return None

    for camera in cameras.all():
        camera_changed(camera.camera_id, camera)
    cameras.listen(camera_changed)
    stack.enter_context(hiding(secrets, name_of))


@frozen
class Door:
    """Who lets connections in, and who is let in for many."""

    guard: Guard
    proxies: Proxies

    def adjust(self, config: Config) -> None:
        """By these settings from now on; whoever is in stays."""
        self.guard.limits = _limits(config.server)
        self.proxies.networks.become(config.server.proxies)


def make_door(config: Config) -> Door:
    """As the settings say."""
    proxies = Proxies(config.server.proxies)
    return Door(Guard(_limits(config.server), SystemClock(), proxies.trusts), proxies)


def _limits(server: Server) -> Limits:
    return Limits(
        server.idle_timeout,
        server.answer_timeout,
        room_for(server.max_connections),
        server.max_connections_per_address,
    )


async def listen(
    config: Config, app: web.Application, door: Door, given: Sequence[socket.socket], stack: AsyncExitStack
) -> str:
    """Accept connections, at `given` sockets if there are any; the URL at which.

    Raises ConfigError for a certificate that is no good, and for a socket at which we may not listen.
    """
    server = config.server
    _check(server, given)
    guard = door.guard
    await stack.enter_async_context(in_background(guard.run(), "the guard of the listener"))
    tls = await _certificate(config, stack)
    host, port = await stack.enter_async_context(
        listening(
            app,
            guard,
            server.host,
            server.port,
            shutdown_timeout=_SHUTDOWN,
            tls=tls,
            given=given,
            fast_path=server.fast_path,
        )
    )
    scheme = "http" if tls is None else "https"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _check(server: Server, given: Sequence[socket.socket]) -> None:
    for sock in given:
        if sock.family not in (socket.AF_INET, socket.AF_INET6) or sock.type is not socket.SOCK_STREAM:
            raise ConfigError("the service manager gave us a socket that is not for TCP")
        refusal = server.refusal_of(sock.getsockname()[0])
        if refusal is not None:
            raise ConfigError(f"the service manager gave us a socket {refusal}")


async def _certificate(config: Config, stack: AsyncExitStack) -> ssl.SSLContext | None:
    """The newest of the files, at any time; None: nobody wants TLS."""
    files = config.server.tls_files
    if files is None:
        return None
    certificate = Certificate(*files, SystemClock())
    context = await certificate.load()
    await stack.enter_async_context(in_background(certificate.run(), "the watch of the certificate"))
    return context
