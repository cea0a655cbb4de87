"""nginx with one worker, on the server's core, as what ours is compared with: all configurations at once."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from attrs import frozen

from tests.bench import cores
from tests.bench.tools import tool
from tests.rigs import processes
from tests.rigs.patience import until

STOCK = "stock"
BEST_PLAYLIST = "best playlist"
BEST_SEGMENT = "best segment"
TLS = "TLS"

CONFIGURATIONS = {
    STOCK: "sendfile on; tcp_nopush on;",
    BEST_PLAYLIST: "sendfile off; tcp_nopush off; open_file_cache max=1000 inactive=60s;",
    BEST_SEGMENT: "sendfile on; tcp_nopush off;",
    TLS: "sendfile on; tcp_nopush on;",
}
"""What differs; in all of them `access_log off`, one worker, and its defaults."""

_MAIN = """\
daemon off;
user root;
worker_processes 1;
pid {home}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 16000; }}
http {{
    types {{ application/vnd.apple.mpegurl m3u8; video/mp4 m4s mp4; }}
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    root {files};
{servers}
}}
"""

_SERVER = "    server {{ listen 127.0.0.1:{port}{tls}; {directives} }}"
_CERTIFICATE = " ssl_certificate {0}; ssl_certificate_key {1};"


@frozen
class Nginx:
    """A server with every configuration, each at an origin of its own."""

    origins: dict[str, str]
    worker: int
    """The process that answers."""


@asynccontextmanager
async def nginx(home: Path, files: Path, tls: tuple[Path, Path]) -> AsyncIterator[Nginx]:
    """nginx with these files at its root, until the block is left; its own go to `home`."""
    ports = {name: _free_port() for name in CONFIGURATIONS}
    servers = "\n".join(
        _SERVER.format(
            port=ports[name],
            tls=" ssl" if name == TLS else "",
            directives=directives + (_CERTIFICATE.format(*tls) if name == TLS else ""),
        )
        for name, directives in CONFIGURATIONS.items()
    )
    settings = home / "nginx.conf"
    settings.write_text(_MAIN.format(home=home, files=files, servers=servers))
    words = cores.on(cores.SERVER, tool("nginx"), "-p", str(home), "-c", str(settings))
    child = await asyncio.create_subprocess_exec(*words)

    async def worker() -> int | None:
        assert child.returncode is None, "nginx did not start"
        workers = processes.children(child.pid)
        is_open = all([await _listens(port) for port in ports.values()])
        return workers[0] if workers and is_open else None

    try:
        pid, _ = await until("nginx listens", worker, within=10)
        origins = {
            name: f"{'https' if name == TLS else 'http'}://127.0.0.1:{port}" for name, port in ports.items()
        }
        yield Nginx(origins, pid)
    finally:
        with suppress(ProcessLookupError):
            child.terminate()
        await child.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
