"""The whole server by HTTPS: its ready line, its answers, a renewed certificate, and what stops its start."""

import asyncio
import os
import ssl
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.api.certificates import write_pair
from tests.rigs.patience import until

READY = b" ready on https://127.0.0.1:"


@asynccontextmanager
async def started(home: Path, *words: str, **variables: str) -> AsyncIterator[Process]:
    """`python -m socstream` with a certificate; it is gone afterwards."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "socstream", "--port", "0", "--data-dir", str(home / "data"), *words),
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "HLS_STREAM_DIR": str(home / "streams"),
            "SOCSTREAM_SERVER_TLS_CERTIFICATE": str(home / "cert.pem"),
            "SOCSTREAM_SERVER_TLS_KEY": str(home / "key.pem"),
            **variables,
        },
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def names(port: int) -> set[str]:
    """Those of the certificate that a new connection is shown."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return {name for name in ("cams.example", "new.example") if name.encode() in der}


async def test_it_says_https_and_takes_a_renewed_certificate_within_seconds(tmp_path: Path) -> None:
    certificate, _ = write_pair(tmp_path)
    async with started(tmp_path, SOCSTREAM_SERVER_ALLOWED_HOSTS="cams.example") as process:
        assert process.stdout is not None
        async with asyncio.timeout(15):
            line = await process.stdout.readline()
        assert READY in line
        port = int(line.rpartition(b":")[2])
        context = ssl.create_default_context(cafile=certificate)
        async with aiohttp.ClientSession() as session:
            url = f"https://127.0.0.1:{port}/healthz"
            for host, status in ((f"127.0.0.1:{port}", 200), ("cams.example", 200), ("evil.example", 421)):
                async with session.get(url, ssl=context, headers={"Host": host}) as answer:
                    assert answer.status == status
                    assert "Strict-Transport-Security" in answer.headers
        assert await names(port) == {"cams.example"}
        write_pair(tmp_path, "new.example")

        async def look() -> bool:
            return await names(port) == {"new.example"}

        await until("the new certificate", look, 9.0)
        process.terminate()
        _, log = await process.communicate()
    assert process.returncode == 0
    assert b"the new certificate is in force" in log
    assert b"Traceback" not in log


@pytest.mark.parametrize("missing", ["cert.pem", "key.pem"])
async def test_without_its_files_it_does_not_start(tmp_path: Path, missing: str) -> None:
    write_pair(tmp_path)
    (tmp_path / missing).unlink()
    async with started(tmp_path) as process, asyncio.timeout(20):
        out, log = await process.communicate()
    assert (process.returncode, out) == (2, b"")
    told = log.decode().splitlines()[-1]
    assert told.startswith("socstream: server.tls_certificate, server.tls_key: ")
    assert missing in told


async def test_with_a_certificate_it_may_listen_to_the_network(tmp_path: Path) -> None:
    write_pair(tmp_path)
    async with started(tmp_path, "--host", "0.0.0.0") as process, asyncio.timeout(15):
        assert process.stdout is not None
        assert b" ready on https://0.0.0.0:" in await process.stdout.readline()
