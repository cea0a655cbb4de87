"""Where a camera may be, and where no camera is."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from socstream.model.address import OTHER_SERVICES, AddressPolicy, IPAddress
from socstream.model.source import parse_source

REFUSED = (
    *("127.0.0.1", "127.8.8.8", "::1"),
    *("0.0.0.0", "0.1.2.3", "::", "169.254.169.254", "fe80::1", "febf::1", "fe80::1%eth0"),
    *("224.0.0.1", "239.1.2.3", "ff02::1", "ff0e::1", "255.255.255.255", "240.0.0.1"),
    *("fd00:ec2::254", "100.100.100.200", "168.63.129.16"),
)
HIDDEN = {
    "::ffff:127.0.0.1": "IPv4-mapped loopback",
    "::ffff:169.254.169.254": "IPv4-mapped link-local",
    "::ffff:224.0.0.1": "IPv4-mapped multicast",
    "::ffff:0.0.0.0": "IPv4-mapped unspecified",
    "::ffff:255.255.255.255": "IPv4-mapped broadcast",
    "::ffff:100.100.100.200": "IPv4-mapped metadata",
    "::127.0.0.1": "IPv4-compatible loopback",
    "2002:7f00:1::": "6to4 of 127.0.0.1",
    "2002:a9fe:a9fe::1": "6to4 of 169.254.169.254",
    "64:ff9b::7f00:1": "NAT64 of 127.0.0.1",
    "64:ff9b::169.254.169.254": "NAT64 of 169.254.169.254",
    "64:ff9b:1::c000:207": "local NAT64",
    "2001:0:7f00:1::1": "Teredo with a server 127.0.0.1",
    "2001:0:c000:207:0:0:80ff:fffe": "Teredo of a client 127.0.0.1",
}
FINE = (
    *("192.0.2.7", "10.1.2.3", "172.16.0.9", "192.168.1.9", "100.64.0.1", "2001:db8::7", "fd00::7"),
    *("::ffff:192.0.2.7", "64:ff9b::192.0.2.7", "2002:c000:207::1"),
)


def ip(text: str) -> IPAddress:
    return ipaddress.ip_address(text)


@pytest.mark.parametrize("address", [*REFUSED, *HIDDEN])
def test_an_address_that_is_no_cameras_is_refused(address: str) -> None:
    assert AddressPolicy().refusal(ip(address), 554)
    assert AddressPolicy().refusal_of(address, 554)


@pytest.mark.parametrize("address", FINE)
def test_an_address_on_a_camera_network_is_fine(address: str) -> None:
    assert AddressPolicy().refusal(ip(address), 554) is None
    assert AddressPolicy().refusal_of(address, 554) is None


def test_other_networks_count_for_whoever_asks_next() -> None:
    policy = AddressPolicy()
    assert policy.refusal(ip("192.0.2.7"), 554) is None
    policy.allowed_networks = (ipaddress.ip_network("198.51.100.0/24"),)
    assert policy.refusal(ip("192.0.2.7"), 554) == "is outside of the networks that cameras may be in"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "localhost", "a.localhost"])
def test_loopback_is_allowed_only_to_those_who_ask_for_it(host: str) -> None:
    assert AddressPolicy(allow_loopback=True).refusal_of(host, 554) is None
    assert AddressPolicy().refusal_of(host, 554)


@pytest.mark.parametrize("host", ["169.254.169.254", "0.0.0.0", "224.0.0.1"])
def test_allowing_loopback_allows_nothing_else(host: str) -> None:
    assert AddressPolicy(allow_loopback=True).refusal_of(host, 554)


@pytest.mark.parametrize("host", ["LOCALHOST", "localhost.", "cam.localhost", "cam.LOCALHOST."])
def test_our_own_name_is_refused_in_any_spelling(host: str) -> None:
    assert AddressPolicy().refusal_of(host, 554)


def test_a_name_is_judged_when_it_is_resolved() -> None:
    assert AddressPolicy().refusal_of("cam.lan", 554) is None


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7", "cam.lan", "localhost", "127.0.0.1"])
@pytest.mark.parametrize("port", [22, 25, 53, 445, 3306, 5432, 6379, 11211, 27017])
def test_a_port_of_another_service_is_refused_wherever_it_is(host: str, port: int) -> None:
    refusal = AddressPolicy(allow_loopback=True).refusal_of(host, port)
    assert refusal is not None
    assert str(port) in refusal


@pytest.mark.parametrize(
    "port",
    [
        *(80, 81, 88, 322, 443, 554, 555, 1024, 1935, 5000, 5540, 5544, 7070, 7441, 7447, 8000, 8080, 8081),
        *(8443, 8554, 8555, 8888, 8899, 9000, 9554, 10554, 34567, 37777),
    ],
)
def test_ports_that_cameras_are_known_to_use_are_fine(port: int) -> None:
    assert AddressPolicy().refusal_of("192.0.2.7", port) is None


def test_no_port_is_refused_that_a_system_gives_away_by_itself() -> None:
    assert max(OTHER_SERVICES) < 32768  # the virtual cameras of demo and tests have such ones


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("192.0.2.7", True),
        ("192.0.2.255", True),
        ("192.0.3.7", False),
        ("::ffff:192.0.2.7", True),
        ("::ffff:192.0.3.7", False),
        ("2001:db8:5::9", True),
        ("2001:db8:6::9", False),
        ("64:ff9b::192.0.2.7", False),  # who translates it is no camera network
        ("169.254.7.7", False),
    ],
)
def test_only_the_allowed_networks_are_allowed_once_there_are_any(address: str, allowed: bool) -> None:
    networks = tuple(map(ipaddress.ip_network, ("192.0.2.0/24", "2001:db8:5::/48", "169.254.0.0/16")))
    refusal = AddressPolicy(allowed_networks=networks).refusal(ip(address), 554)
    assert (refusal is None) is allowed


def test_loopback_needs_its_own_setting_and_no_network() -> None:
    loopback, other = map(ipaddress.ip_network, ("127.0.0.0/8", "192.0.2.0/24"))
    assert AddressPolicy(allowed_networks=(loopback,)).refusal(ip("127.0.0.1"), 554)
    assert AddressPolicy(allow_loopback=True, allowed_networks=(other,)).refusal(ip("127.0.0.1"), 554) is None


@pytest.mark.parametrize("host", ["192.0.2.7", "::ffff:192.0.2.7"])
def test_where_we_listen_ourselves_there_is_no_camera(host: str) -> None:
    def is_ours(address: IPAddress, port: int) -> bool:
        return (str(address), port) == ("192.0.2.7", 8000)

    policy = AddressPolicy(is_ours=is_ours)
    assert policy.refusal_of(host, 8000)
    assert policy.refusal_of(host, 8001) is None


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:8888/cam", True),
        ("http://127.0.0.1:8888/other/live.m3u8", True),
        ("http://127.0.0.1:8889/cam", False),
        ("https://127.0.0.1:8888/cam", False),
        ("http://127.0.0.2:8888/cam", False),
        ("rtsp://127.0.0.1:8888/cam", False),
        ("http://192.0.2.7/cam", True),
    ],
)
def test_the_gateway_may_be_on_this_box_and_nothing_else_there(url: str, allowed: bool) -> None:
    policy = AddressPolicy(gateway=URL("http://127.0.0.1:8888/hls"))
    assert (policy.refusal_of_source(parse_source(url)) is None) is allowed


private = st.ip_addresses(v=4, network="127.0.0.0/8") | st.ip_addresses(v=4, network="169.254.0.0/16")
ports = st.integers(1, 65535)


@given(private, ports)
def test_no_form_of_a_refused_address_is_a_way_round(address: ipaddress.IPv4Address, port: int) -> None:
    number = int(address)
    forms = (
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80) | 1),
        ipaddress.IPv6Address((0x64FF9B << 96) | number),
        ipaddress.IPv6Address((0x20010000 << 96) | (0xC0000201 << 64) | (number ^ 0xFFFFFFFF)),
    )
    assert all(AddressPolicy().refusal_of(str(form), port) for form in (address, *forms))


@given(st.ip_addresses(), ports)
def test_every_address_is_judged_the_same_as_text(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int
) -> None:
    assert AddressPolicy().refusal(address, port) == AddressPolicy().refusal_of(str(address), port)
