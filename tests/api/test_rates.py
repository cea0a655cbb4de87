"""How often one may ask: a budget for everybody who asks, none for media, and memory for all of them."""

import sys

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Handler

from socstream.api.errors import error_middleware
from socstream.api.identity import CALLER, NotAuthenticated
from socstream.api.rates import Rates, TooManyRequests, network_of
from socstream.model.account import Caller, CallerKind, Level
from tests.api.rig import CAMERAS, FakeClock


def allowed(rates: Rates, key: str, times: int) -> int:
    """How many of so many requests at once were let through."""
    through = 0
    for _ in range(times):
        try:
            rates.charge(key)
        except TooManyRequests:
            continue
        through += 1
    return through


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_a_burst_and_then_so_many_a_second(clock: FakeClock) -> None:
    rates = Rates(100, 1000, clock)
    assert allowed(rates, "ann", 3000) == 1000
    assert allowed(rates, "bob", 10) == 10, "another one's budget is his own"
    clock.advance(1.0)
    assert allowed(rates, "ann", 3000) == 100
    for _ in range(40):
        clock.advance(0.25)
        assert allowed(rates, "ann", 100) in (24, 25, 26)


def test_who_waits_has_his_whole_burst_again(clock: FakeClock) -> None:
    rates = Rates(100, 1000, clock)
    allowed(rates, "ann", 1000)
    clock.advance(10.1)
    assert allowed(rates, "ann", 3000) == 1000


def test_refused_requests_cost_nothing_and_are_told_when_to_come_again(clock: FakeClock) -> None:
    rates = Rates(0.5, 2, clock)
    assert allowed(rates, "ann", 1000) == 2
    with pytest.raises(TooManyRequests) as refused:
        rates.charge("ann")
    assert refused.value.retry_after == 2
    clock.advance(2)
    rates.charge("ann")


def test_a_debt_outlives_the_turn_of_the_generations(clock: FakeClock) -> None:
    rates = Rates(1, 10, clock)
    clock.advance(9.5)
    assert allowed(rates, "ann", 100) == 10
    clock.advance(1.0)
    assert allowed(rates, "ann", 100) == 1
    clock.advance(10.0)
    assert allowed(rates, "ann", 100) == 10


def test_a_million_addresses_cost_bounded_memory(clock: FakeClock) -> None:
    rates = Rates(100, 1000, clock)
    for number in range(200_000):
        rates.charge(f"a{number}")
    kept = rates._young, rates._old
    assert sum(map(len, kept)) <= 20_000
    assert sum(map(sys.getsizeof, kept)) < 2_000_000


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::1", "2001:db8::/64"),
        ("2001:db8:0:1::7", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("nonsense::x", "nonsense::x"),
        ("", ""),
    ],
)
def test_of_ipv6_the_network_counts(address: str, key: str) -> None:
    assert network_of(address) == key


async def test_over_http_it_is_429_with_a_time_also_for_those_who_are_refused(clock: FakeClock) -> None:
    rates = Rates(0.5, 3, clock)

    @web.middleware
    async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path == "/closed":
            raise NotAuthenticated
        if name := request.headers.get("Authorization"):
            request[CALLER] = Caller(CallerKind.PROGRAM, name, None, name, Level.VIEWER, None)
        return await handler(request)

    async def answer(request: web.Request) -> web.Response:
        return web.Response()

    app = web.Application(
        middlewares=[error_middleware, rates.outer_middleware(), authenticate, rates.middleware()]
    )
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestClient(TestServer(app)) as client:

        async def statuses(method: str, path: str, name: str = "") -> list[int]:
            headers = {"Authorization": name} if name else {}
            return [(await client.request(method, path, headers=headers)).status for _ in range(4)]

        assert await statuses("GET", "/closed") == [401, 401, 401, 429]
        assert await statuses("GET", "/open") == [429] * 4, "by the same address"
        assert await statuses("GET", "/open", "ann") == [200, 200, 200, 429]
        assert await statuses("POST", f"{CAMERAS}/x/hls/1.m4s", "bob") == [200, 200, 200, 429]
        assert await statuses("GET", "/open?/hls/", "bob") == [429] * 4
        for path in ("/healthz", "/assets/x.js", "/m/grant/x/index.m3u8"):
            assert await statuses("GET", path, "bob") == [200] * 4
        for path in ("last-image", "hls/index.m3u8", "hls/1.m4s"):
            assert await statuses("GET", f"{CAMERAS}/x/{path}", "bob") == [200] * 4
        refused = await client.get("/open", headers={"Authorization": "ann"})
        assert refused.headers["Retry-After"] == "2"
        assert (await refused.json())["code"] == "too_many_requests"
        clock.advance(2)
        assert await statuses("GET", "/open", "ann") == [200, 429, 429, 429]
