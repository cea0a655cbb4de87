"""HTTPS by a certificate that may change at any time, and those who only begin to shake hands."""

import asyncio
import hashlib
import logging
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from attrs import frozen
from cryptography import x509

from socstream.api import handshake
from socstream.api.tls import Certificate
from socstream.model.errors import ConfigError
from tests.api.certificates import write_pair
from tests.api.doorstep import LIMITS, Doorstep, doorstep
from tests.api.rig import until
from tests.fakes import FakeClock

pytestmark = pytest.mark.both_loops

LARGE = 3 * 1024 * 1024 + 7


@frozen
class Secured:
    """A server that speaks TLS, and the files of its certificate."""

    door: Doorstep
    files: tuple[Path, Path]
    certificate: Certificate
    media: Path

    def context(self) -> ssl.SSLContext:
        """A client's, that trusts the certificate as it is in the file now."""
        return ssl.create_default_context(cafile=self.files[0])

    async def shown(self) -> str:
        """The name in the certificate that a new connection is shown."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        _, writer = await asyncio.open_connection("127.0.0.1", self.door.port, ssl=context)
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        (name,) = x509.load_der_x509_certificate(der).subject
        return str(name.value)


@pytest.fixture
async def secured(tmp_path: Path) -> AsyncIterator[Secured]:
    files = write_pair(tmp_path)
    media = tmp_path / "0.m4s"
    media.write_bytes(bytes(range(256)) * (LARGE // 256) + b"the end")
    certificate = Certificate(*files, FakeClock())
    async with doorstep(tls=await certificate.load(), file=media) as door:
        yield Secured(door, files, certificate, media)


async def test_https_is_answered_and_asks_to_be_used_from_now_on(secured: Secured) -> None:
    url = f"https://127.0.0.1:{secured.door.port}/"
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, ssl=secured.context()) as answer,
    ):
        assert (await answer.text()).startswith("{127.0.0.1 https 127.0.0.1:")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_media_come_whole_and_in_ranges(secured: Secured) -> None:
    url = f"https://127.0.0.1:{secured.door.port}/file"
    async with aiohttp.ClientSession() as session:
        async with session.get(url, ssl=secured.context()) as answer:
            body = await answer.read()
        async with session.get(url, ssl=secured.context(), headers={"Range": "bytes=-7"}) as part:
            assert (part.status, await part.read()) == (206, b"the end")
    assert hashlib.sha256(body).digest() == hashlib.sha256(secured.media.read_bytes()).digest()


@pytest.mark.parametrize("offered", [["h2", "http/1.1"], ["http/1.1"]])
async def test_http_1_1_is_what_we_agree_on(secured: Secured, offered: list[str]) -> None:
    context = secured.context()
    context.set_alpn_protocols(offered)
    _, writer = await asyncio.open_connection("127.0.0.1", secured.door.port, ssl=context)
    assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "http/1.1"
    assert writer.get_extra_info("ssl_object").version() in ("TLSv1.2", "TLSv1.3")
    writer.close()
    await writer.wait_closed()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1")
@pytest.mark.parametrize(
    ("version", "is_good"),
    [(ssl.TLSVersion.TLSv1, False), (ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)],
)
async def test_tls_begins_with_1_2(secured: Secured, version: ssl.TLSVersion, is_good: bool) -> None:
    context = secured.context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    url = f"https://127.0.0.1:{secured.door.port}/"
    async with aiohttp.ClientSession() as session:
        try:
            async with session.get(url, ssl=context) as answer:
                assert answer.status == 200
                assert is_good
        except aiohttp.ClientConnectorError:
            assert not is_good


async def test_a_renewed_certificate_is_in_force_without_a_restart(
    secured: Secured, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert await secured.shown() == "cams.example"
    write_pair(tmp_path, "new.example")
    assert await secured.shown() == "cams.example"
    with caplog.at_level(logging.INFO):
        await secured.certificate.look()
        await secured.certificate.look()
    assert await secured.shown() == "new.example"
    assert caplog.messages == ["the new certificate is in force"]


def _not_pem(files: tuple[Path, Path]) -> None:
    files[0].write_text("nonsense")


def _cut(files: tuple[Path, Path]) -> None:
    files[0].write_bytes(files[0].read_bytes()[:200])


def _foreign_key(files: tuple[Path, Path]) -> None:
    own = files[0].read_bytes()
    write_pair(files[0].parent, "new.example")
    files[0].write_bytes(own)


def _missing(files: tuple[Path, Path]) -> None:
    files[1].unlink()


def _encrypted(files: tuple[Path, Path]) -> None:
    write_pair(files[0].parent, "new.example", password=b"s3cret")


def _empty(files: tuple[Path, Path]) -> None:
    files[0].write_bytes(b"")
    files[1].write_bytes(b"")


BAD = (_not_pem, _cut, _foreign_key, _missing, _encrypted, _empty)


@pytest.mark.parametrize("spoil", BAD)
async def test_a_bad_pair_leaves_the_old_one_in_force_and_says_why_once(
    secured: Secured,
    spoil: Callable[[tuple[Path, Path]], None],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    spoil(secured.files)
    for _ in range(3):
        await secured.certificate.look()
    assert await secured.shown() == "cams.example"
    (told,) = caplog.messages
    assert told.startswith("the new certificate is no good, the old one stays: ")
    assert len(told) > len("the new certificate is no good, the old one stays: ") + 5
    write_pair(tmp_path, "mended.example")
    await secured.certificate.look()
    assert await secured.shown() == "mended.example"


@pytest.mark.parametrize("spoil", BAD)
async def test_a_bad_pair_at_the_start_stops_it_and_is_named(
    tmp_path: Path, spoil: Callable[[tuple[Path, Path]], None]
) -> None:
    files = write_pair(tmp_path)
    spoil(files)
    with pytest.raises(ConfigError, match=r"server\.tls_certificate, server\.tls_key: .+"):
        await Certificate(*files, FakeClock()).load()


async def test_an_encrypted_key_is_named_and_nobody_is_asked_for_its_passphrase(tmp_path: Path) -> None:
    files = write_pair(tmp_path, password=b"s3cret")
    with pytest.raises(ConfigError, match=r"key\.pem is encrypted; give it without a passphrase"):
        await Certificate(*files, FakeClock()).load()


async def test_the_files_are_looked_at_every_few_seconds(tmp_path: Path) -> None:
    clock = FakeClock()
    certificate = Certificate(*write_pair(tmp_path), clock)
    before = await certificate.load()
    watch = asyncio.create_task(certificate.run())
    write_pair(tmp_path, "new.example")
    async with asyncio.timeout(5), doorstep(tls=before) as door:
        secured = Secured(door, (tmp_path / "cert.pem", tmp_path / "key.pem"), certificate, tmp_path)
        while await secured.shown() != "new.example":
            await clock.advance(5)
    watch.cancel()


async def test_who_speaks_no_tls_is_hung_up_on_in_silence(
    secured: Secured, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        answer, is_closed = await secured.door.say(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert (b"HTTP" in answer, is_closed) == (False, True)
    assert caplog.messages == []


async def test_unfinished_handshakes_count_as_connections_and_end_in_time(
    secured: Secured, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(handshake, "HANDSHAKE_TIMEOUT", 1.0)
    began, before = time.monotonic(), asyncio.all_tasks()
    most = LIMITS.connections_per_address
    held = [await asyncio.open_connection("127.0.0.1", secured.door.port) for _ in range(most + 3)]
    await asyncio.sleep(0.3)
    assert sum(reader.at_eof() or reader.exception() is not None for reader, _ in held) == 3
    assert caplog.messages[0].startswith("too many connections from one address: 1 so far")
    for reader, writer in held:
        with suppress(OSError):
            assert await reader.read() == b""
        writer.close()
    assert 0.9 < time.monotonic() - began < 3
    await until(lambda: asyncio.all_tasks() == before)
    assert await secured.shown() == "cams.example", "there is room again"


async def test_as_many_connections_as_without_tls(secured: Secured) -> None:
    most = LIMITS.connections_per_address
    held = [
        await asyncio.open_connection("127.0.0.1", secured.door.port, ssl=secured.context())
        for _ in range(most)
    ]
    for reader, writer in held:
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200 OK" in await reader.readuntil(b"}end")
    for _, writer in held:
        writer.close()
        await writer.wait_closed()
