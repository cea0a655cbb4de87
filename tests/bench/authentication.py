"""What it costs a hot request to be let in: the time that the authentication takes, by each kind of proof.

The real middleware, accounts in a real database, and requests that the route table resolved. Each request is
met once, as in life: aiohttp keeps what it has parsed of one.
"""

import argparse
import asyncio
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

from aiohttp import hdrs, web
from aiohttp.test_utils import make_mocked_request
from aiohttp.typedefs import Handler
from attrs import frozen

from socstream.access.accounts import Accounts
from socstream.access.grants import Grants
from socstream.access.passwords import Passwords
from socstream.api import routes
from socstream.api.authentication import Authentication
from socstream.api.networks import Networks
from socstream.clock import SystemClock
from socstream.model.account import Role, UserDraft
from socstream.model.session import TokenDraft
from socstream.store.accounts import AccountStore
from socstream.store.database import Database
from tests.bench.machine import Others, description, load_average
from tests.bench.report import Figure, Section, write

GOAL = 1500.0
"""Nanoseconds."""

_REQUESTS = 5000
_USERS = 200
"""Each with an API token: what is looked up is one of many."""

_CAMERA = "00000000-0000-4000-8000-000000000001"
_MEDIA = f"/api/security-operations/cameras/{_CAMERA}/hls/1.m4s"
_PASSWORD = "nobody logs in with it"


@frozen
class Kind:
    """How a client proves who it is."""

    name: str
    path: str
    header: tuple[str, str] | None = None


class _Transport(asyncio.Transport):
    """A connection without TLS, as quick to tell so as a real one."""


@frozen
class Entrance:
    """The middleware, the routes that it knows, and clients that it lets in."""

    enter: Handler
    app: web.Application
    kinds: tuple[Kind, ...]

    async def request(self, kind: Kind) -> web.Request:
        """A request that has come to its route."""
        headers: list[tuple[str, str]] = [
            (hdrs.HOST, "localhost:8000"),
            (hdrs.USER_AGENT, "Mozilla/5.0"),
            (hdrs.ACCEPT, "*/*"),
        ]
        if kind.header is not None:
            headers.append(kind.header)
        transport = _Transport()
        protocol = SimpleNamespace(peername=("127.0.0.1", 1), sockname=("127.0.0.1", 2), ssl_context=None)
        request = make_mocked_request(
            hdrs.METH_GET, kind.path, headers, app=self.app, transport=transport, protocol=protocol
        )
        request._match_info = await self.app.router.resolve(request)  # as aiohttp does before middlewares
        return request


async def measure(rounds: int) -> Section:
    """Do it; takes a few seconds."""
    others, load_before = Others(), load_average()
    with tempfile.TemporaryDirectory(prefix="socstream-bench-") as scratch:
        async with _entrance(Path(scratch)) as entrance:
            figures = [await _figure(entrance, kind, rounds) for kind in entrance.kinds]
    conditions = (
        description("not used"),
        f"busy with other work meanwhile: {100 * others.share():.0f} % of all cores; "
        f"load average {load_before} before, {load_average()} after",
        f"{rounds} rounds of {_REQUESTS} requests; {_USERS} users with an API token each",
        "CPU time for each request beyond that of a middleware that only passes it on: "
        "median of the rounds (least…most)",
    )
    return Section("authentication", conditions, tuple(figures))


async def _figure(entrance: Entrance, kind: Kind, rounds: int) -> Figure:
    model = await entrance.request(kind)
    costs = []
    for _ in range(rounds + 1):
        idle = await _nanoseconds(_pass_on, model)
        costs.append(await _nanoseconds(entrance.enter, model) - idle)
    costs = costs[1:]  # caches fill in the first one
    median = statistics.median(costs)
    ours = f"{median:.0f} ({min(costs):.0f}…{max(costs):.0f})"
    return Figure(f"{kind.name}, ns", ours, goal=f"≤ {GOAL:.0f}", met=median <= GOAL)


async def _nanoseconds(enter: Handler, model: web.Request) -> float:
    """CPU time for each of many requests like this one."""
    requests = [model.clone() for _ in range(_REQUESTS)]
    gc.collect()
    gc.disable()
    try:
        began = time.thread_time_ns()
        for request in requests:
            await enter(request)
        return (time.thread_time_ns() - began) / _REQUESTS
    finally:
        gc.enable()


_ANSWER = web.Response()


async def _handler(request: web.Request) -> web.StreamResponse:
    return _ANSWER


async def _pass_on(request: web.Request) -> web.StreamResponse:
    """A middleware that does nothing."""
    return await _handler(request)


@asynccontextmanager
async def _entrance(scratch: Path) -> AsyncIterator[Entrance]:
    passwords = Passwords()
    clock = SystemClock()
    try:
        async with Database.open(scratch / "socstream.db") as database:
            accounts = Accounts(AccountStore(database), passwords, clock)
            await accounts.load()
            grants = Grants(b"a key of this program", accounts.alive, clock)
            authentication = Authentication(accounts, grants, "", Networks())
            app = web.Application()
            served = {
                app.router.add_route(route.method, route.path, route.handler): route for route in routes.ALL
            }
            middleware = authentication.middleware(served)

            async def enter(request: web.Request) -> web.StreamResponse:
                return await middleware(request, _handler)

            yield Entrance(enter, app, await _kinds(accounts, grants))
    finally:
        passwords.close()


async def _kinds(accounts: Accounts, grants: Grants) -> tuple[Kind, ...]:
    """Everybody's proof, taken from users in the middle of many."""
    texts = []
    for number in range(_USERS):
        user = await accounts.add_user(UserDraft(f"user {number}", _PASSWORD, roles=(Role.OPERATOR,)))
        _, text = await accounts.add_token(TokenDraft("bench", Role.VIEWER, None, None), user)
        texts.append(text)
    token = texts[_USERS // 2]
    caller = accounts.caller(token)
    assert caller is not None
    access = (await accounts.log_in("user 7", _PASSWORD, "127.0.0.1")).access_token
    page = (await accounts.open_session("user 7", _PASSWORD, "127.0.0.1")).cookie
    granted = f"/m/{grants.token(caller, _CAMERA)}/{_CAMERA}/1.m4s"
    return (
        Kind("access token", _MEDIA, (hdrs.AUTHORIZATION, f"Bearer {access}")),
        Kind("API token", _MEDIA, (hdrs.AUTHORIZATION, f"Bearer {token}")),
        Kind("cookie of the page", _MEDIA, (hdrs.COOKIE, f"socstream_session={page}")),
        Kind("grant in the path", granted),
        Kind("nobody, at an open route", "/healthz"),
    )


async def _main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.authentication", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="of each kind (%(default)s)")
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    asked = parser.parse_args(words)
    section = await measure(asked.rounds)
    print(section.render())
    if asked.write:
        write(section)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1:]))
