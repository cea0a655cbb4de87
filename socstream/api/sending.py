"""Files on their way to a client: from the page cache to the socket, and little of them in our memory."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from errno import ECONNRESET, EIO

from socstream.hls.media import MediaFile

_PIECE = 64 * 1024
"""Bytes that are read at a time where the kernel cannot send the file by itself."""

_PATIENCE = 60.0
"""Seconds in which nothing at all is taken; the guard of the listener loses its own much earlier."""


def is_free(transport: asyncio.Transport) -> bool:
    """Whether bytes may go to the kernel past the transport: no TLS, and nothing is waiting in it."""
    return (
        transport.get_extra_info("sslcontext") is None
        and not transport.get_write_buffer_size()
        and not transport.is_closing()
    )


def begin(transport: asyncio.Transport, head: bytes, file: MediaFile) -> int:
    """Send the head and what the kernel takes of the file; where the rest begins. ConnectionError.

    Only for a transport that is free.
    """
    descriptor = transport.get_extra_info("socket").fileno()
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=descriptor)  # of any family: a handle
    try:
        sent = sock.send(head, socket.MSG_MORE)  # one packet with the beginning of the file
    except BlockingIOError:
        sent = 0
    finally:
        sock.detach()
    if sent < len(head):
        transport.write(head[sent:])
        return 0
    return _push(descriptor, file, 0, file.size)


async def finish(
    transport: asyncio.Transport, drain: Callable[[], Awaitable[None]], file: MediaFile, at: int, end: int
) -> None:
    """Send the file from `at` to `end`; OSError, TimeoutError when the client is gone or takes nothing.

    `drain`: returns when the transport has room.
    """
    while at < end:
        if transport.is_closing():
            raise ConnectionResetError(ECONNRESET, "closed meanwhile")
        if is_free(transport):
            at = await _pushed(transport, file, at, end)
            continue
        piece = os.pread(file.descriptor, min(_PIECE, end - at), at)
        if not piece:
            raise OSError(EIO, "the file was cut")
        transport.write(piece)
        at += len(piece)
        await drain()
        await asyncio.sleep(0)  # uvloop writes at the end of a turn; and others get theirs


async def _pushed(transport: asyncio.Transport, file: MediaFile, at: int, end: int) -> int:
    loop = asyncio.get_running_loop()
    # A copy: neither loop lets us watch the descriptor of its transport.
    descriptor = os.dup(transport.get_extra_info("socket").fileno())
    # Of a failure its number only: the error itself would lead to this frame and this frame to the error, and
    # the file would stay open until somebody looks for garbage.
    ended: asyncio.Future[int] = loop.create_future()

    def push() -> None:
        nonlocal at
        try:
            if transport.is_closing():
                raise ConnectionResetError(ECONNRESET, "closed meanwhile")
            at = _push(descriptor, file, at, end)
            patience.reschedule(loop.time() + _PATIENCE)
        except OSError as error:
            loop.remove_writer(descriptor)
            ended.set_result(error.errno or EIO)
            return
        if at == end:
            loop.remove_writer(descriptor)
            ended.set_result(0)

    try:
        async with asyncio.timeout(_PATIENCE) as patience:
            # Watched all the time: to begin and end that for each piece costs more than the pieces.
            loop.add_writer(descriptor, push)
            failure = await ended
    finally:
        loop.remove_writer(descriptor)
        os.close(descriptor)
    if failure:
        raise OSError(failure, os.strerror(failure))  # of the class that belongs to the number
    return at


def _push(descriptor: int, file: MediaFile, at: int, end: int) -> int:
    try:
        sent = os.sendfile(descriptor, file.descriptor, at, end - at)
    except BlockingIOError:
        return at
    if not sent:
        raise OSError(EIO, "the file was cut")
    return at + sent
