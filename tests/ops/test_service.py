"""What a service manager gives a server and hears of it; and that its sockets keep clients waiting."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest

from socstream import __version__
from socstream.background import in_background
from socstream.clock import SystemClock
from socstream.ops.service import Service
from tests.fakes import FakeClock
from tests.rigs.patience import until

# A manager sets the number of the child that it is about to become: no parent can know it before.
_AS_SERVICE = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3);"
    "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1');"
    "os.execv(sys.executable, [sys.executable, '-m', 'socstream', *sys.argv[2:]])"
)


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket that a service's words arrive at."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.setblocking(False)
        yield heard


def said(manager: socket.socket) -> list[str]:
    messages = []
    with suppress(BlockingIOError):
        while True:
            messages.append(manager.recv(4096).decode())
    return messages


def test_without_a_manager_nothing_is_said_and_nothing_given() -> None:
    service = Service({})
    service.ready()
    assert service.sockets() == []


@pytest.mark.parametrize("count", ["0", "", "x", "-1", "²"])
def test_only_a_number_of_sockets_is_one(count: str) -> None:
    assert Service({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": count}).sockets() == []


def test_what_was_meant_for_another_process_is_not_ours() -> None:
    assert Service({"LISTEN_PID": str(os.getppid()), "LISTEN_FDS": "1"}).sockets() == []


def test_readiness_and_the_stop_are_told(manager: socket.socket) -> None:
    service = Service({"NOTIFY_SOCKET": manager.getsockname()})
    service.ready()
    service.stopping()
    assert said(manager) == ["READY=1", "STOPPING=1"]


def test_a_manager_in_the_abstract_name_space_hears_us_too() -> None:
    told: list[str] = []
    Service({"NOTIFY_SOCKET": "@here"}, lambda address, message: told.append(address)).ready()
    assert told == ["\0here"]


def test_a_manager_that_is_gone_stops_nobody(tmp_path: Path) -> None:
    Service({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).ready()


async def test_the_watchdog_hears_us_twice_as_often_as_it_must(manager: socket.socket) -> None:
    clock = FakeClock()
    service = Service({"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "20000000"})
    async with in_background(service.beat(clock), "the beat"):
        await clock.advance(59)
    assert said(manager) == ["WATCHDOG=1"] * 6


@pytest.mark.parametrize("environ", [{}, {"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "1"}])
async def test_whom_no_watchdog_watches_is_silent(environ: dict[str, str], manager: socket.socket) -> None:
    await Service({"NOTIFY_SOCKET": manager.getsockname(), **environ}).beat(SystemClock())
    assert said(manager) == []


async def started(
    home: Path, listener: socket.socket, stack: AsyncExitStack, **more: str
) -> asyncio.subprocess.Process:
    """A server as a manager starts it, with this socket."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _AS_SERVICE, str(listener.fileno()), "--data-dir", str(home / "data")),
        pass_fds=[listener.fileno()],
        stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "HOME": str(home), **more},
    )

    def end() -> None:
        with suppress(ProcessLookupError):
            child.kill()

    stack.callback(end)
    return child


async def health(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.timeout(90)
async def test_nobody_is_refused_while_a_killed_server_is_started_again(
    tmp_path: Path, manager: socket.socket
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        async with AsyncExitStack() as stack:
            first = await started(tmp_path, listener, stack, NOTIFY_SOCKET=manager.getsockname())
            assert first.stdout is not None
            assert await first.stdout.readline() == (
                f"socstream {__version__} ready on http://127.0.0.1:{port}\n".encode()
            )

            async def is_told() -> bool:
                return "READY=1" in said(manager)

            await until("READY=1", is_told, 5)
            assert (await health(port)).startswith(b"HTTP/1.1 200")
            first.kill()
            await first.wait()
            waiting = asyncio.create_task(health(port))
            await asyncio.sleep(0.1)
            assert not waiting.done(), "it waits, and is not refused"
            second = await started(tmp_path, listener, stack, NOTIFY_SOCKET=manager.getsockname())
            assert (await asyncio.wait_for(waiting, 15)).startswith(b"HTTP/1.1 200")
            second.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(second.wait(), 15) == 0
            assert "STOPPING=1" in said(manager)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["public", "unix"])
async def test_a_socket_at_which_we_may_not_listen_stops_the_start(tmp_path: Path, kind: str) -> None:
    if kind == "public":
        listener = socket.create_server(("0.0.0.0", 0))
    else:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(tmp_path / "http"))
    with listener:
        async with AsyncExitStack() as stack:
            child = await started(tmp_path, listener, stack)
            assert await asyncio.wait_for(child.wait(), 30) == 2
