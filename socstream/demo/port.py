"""The port of a virtual camera: it can refuse, or not answer at all, and come back under its number."""

import asyncio
import socket
from collections.abc import Callable

OnConnect = Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]


class Port:
    """One TCP port. A socket that is bound but does not listen keeps the number ours all the time."""

    def __init__(self, host: str, number: int) -> None:
        self._host = host
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._held = self._bound(number)
        self.number: int = self._held.getsockname()[1]
        self._server: asyncio.Server | None = None
        self._deaf: list[socket.socket] = []

    async def listen(self, on_connect: OnConnect) -> None:
        """Takes connections, if it does not yet."""
        self._stop_being_deaf()
        if self._server is None:
            self._server = await asyncio.start_server(on_connect, sock=self._bound(self.number))

    def refuse(self) -> None:
        """Connecting is refused from now on."""
        self._stop_being_deaf()
        if self._server is not None:
            self._server.close()
            self._server = None

    async def ignore(self) -> None:
        """Connecting hangs from now on: the backlog is full, and nobody takes from it."""
        self.refuse()
        listener = self._bound(self.number)
        listener.listen(0)
        self._deaf.append(listener)
        for _ in range(2):  # Linux takes one more than the backlog says
            caller = socket.socket(self._family, socket.SOCK_STREAM)
            caller.setblocking(False)
            self._deaf.append(caller)
            caller.connect_ex((self._host, self.number))
        await asyncio.sleep(0)

    def release(self) -> None:
        """Gives the number back."""
        self.refuse()
        self._held.close()

    def _stop_being_deaf(self) -> None:
        for one in self._deaf:
            one.close()
        self._deaf.clear()

    def _bound(self, number: int) -> socket.socket:
        bound = socket.socket(self._family, socket.SOCK_STREAM)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((self._host, number))
        except OSError:
            bound.close()
            raise
        return bound
