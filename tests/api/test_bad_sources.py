"""Sources that are none, over HTTP: 422 that names the field, nothing stored, nothing started."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socstream.model.address import AddressPolicy, IPAddress
from socstream.model.errors import InvalidInput
from socstream.model.source import LONGEST_URL, LONGEST_USER_INFO, Credentials, Source, parse_source
from tests.api.rig import CAMERAS, GATE, Rig, rigged

OURS = ("192.0.2.80", 8000)

BAD_URLS: dict[str, object] = {
    "empty": "",
    "2049 characters": "rtsp://192.0.2.7/" + "a" * (LONGEST_URL + 1 - 17),
    "a scheme": "rtsp://",
    "no host, a path": "rtsp:///live",
    "a user and no host": "rtsp://u:p@/live",
    "port 0": "rtsp://192.0.2.7:0/",
    "port 65536": "rtsp://192.0.2.7:65536/",
    "port -1": "rtsp://192.0.2.7:-1/",
    "port 80a": "rtsp://192.0.2.7:80a/",
    "port +80": "rtsp://192.0.2.7:+80/",
    "port 5_54": "rtsp://192.0.2.7:5_54/",
    "an empty port": "rtsp://192.0.2.7:/",
    "two ports": "rtsp://192.0.2.7:554:554/",
    "a port of 30 digits": "rtsp://192.0.2.7:" + "5" * 30 + "/",
    "file": "file:///etc/passwd",
    "a path": "/etc/passwd",
    "a relative path": "../../etc/passwd",
    "concat": "concat:/etc/passwd|/etc/shadow",
    "data": "data:text/plain;base64,AAAA",
    "subfile": "subfile,,start,0,end,9,,:/etc/passwd",
    "pipe": "pipe:0",
    "crypto": "crypto:rtsp://192.0.2.7/",
    "cache": "cache:rtsp://192.0.2.7/",
    "async": "async:rtsp://192.0.2.7/",
    "a dash": "-",
    "an option": "-y",
    "tee": "tee:/tmp/a|/tmp/b",
    "lavfi": "lavfi",
    "movie": "movie=/etc/passwd",
    "srt": "srt://192.0.2.7:554",
    "udp": "udp://192.0.2.7:554",
    "rtp": "rtp://192.0.2.7:554",
    "rtmp": "rtmp://192.0.2.7/live",
    "sftp": "sftp://192.0.2.7/x",
    "ftp": "ftp://192.0.2.7/x",
    "gopher": "gopher://192.0.2.7:70/_x",
    "ws": "ws://192.0.2.7/x",
    "javascript": "javascript:alert(1)",
    "a scheme in a scheme": "rtsp+http://192.0.2.7/",
    "relative to a scheme": "//192.0.2.7/live",
    "one slash": "rtsp:/192.0.2.7/live",
    "no slash": "rtsp:192.0.2.7",
    "only a host": "192.0.2.7",
    "CR": "rtsp://192.0.2.7/\r",
    "LF and a line of a script": "rtsp://192.0.2.7/\nfile '/etc/passwd'",
    "LF at the end": "rtsp://192.0.2.7/\n",
    "NUL": "rtsp://192.0.2.7/\0",
    "tab": "rtsp://192.0.2.7/\t",
    "a space before": " rtsp://192.0.2.7/",
    "a space behind": "rtsp://192.0.2.7/ ",
    "a space inside": "rtsp://192.0.2.7/a b",
    "a bidi override": "rtsp://192.0.2.7/\u202e",
    "a zero-width space": "rtsp://192.0.2.7/\u200b",
    "a byte order mark": "\ufeffrtsp://192.0.2.7/",
    "full-width letters": "rtsp://192.0.2.7/\uff4c\uff49",
    "a full-width host": "rtsp://\uff48ost/",
    "full-width digits": "rtsp://\uff11\uff19\uff12.0.2.7/",
    "an ideographic full stop": "rtsp://192\u30020\u30022\u30027/",
    "a single quote": "rtsp://192.0.2.7/it's",
    "a double quote": 'rtsp://192.0.2.7/"',
    "a backtick": "rtsp://192.0.2.7/`id`",
    "a backslash": "rtsp://192.0.2.7\\@192.0.2.8/",
    "an angle bracket": "rtsp://192.0.2.7/<script>",
    "a fragment": "rtsp://192.0.2.7/live#top",
    "two @": "rtsp://u:p@ss@192.0.2.7/",
    "a password that is no UTF-8": "rtsp://u:p%E4ss@192.0.2.7/",
    "NUL in the password": "rtsp://u:p%00ss@192.0.2.7/",
    "a password that FFmpeg would cut": "rtsp://u:" + "p" * LONGEST_USER_INFO + "@192.0.2.7/",
    "a short hexadecimal address": "rtsp://0x7f.1/",
    "a hexadecimal address": "rtsp://0x7f000001/",
    "a decimal address": "rtsp://2130706433/",
    "an octal address": "rtsp://0177.0.0.1/",
    "a short address": "rtsp://127.1/",
    "an address with a dot behind": "rtsp://127.0.0.1./",
    "0": "rtsp://0/",
    "an address too large": "rtsp://256.1.1.1/",
    "an address of five numbers": "rtsp://1.2.3.4.5/",
    "an escaped host": "rtsp://%31%32%37.0.0.1/",
    "a zone": "rtsp://[fe80::1%eth0]/",
    "an escaped zone": "rtsp://[fe80::1%25eth0]/",
    "a bracket that stays open": "rtsp://[2001:db8::7/",
    "IPv6 without brackets": "rtsp://2001:db8::7/",
    "a host of an empty label": "rtsp://cam..lan/",
    "a host that is an option": "rtsp://-y/",
    "a host of 254 characters": "rtsp://" + "a." * 126 + "aa/",
    "a semicolon in the host": "rtsp://192.0.2.7;id/",
    "127.0.0.1": "rtsp://127.0.0.1/",
    "127.0.0.1 over HTTP": "http://127.0.0.1/live.m3u8",
    "another loopback": "rtsp://127.9.9.9/",
    "::1": "rtsp://[::1]/",
    "localhost": "rtsp://localhost/",
    "localhost with a dot": "rtsp://LOCALHOST./",
    "below localhost": "rtsp://cam.localhost/",
    "mapped loopback": "rtsp://[::ffff:127.0.0.1]/",
    "mapped loopback in hexadecimal": "rtsp://[::ffff:7f00:1]/",
    "6to4 loopback": "rtsp://[2002:7f00:1::]/",
    "NAT64 loopback": "rtsp://[64:ff9b::127.0.0.1]/",
    "Teredo loopback": "rtsp://[2001:0:c000:207:0:0:80ff:fffe]/",
    "IPv4-compatible loopback": "rtsp://[::127.0.0.1]/",
    "the clouds' metadata": "http://169.254.169.254/latest/meta-data/",
    "the metadata of AWS over IPv6": "http://[fd00:ec2::254]/latest/meta-data/",
    "the metadata of Alibaba": "http://100.100.100.200/latest/meta-data/",
    "link-local": "rtsp://169.254.1.1/",
    "link-local IPv6": "rtsp://[fe80::1]/",
    "multicast": "rtsp://224.0.0.1/",
    "multicast IPv6": "rtsp://[ff02::1]/",
    "unspecified": "rtsp://0.0.0.0/",
    "unspecified IPv6": "rtsp://[::]/",
    "broadcast": "rtsp://255.255.255.255/",
    "reserved": "rtsp://240.0.0.1/",
    "this network": "rtsp://0.1.2.3/",
    "ourselves": "http://192.0.2.80:8000/api/security-operations/cameras",
    "ourselves over RTSP": "rtsp://192.0.2.80:8000/",
    "ourselves, mapped": "rtsp://[::ffff:192.0.2.80]:8000/",
    "SSH": "rtsp://192.0.2.7:22/",
    "SMTP": "rtsp://192.0.2.7:25/",
    "DNS": "rtsp://cam.lan:53/",
    "SMB": "http://192.0.2.7:445/",
    "MySQL": "rtsp://192.0.2.7:3306/",
    "PostgreSQL": "rtsp://192.0.2.7:5432/",
    "Redis": "http://cam.lan:6379/",
    "Memcached": "rtsp://192.0.2.7:11211/",
    "MongoDB": "rtsp://192.0.2.7:27017/",
    "Docker": "http://192.0.2.7:2375/containers/json",
    "a number": 554,
    "a fraction": 1.5,
    "true": True,
    "a list": ["rtsp://192.0.2.7/"],
    "an object": {"url": "rtsp://192.0.2.7/"},
}

BAD_CREDENTIALS: dict[str, tuple[object, str]] = {
    "a text": ("admin:pass", "credentials"),
    "a list": (["admin", "pass"], "credentials"),
    "a number": (7, "credentials"),
    "a numeric password": ({"username": "u", "password": 7}, "credentials.password"),
    "a user of an object": ({"username": {}, "password": "p"}, "credentials.username"),
    "an unknown field": ({"username": "u", "pasword": "p"}, "credentials.pasword"),
    "NUL in the password": ({"username": "u", "password": "p\0"}, "credentials"),
    "NUL in the user": ({"username": "u\0", "password": "p"}, "credentials"),
    "a password that FFmpeg would cut": ({"username": "u", "password": "'" * 42}, "credentials"),
    "a password of 10 000 characters": ({"username": "u", "password": "p" * 10_000}, "credentials"),
}


def is_ours(address: IPAddress, port: int) -> bool:
    return (str(address), port) == OURS


@pytest.fixture
async def rig(tmp_path: Path, fast_path: bool) -> AsyncIterator[Rig]:
    async with rigged(tmp_path, policy=AddressPolicy(is_ours=is_ours), fast_path=fast_path) as rig:
        yield rig


def body(**changes: object) -> dict[str, Any]:
    return GATE | changes


def rows(directory: Path) -> list[tuple[str, int]]:
    """What is in the file: URL and version of each camera."""
    with closing(sqlite3.connect(directory / "test.db")) as database:
        return database.execute("SELECT source_url, version FROM camera").fetchall()


async def refused(rig: Rig, method: str, path: str, sent: object, field: str) -> None:
    """422, about this field (or inside it), without the password that was sent along."""
    response = await rig.client.request(method, path, json=sent)
    text = await response.text()
    assert response.status == 422, text
    fields = [each["field"] for each in (await response.json())["errors"]]
    assert fields
    assert all(name == field or name.startswith(f"{field}.") for name in fields)
    assert "s3cret-pass" not in text


@pytest.mark.parametrize("url", BAD_URLS.values(), ids=BAD_URLS.keys())
@pytest.mark.both_paths
async def test_a_bad_url_is_refused_everywhere(rig: Rig, tmp_path: Path, url: object) -> None:
    await refused(rig, "POST", CAMERAS, body(stream_url=url), "stream_url")
    assert (list(rig.cameras.all()), dict(rig.board.statuses), rows(tmp_path)) == ([], {}, [])
    camera_id = (await rig.add())["camera_id"]
    await refused(rig, "PATCH", f"{CAMERAS}/{camera_id}", {"stream_url": url}, "stream_url")
    await refused(rig, "POST", f"{CAMERAS}/probe", {"stream_url": url}, "stream_url")
    assert rows(tmp_path) == [("rtsp://192.0.2.7/live", 1)]
    assert (rig.supervision.replaced, rig.supervision.updated) == ([], [])
    assert list(rig.board.statuses) == [camera_id]


@pytest.mark.parametrize(("given", "field"), BAD_CREDENTIALS.values(), ids=BAD_CREDENTIALS.keys())
@pytest.mark.both_paths
async def test_bad_credentials_are_refused_everywhere(
    rig: Rig, tmp_path: Path, given: object, field: str
) -> None:
    fresh = body(stream_url="rtsp://192.0.2.7/live", credentials=given)
    await refused(rig, "POST", CAMERAS, fresh, field)
    assert (list(rig.cameras.all()), dict(rig.board.statuses), rows(tmp_path)) == ([], {}, [])
    camera_id = (await rig.add())["camera_id"]
    await refused(rig, "PATCH", f"{CAMERAS}/{camera_id}", {"credentials": given}, field)
    assert rows(tmp_path) == [("rtsp://192.0.2.7/live", 1)]
    assert rig.supervision.replaced == []


@pytest.mark.parametrize("sent", [{"stream_url": None}, {}])
async def test_a_camera_without_a_url_is_none(rig: Rig, tmp_path: Path, sent: dict[str, None]) -> None:
    without = {name: value for name, value in GATE.items() if name != "stream_url"}
    await refused(rig, "POST", CAMERAS, without | sent, "stream_url")
    assert rows(tmp_path) == []


def test_the_table_is_as_long_as_it_looks() -> None:
    assert len({repr(url) for url in BAD_URLS.values()}) == len(BAD_URLS) >= 120


# Pieces that URLs are made of, and others that break them.
PIECES = [
    *("rtsp", "RTSPS", "http", "https", "file", "concat", "://", ":", "/", "//", "@", "?", "#", "%", "%00"),
    *("%2e", "..", "[", "]", "::1", "fe80::1%eth0", "127.0.0.1", "0x7f", "192.0.2.7", "cam.lan", "xn--"),
    *("\\", "'", '"', "\n", "\r", "\t", " ", "\0", "\u202e", "é", "554", "0", "99999", "u:p", "-", "_"),
    *(".", "&", "="),
]
mosaics = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
anything = st.text(st.characters(), max_size=60)  # lone surrogates too
urls = st.one_of(anything, mosaics, mosaics.map("rtsp://".__add__), mosaics.map("http://h/".__add__))


def parsed(text: str, credentials: Credentials | None = None) -> Source | None:
    """The source, None when it was refused as any input is; another exception is a failure of the test."""
    try:
        return parse_source(text, credentials)
    except InvalidInput:
        return None


@settings(max_examples=1500, suppress_health_check=[HealthCheck.too_slow])
@given(urls)
def test_the_validator_says_no_or_gives_a_source_that_stays_the_same(text: str) -> None:
    source = parsed(text)
    if source is None:
        return
    assert parse_source(str(source.url)) == Source(source.url)
    assert parse_source(source.connect_url()) == source
    assert 1 <= source.port <= 65535
    assert source.host
    AddressPolicy().refusal_of_source(source)


@settings(max_examples=300)
@given(urls, anything, anything)
def test_credentials_apart_are_no_way_to_break_the_validator(text: str, username: str, password: str) -> None:
    source = parsed(text, Credentials(username, password))
    if source is None:
        return
    assert source.credentials == Credentials(username, password)
    assert parse_source(str(source.url)).url == source.url
    source.connect_url().encode("ascii")
