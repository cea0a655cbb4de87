"""Pages of other people, from another origin, play on, without any error handler.

One sends its token with every request, as the existing front end does; the other one sends no header and has
its permission in the path.
"""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import m3u8
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import frozen
from playwright.async_api import Page

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import Refuse
from socstream.demo.media import Media
from tests.rigs.browser import chromium, clock_in, tab
from tests.rigs.client import API, Client, new_token
from tests.rigs.client import client as client_of
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess, served

pytestmark = pytest.mark.page

UI = Path(__file__).parents[2] / "socstream" / "ui"

BEHIND = 10.0
"""Seconds that a live picture may be old: three segments, a restart, and what a busy box adds."""

SOON = 10.0
"""Seconds to pictures from after a fault; 1.5 to 3 as measured, 14 when the media sequence goes back."""

PAGE = """<!doctype html>
<title>plain</title>
<video muted autoplay playsinline crossorigin="anonymous" width="320"></video>
<script src="/%s.js"></script>
<script>
  const video = document.querySelector('video');
  const token = %s;
  const hls = new Hls(token === null ? {} : {
    xhrSetup: (request) => request.setRequestHeader('Authorization', 'Bearer ' + token),
  });
  hls.loadSource(%s);
  hls.attachMedia(video);
  window.samples = [];
  setInterval(() => {
    const frames = video.getVideoPlaybackQuality().totalVideoFrames;
    samples.push([Date.now() / 1000, video.currentTime, frames, (hls.playingDate ?? 0) / 1000]);
  }, 100);
</script>
"""


@frozen
class Sample:
    """What a player showed at a moment: `taken` is when the server received that picture. Wall seconds."""

    at: float
    position: float
    frames: int
    taken: float


@frozen
class Permission:
    """How a page may see the camera: with a token in a header, or (None) by the path of the playlist."""

    token: str | None
    playlist: str


class Site:
    """Somebody's web site on another port, with a page for each version of hls.js."""

    def __init__(self) -> None:
        self.permissions: dict[str, Permission] = {}
        app = web.Application()
        app.router.add_get("/{package}.js", self._script)
        app.router.add_get("/{package}.html", self._page)
        self.server = TestServer(app, host="127.0.0.1")

    @property
    def origin(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    async def _script(self, request: web.Request) -> web.FileResponse:
        path = UI / "node_modules" / request.match_info["package"] / "dist" / "hls.min.js"
        assert path.is_file(), f"no {path}: run `python -m socstream.ui.build check` first"
        return web.FileResponse(path)

    async def _page(self, request: web.Request) -> web.Response:
        package = request.match_info["package"]
        permission = self.permissions[package]
        text = PAGE % (package, json.dumps(permission.token), json.dumps(permission.playlist))
        return web.Response(text=text, content_type="text/html")


@frozen
class Scene:
    """A camera, the server that shows it, and players that play it."""

    server: ServerProcess
    http: Client
    camera: VirtualCamera
    camera_id: str
    players: dict[str, Page]


@pytest.fixture
async def scene(tmp_path: Path, media: Media) -> AsyncIterator[Scene]:
    site = Site()
    async with (
        site.server,
        chromium() as browser,
        VirtualCamera("Gate", media, join="live") as camera,
        served(tmp_path, {"CORS_ORIGINS": site.origin}) as server,
        client_of(server) as http,
    ):
        camera_id = await http.add(camera)
        contract = f"{server.url}{API}/cameras/{camera_id}/hls/index.m3u8"
        site.permissions = {
            "hls-plain-1.6": Permission(await new_token(server), contract),
            "hls-plain-1.7": Permission(None, await http.granted(camera_id)),
        }
        async with (
            tab(browser, f"{site.origin}/hls-plain-1.6.html") as older,
            tab(browser, f"{site.origin}/hls-plain-1.7.html") as newer,
        ):
            players = {"1.6.15 with a header": older.page, "1.7.4 without one": newer.page}
            for page in players.values():
                await until("pictures", partial(_moves, page), within=20)
            yield Scene(server, http, camera, camera_id, players)


async def ffmpeg_killed(scene: Scene) -> None:
    [pid] = scene.server.ffmpegs()
    os.kill(pid, signal.SIGKILL)


async def server_killed(scene: Scene) -> None:
    await scene.server.kill()
    print(f"server down for {await scene.server.start():.1f} s")


async def camera_gone(scene: Scene) -> None:
    await scene.camera.order(Refuse())
    await asyncio.sleep(5)
    await scene.camera.clear()


@pytest.mark.timeout(100)  # one scene for all faults: each comes upon the traces of the one before
async def test_plain_players_play_on_through_all_of_it(scene: Scene) -> None:
    for fault in (ffmpeg_killed, server_killed, camera_gone):
        began = time.time()
        await fault(scene)
        over = time.time()
        waits = [await _seconds_to_fresh(page, over) for page in scene.players.values()]
        await until("the break to leave the list", partial(_rolled, scene, over), within=20)
        await asyncio.sleep(1.5)
        for (version, page), wait in zip(scene.players.items(), waits, strict=True):
            samples = [sample for sample in await _samples(page) if sample.at >= began]
            print(
                f"{fault.__name__}, hls.js {version}: shows pictures from after it {wait:.1f} s later, "
                f"stood still for {_longest_stillness(samples):.1f} s"
            )
            last = [sample for sample in samples if sample.at > samples[-1].at - 1.5]
            who = f"{version} after {fault.__name__}"
            assert last[-1].frames > last[0].frames + 10, f"{who}: no new frames"
            assert last[-1].position > last[0].position + 1, f"{who}: it does not go on"
            assert samples[-1].at - samples[-1].taken < BEHIND, f"{who}: it is far behind"
            video = await page.query_selector("video")
            assert video is not None
            digits = await clock_in(video)
            assert digits is not None
            # a name that stands for two contents would show an old picture with a new date
            assert (time.time() - digits) % 60 < BEHIND, f"{who}: the picture itself is old"


async def _rolled(scene: Scene, over: float) -> bool:
    """Whether every segment in the list is from after the fault: players have seen its trace go."""
    answer = await scene.http.playlist(scene.camera_id)
    if answer.status != 200:
        return False
    first = m3u8.loads(answer.text).segments[0]
    return first.program_date_time is not None and first.program_date_time.timestamp() > over + 1


async def _seconds_to_fresh(page: Page, over: float) -> float:
    """Seconds from the end of a fault until the page showed a picture that was taken after it."""

    async def look() -> float | None:
        fresh = (sample.at for sample in await _samples(page) if sample.taken > over)
        return next(fresh, None)

    shown, _ = await until("pictures from after the fault", look, within=SOON, every=0.25)
    return shown - over


async def _moves(page: Page) -> bool:
    samples = await _samples(page)
    return len(samples) > 5 and samples[-1].frames > samples[-5].frames and samples[-1].taken > 0


async def _samples(page: Page) -> list[Sample]:
    return [Sample(*numbers) for numbers in await page.evaluate("samples")]


def _longest_stillness(samples: list[Sample]) -> float:
    """The longest time in seconds without a new frame."""
    moved, longest = samples[0], 0.0
    for sample in samples:
        if sample.frames != moved.frames:
            moved = sample
        longest = max(longest, sample.at - moved.at)
    return longest
