"""Whoever was let in stays in when the server is killed and starts again, and whoever was not stays out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress

import aiohttp
import pytest

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Media
from tests.rigs.client import API, Client, bearer, stranger
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

pytestmark = pytest.mark.engine


class Person:
    """Somebody who may look at one camera, in one of the ways to prove it, and never stops asking."""

    def __init__(self, name: str, http: Client, media: str) -> None:
        self.name = name
        self.http = http
        self.statuses: list[int] = []
        """Of the playlist, one after the other; a server that is away has none."""
        self._media = media

    async def watch(self) -> None:
        while True:
            with suppress(aiohttp.ClientError, OSError):
                self.statuses.append((await self.http.get(f"{self._media}/index.m3u8")).status)
            await asyncio.sleep(0.02)


@pytest.fixture
async def people(http: Client, server: ServerProcess, media: Media) -> AsyncIterator[list[Person]]:
    """By access token, cookie, API token and grant, before a camera that is live."""
    async with VirtualCamera("Gate", media, join="live") as camera, AsyncExitStack() as stack:
        camera_id = await http.add(camera)
        assert (await http.playlist(camera_id)).status == 200
        nobody = await stack.enter_async_context(stranger(server))
        tokens = await nobody.log_in()
        by_access = await stack.enter_async_context(stranger(server, tokens["access_token"]))
        page = await stack.enter_async_context(stranger(server))
        await page.open_page()
        contract = f"{API}/cameras/{camera_id}/hls"
        grant = (await http.granted(camera_id)).removeprefix(server.url).rpartition("/")[0]
        yield [
            Person("access token", by_access, contract),
            Person("cookie", page, contract),
            Person("API token", http, contract),
            Person("grant", nobody, grant),
        ]


async def test_a_killed_server_knows_everybody_again(people: list[Person], server: ServerProcess) -> None:
    watching = [asyncio.create_task(person.watch()) for person in people]
    try:
        for _ in range(2):
            before = [len(person.statuses) for person in people]
            await server.kill()
            await server.start()

            async def are_back(before: list[int] = before) -> bool:
                return all(
                    len(person.statuses) > count + 20 for person, count in zip(people, before, strict=True)
                )

            await until("everybody is answered again", are_back, within=10)
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    for person in people:
        assert set(person.statuses) == {200}, person.name
    for person in people[:-1]:
        assert (await person.http.get("cameras")).status == 200, person.name


async def test_a_log_in_is_renewed_by_the_next_life_of_the_server(
    http: Client, server: ServerProcess
) -> None:
    async with stranger(server) as nobody:
        tokens = await nobody.log_in()
        await server.kill()
        await server.start()
        body = {"refresh_token": tokens["refresh_token"]}
        renewed = await nobody.ask("POST", "/api/auth/refresh", body=body)
        assert renewed.status == 200, renewed.text
        await server.kill()
        await server.start()
        for text in (tokens["access_token"], renewed.json["access_token"]):  # the old one: for 30 s more
            answer = await nobody.ask("GET", "cameras", headers=bearer(text))
            assert answer.status == 200, answer.text


async def test_what_was_ended_stays_out_of_the_next_life_of_the_server(
    people: list[Person], http: Client, server: ServerProcess
) -> None:
    by_access, page, program, player = people
    assert (await by_access.http.ask("POST", "/api/auth/logout")).status == 200
    async with stranger(server) as nobody:
        admin = bearer((await nobody.log_in())["access_token"])
        for token in (await nobody.ask("GET", "/api/auth/tokens", headers=admin)).json:
            path = f"/api/auth/tokens/{token['token_id']}"
            assert (await nobody.ask("DELETE", path, headers=admin)).status == 204
    await server.kill()
    await server.start()
    assert (await page.http.get("cameras")).status == 200
    for person in (by_access, program):
        assert (await person.http.get("cameras")).status == 401, person.name
    watching = asyncio.create_task(player.watch())
    await until("the player is answered", lambda: _answered(player), within=5)
    watching.cancel()
    assert set(player.statuses) == {401}, "a grant ends with the token that asked for it"


async def _answered(person: Person) -> bool:
    return bool(person.statuses)


async def test_a_stranger_sees_no_more_of_a_camera_after_a_restart(
    people: list[Person], http: Client, server: ServerProcess
) -> None:
    [camera] = (await http.get("cameras")).json
    await server.kill()
    await server.start()
    async with stranger(server) as nobody:
        for path in ("", "/hls/index.m3u8", "/stream-status", "/media-grant", "/outages"):
            answer = await nobody.get(f"cameras/{camera['camera_id']}{path}")
            assert answer.status == 401, path
            assert camera["name"] not in answer.text
        picture = await nobody.get(f"cameras/{camera['camera_id']}/last-image")
    assert (picture.status, picture.headers["Content-Type"]) == (200, "image/svg+xml")
