"""Hundreds of WebSockets in one thread, with as little of Python as can be between socket and clock."""

import re
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import urlsplit

_KEY = "c29jc3RyZWFtLWJlbmNoLg=="
_NEWS = b'{"type":"security-operations.camera.updated"'
_TIMESTAMP = re.compile(rb'"timestamp":"([^"]+)"}$')
_PING, _PONG = 0x89, b"\x8a\x80\0\0\0\0"
_PIECE = 1 << 18
_TICK = 0.1


class _Listener:
    """One connection: hands out whole messages."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._unread = b""

    def messages(self) -> Iterator[bytes]:
        """What has come since the last time; ConnectionError when the server has hung up."""
        data = self.sock.recv(_PIECE)
        if not data:
            raise ConnectionResetError("the server hung up")
        self._unread += data
        while (frame := _frame(self._unread)) is not None:
            begin, end = frame
            if self._unread[0] == _PING:
                self.sock.send(_PONG)
            else:
                yield self._unread[begin:end]
            self._unread = self._unread[end:]


class Listeners:
    """Many connections that count what they are told, while `listening`."""

    def __init__(self, origin: str, path: str, token: str, count: int) -> None:
        self.delays: list[float] = []
        """Seconds from the timestamp in a message about a camera to its arrival, of each one."""
        self.cut = 0
        self._times: dict[bytes, float] = {}
        self._poll = select.epoll()
        self._by_descriptor: dict[int, _Listener] = {}
        self._is_over = threading.Event()
        for _ in range(count):
            listener = _Listener(_connected(origin, path, token))
            self._by_descriptor[listener.sock.fileno()] = listener
            self._poll.register(listener.sock, select.EPOLLIN)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen until the block is left; then all hang up."""
        thread = threading.Thread(target=self._listen)
        thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            thread.join()
            for listener in self._by_descriptor.values():
                listener.sock.close()
            self._poll.close()

    def _listen(self) -> None:
        while not self._is_over.is_set():
            for descriptor, _ in self._poll.poll(_TICK):
                listener = self._by_descriptor[descriptor]
                try:
                    for message in listener.messages():
                        self._note(message, time.time())
                except OSError:
                    self.cut += 1
                    self._poll.unregister(descriptor)

    def _note(self, message: bytes, now: float) -> None:
        if not message.startswith(_NEWS):
            return
        found = _TIMESTAMP.search(message, max(0, len(message) - 64))
        assert found is not None, message
        text = found[1]
        if text not in self._times:
            self._times[text] = datetime.fromisoformat(text.decode()).timestamp()
        self.delays.append(now - self._times[text])


def _frame(data: bytes) -> tuple[int, int] | None:
    """Where the payload of the first frame begins and ends; None when it is not whole yet."""
    if len(data) < 2:
        return None
    length, begin = data[1] & 0x7F, 2
    if length > 125:
        begin = 4 if length == 126 else 10
        length = int.from_bytes(data[2:begin])
    end = begin + length
    return (begin, end) if len(data) >= end else None


def _connected(origin: str, path: str, token: str) -> socket.socket:
    parts = urlsplit(origin)
    assert parts.hostname is not None
    sock = socket.create_connection((parts.hostname, parts.port or 80), timeout=10)
    sock.sendall(
        f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {_KEY}\r\n"
        f"Authorization: Bearer {token}\r\n\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)  # no more than the head: frames follow it
        assert byte, head
        head += byte
    assert head.startswith(b"HTTP/1.1 101 "), head
    return sock
