"""From names to addresses: on every look-up the policy is asked again."""

import asyncio
import ipaddress
import socket

import pytest

from socstream.model.address import AddressPolicy
from socstream.model.failure import FailureCode
from socstream.model.source import parse_source
from socstream.supervision.address import NoAddress, OwnListener, Resolver, takes_connections

STRICT, LENIENT = Resolver(AddressPolicy()), Resolver(AddressPolicy(allow_loopback=True))


@pytest.mark.parametrize(("host", "address"), [("192.0.2.7", "192.0.2.7"), ("[2001:DB8::7]", "2001:db8::7")])
async def test_an_address_is_its_own(host: str, address: str) -> None:
    assert await STRICT.address_of(parse_source(f"rtsp://{host}/")) == address


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"])
async def test_a_refused_address_is_misconfigured(host: str) -> None:
    with pytest.raises(NoAddress) as caught:
        await STRICT.address_of(parse_source(f"rtsp://u:s3cret@{host}/"))
    assert caught.value.failure.code is FailureCode.MISCONFIGURED
    assert "s3cret" not in str(caught.value)


async def test_a_name_that_leads_to_us_is_refused_when_it_is_resolved() -> None:
    with pytest.raises(NoAddress) as caught:
        await STRICT.address_of(parse_source("rtsp://localhost/"))
    assert caught.value.failure.code is FailureCode.MISCONFIGURED


def answering(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """From now on every name has these addresses."""

    async def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)


async def test_a_name_is_judged_at_every_start_by_what_it_means_then(monkeypatch: pytest.MonkeyPatch) -> None:
    source = parse_source("rtsp://cam.example/live")
    answering(monkeypatch, "192.0.2.7")
    assert await STRICT.address_of(source) == "192.0.2.7"
    for rebound in ("127.0.0.1", "169.254.169.254", "224.0.0.1", "::ffff:127.0.0.1", "2002:7f00:1::"):
        answering(monkeypatch, rebound)
        with pytest.raises(NoAddress) as caught:
            await STRICT.address_of(source)
        assert caught.value.failure.code is FailureCode.MISCONFIGURED
    answering(monkeypatch, "127.0.0.1", "192.0.2.8")
    assert await STRICT.address_of(source) == "192.0.2.8"


async def test_a_name_outside_of_the_allowed_networks_is_misconfigured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolver = Resolver(AddressPolicy(allowed_networks=(ipaddress.ip_network("192.0.2.0/24"),)))
    answering(monkeypatch, "198.51.100.7")
    with pytest.raises(NoAddress, match="outside of the networks"):
        await resolver.address_of(parse_source("rtsp://cam.example/live"))


async def test_a_stored_port_of_another_service_is_misconfigured() -> None:
    with pytest.raises(NoAddress, match="6379"):
        await STRICT.address_of(parse_source("rtsp://192.0.2.7:6379/"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.7.7.7", "[::ffff:127.0.0.1]", "localhost"])
async def test_our_own_listener_is_no_camera_by_any_address(host: str) -> None:
    own = OwnListener(0)
    resolver = Resolver(AddressPolicy(allow_loopback=True, is_ours=own))
    source = parse_source(f"rtsp://{host}:8321/live")
    assert await resolver.address_of(source)
    own.port = 8321
    with pytest.raises(NoAddress, match="this server itself listens"):
        await resolver.address_of(source)
    assert await resolver.address_of(parse_source("rtsp://192.0.2.7:8321/live")) == "192.0.2.7"


async def test_a_name_is_resolved_to_one_address() -> None:
    assert await LENIENT.address_of(parse_source("rtsp://localhost/")) in ("127.0.0.1", "::1")


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 63 + "." + "b" * 63 + ".invalid"])
async def test_a_name_that_nobody_knows_is_a_failure_of_dns(host: str) -> None:
    with pytest.raises(NoAddress) as caught:
        await STRICT.address_of(parse_source(f"rtsp://{host}/"))
    assert caught.value.failure.code is FailureCode.DNS
    assert host in caught.value.failure.detail


async def test_a_listening_port_takes_connections_and_is_told_nothing() -> None:
    heard: list[bytes] = []
    hung_up = asyncio.Event()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heard.append(await reader.read())
        except ConnectionError:
            heard.append(b"")
        writer.close()
        hung_up.set()

    async with await asyncio.start_server(hear, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await takes_connections("127.0.0.1", port)
        await hung_up.wait()
    assert heard == [b""]


async def test_a_closed_port_takes_none() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert not await takes_connections("127.0.0.1", taken.getsockname()[1])


async def test_a_host_that_does_not_answer_is_given_one_second() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = []
        for _ in range(4):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(full.getsockname())
        began = asyncio.get_running_loop().time()
        assert not await takes_connections("127.0.0.1", full.getsockname()[1])
        assert asyncio.get_running_loop().time() - began < 2.0
        for each in waiting:
            each.close()
