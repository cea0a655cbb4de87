"""Canaries and their nest: secrets that are known by their texts, and every output where one could sing."""

import asyncio
import base64
import json
import secrets
import socket
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import quote, quote_plus

import aiohttp
from attrs import Factory, define, frozen

from tests.rigs import processes
from tests.rigs.client import Answer, Client
from tests.rigs.server import ServerProcess


def canary(odd: str = "") -> str:
    """A text that stands nowhere else, with odd letters at its end; they leave the rest as it is anywhere."""
    return f"Canary{secrets.token_hex(8)}{odd}"


def forms(text: str) -> frozenset[str]:
    """How a text may be written by somebody who passes it on."""
    coded = {base64.b64encode(text.encode()).decode(), text.encode().hex()}
    quoted = {quote(text), quote(text, safe=""), quote_plus(text)}
    escaped = {json.dumps(text)[1:-1], repr(text)[1:-1], text.replace("'", "'\\''")}
    # Its first 20 letters are plain ones, and no accident: whoever cuts it off is found out, too.
    return frozenset({text, text[:20], *coded, *quoted, *escaped})


@define
class Nest:
    """All that came out of a server, by where it came out."""

    answers: list[bytes] = Factory(list)
    rightly: list[bytes] = Factory(list)
    """Answers to those who may see the secret in them, once."""
    messages: list[bytes] = Factory(list)
    """Of WebSockets."""
    sent: list[bytes] = Factory(list)
    """What we sent: the other way, and so a place where every canary must be."""
    children: set[str] = Factory(set)
    """Command lines and environments of the server's children."""

    def places(self, server: ServerProcess, output: str, home: Path) -> Mapping[str, bytes]:
        """Every place in which no secret may be."""
        files = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
        names = "\n".join(str(path) for path in home.rglob("*"))
        kept = {f"the file {path.relative_to(home)}": content for path, content in files.items()}
        return {
            "the answers": b"\n".join(self.answers),
            "the WebSockets": b"\n".join(self.messages),
            "the children": "\n".join(self.children).encode(),
            "standard output": output.encode(),
            "standard error": server.log.encode(),
            "the names of files": names.encode(),
            **kept,
        }


def found(texts: Iterable[str], places: Mapping[str, bytes]) -> dict[str, str]:
    """The places in which one of these texts stands, and what stands before it."""
    written = [text.encode() for text in texts]
    seen = {}
    for place, content in places.items():
        at = next((at for text in written if (at := content.find(text)) >= 0), None)
        if at is not None:
            seen[place] = content[max(0, at - 200) : at].decode(errors="replace")
    return seen


@frozen
class Visitor:
    """A client whose every word, and every answer to it, is kept."""

    http: Client
    nest: Nest

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        *,
        rightly: bool = False,
    ) -> Answer:
        """`rightly`: the answer is the one place where a secret is shown."""
        self.nest.sent.append(f"{method} {path} {headers} {json.dumps(body, ensure_ascii=False)}".encode())
        answer = await self.http.ask(method, path, body=body, headers=headers)
        told = f"{answer.status} {answer.headers}".encode() + answer.body
        (self.nest.rightly if rightly else self.nest.answers).append(told)
        return answer


async def say(server: ServerProcess, nest: Nest, *requests: bytes) -> None:
    """Bytes that no client library would send, each to a connection of its own."""
    for request in requests:
        nest.sent.append(request)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        with suppress(ConnectionError, TimeoutError):
            writer.write(request)
            async with asyncio.timeout(3):
                nest.answers.append(await reader.read())
        writer.close()


@asynccontextmanager
async def listening(visitor: Visitor, path: str, first: object = None) -> AsyncIterator[None]:
    """Keep every message of a WebSocket; `first` is what we say."""

    async def listen(ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            visitor.nest.messages.append(str(message.data).encode())

    async with visitor.http.socket(path) as ws:
        if first is not None:
            await ws.send_json(first)
        task = asyncio.create_task(listen(ws))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def watch_children(server: ServerProcess, nest: Nest) -> None:
    """Look at the children of the server, as `ps` does, until cancelled."""
    while True:
        for pid in processes.children(server.pid):
            words = processes.arguments(pid)
            if words != processes.arguments(server.pid):  # else it is not yet what it is going to be
                nest.children.add(" ".join(words) + processes.environment(pid))
        await asyncio.sleep(0.02)


def free_port() -> int:
    """Where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
