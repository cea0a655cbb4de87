"""Whose word about a client is believed: that of proxies that we trust, and of nobody left of them."""

import asyncio
from ipaddress import ip_network

import pytest

from socstream.api.forwarded import Hop, Proxies
from tests.api.doorstep import Doorstep, doorstep

OURS = ("127.0.0.1/32", "10.0.0.0/8", "fd00::/8")


async def told(door: Doorstep, headers: list[str]) -> list[str]:
    """Address, scheme and authority as the server understood them, or the status of its refusal."""
    lines = "".join(f"{header}\r\n" for header in headers)
    answer, _ = await door.say(f"GET / HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
    head, _, body = answer.decode().partition("\r\n\r\n")
    return body.removeprefix("{").split()[:3] if " 200 " in head else [head.split()[1]]


NOTHING = ["127.0.0.1", "http", "localhost"]


@pytest.mark.parametrize(
    ("headers", "understood"),
    [
        ([], NOTHING),
        (["X-Forwarded-For: 192.0.2.7"], ["192.0.2.7", "http", "localhost"]),
        (["X-Forwarded-For: 1.2.3.4, 192.0.2.7"], ["192.0.2.7", "http", "localhost"]),
        (["X-Forwarded-For: 1.2.3.4", "X-Forwarded-For: 192.0.2.7"], ["192.0.2.7", "http", "localhost"]),
        (["X-Forwarded-For: 192.0.2.7, 10.1.2.3"], ["192.0.2.7", "http", "localhost"]),
        (["X-Forwarded-For: 1.2.3.4, 192.0.2.7, 10.1.2.3, fd00::1"], ["192.0.2.7", "http", "localhost"]),
        (["X-Forwarded-For: 10.9.9.9, 10.1.2.3"], ["10.9.9.9", "http", "localhost"]),
        (["X-Forwarded-For: 192.0.2.7:51234"], ["192.0.2.7", "http", "localhost"]),
        (["X-Forwarded-For: [2001:db8::7]:51234"], ["2001:db8::7", "http", "localhost"]),
        (["X-Forwarded-For: 2001:DB8::7"], ["2001:db8::7", "http", "localhost"]),
        (["X-Forwarded-For: ::ffff:192.0.2.7"], ["192.0.2.7", "http", "localhost"]),
        (["X-Forwarded-For: 1.2.3.4, unknown"], NOTHING),
        (["X-Forwarded-For: 1.2.3.4, "], NOTHING),
        (["X-Forwarded-For: 999.1.1.1"], NOTHING),
        (["X-Forwarded-For: <script>"], NOTHING),
        (["X-Forwarded-For: " + "1.2.3.4, " * 500 + "192.0.2.7"], ["192.0.2.7", "http", "localhost"]),
        (["X-Forwarded-Proto: https"], ["127.0.0.1", "https", "localhost"]),
        (["X-Forwarded-Proto: http, HTTPS"], ["127.0.0.1", "https", "localhost"]),
        (["X-Forwarded-Proto: gopher"], NOTHING),
        (["X-Forwarded-Host: cams.example:8443"], ["127.0.0.1", "http", "cams.example:8443"]),
        (["X-Forwarded-Host: evil.example"], ["421"]),
        (["X-Forwarded-Host: a b"], ["400"]),
        (["Forwarded: for=192.0.2.7"], ["192.0.2.7", "http", "localhost"]),
        (["Forwarded: For=192.0.2.7;Proto=https;host=cams.example"], ["192.0.2.7", "https", "cams.example"]),
        (['Forwarded: for="[2001:db8::7]:4711"'], ["2001:db8::7", "http", "localhost"]),
        (["Forwarded: for=1.2.3.4, for=192.0.2.7, for=10.1.2.3"], ["192.0.2.7", "http", "localhost"]),
        (["Forwarded: for=_hidden"], NOTHING),
        (['Forwarded: for="1.2.3.4, for=192.0.2.7'], ["192.0.2.7", "http", "localhost"]),
        (["Forwarded: ;;;==,,"], NOTHING),
        (["Forwarded: for=1.2.3.4", "X-Forwarded-For: 192.0.2.7"], NOTHING),
        (["Forwarded: for=192.0.2.7", "X-Forwarded-For: 192.0.2.7"], ["192.0.2.7", "http", "localhost"]),
    ],
)
async def test_what_a_trusted_proxy_tells(headers: list[str], understood: list[str]) -> None:
    async with doorstep(OURS) as door:
        assert await told(door, headers) == understood


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-For: 192.0.2.7",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: cams.example",
        "X-Forwarded-Host: evil.example",
        "Forwarded: for=192.0.2.7;proto=https;host=cams.example",
    ],
)
@pytest.mark.parametrize("proxies", [(), ("10.0.0.0/8",)])
async def test_a_stranger_is_not_believed(header: str, proxies: tuple[str, ...]) -> None:
    async with doorstep(proxies) as door:
        assert await told(door, [header]) == NOTHING


async def test_a_proxy_may_have_more_connections_than_one_address(caplog: pytest.LogCaptureFixture) -> None:
    for proxies, refused in (((), 2), (("127.0.0.0/8",), 0)):
        async with doorstep(proxies) as door:
            held = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(8)]
            await asyncio.sleep(0.2)
            assert sum(reader.at_eof() or reader.exception() is not None for reader, _ in held) == refused
            for _, writer in held:
                writer.close()


def test_what_is_no_address_is_no_proxy() -> None:
    proxies = Proxies([ip_network(network) for network in OURS])
    for text in ("", "localhost", "10.0.0", "unix:", "10.0.0.1/8"):
        assert not proxies.trusts(text)
    assert proxies.trusts("10.255.0.1")
    assert proxies.trusts("::ffff:10.0.0.1")
    assert proxies.client([Hop("10.0.0.1"), Hop("10.0.0.2")]) == Hop("10.0.0.1")
