"""All that goes wrong between a page and its server, P1 to P23 of the table of faults, and what comes of it.

What is a fault of playlists and segments is seen on HLS; all else on the whole ladder, and on MSE alone.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from attrs import frozen

from socstream.demo.faults import Refuse, Switch
from tests.e2e.fault_proxy import Cut, EndList, Fault, Garbage, Hang, Old, Status
from tests.e2e.fault_stage import Stage
from tests.e2e.page_watch import story

BACK = 7.0
"""Seconds from the end of a fault to moving pictures; a busy box adds its own."""
SOONER = {"P11": 3.0, "P21": 4.0}
"""The same, for rows that have a bound of their own."""
MEDIAN = 4.0
"""The same, of half of all rows."""
LIE = 3.0
"""Seconds that a tile may say LIVE on a still picture."""

_AFTER = 14.0
"""Seconds that are watched after the end of a fault."""


@frozen
class Outcome:
    """What became of one tile. `rung`: the only one that the page might use; empty: all of the ladder."""

    row: str
    rung: str
    back: float | None
    """Seconds from the end of the fault to moving pictures; None: never."""
    lie: float
    """Seconds that it said LIVE on a still picture."""

    def __str__(self) -> str:
        back = "never" if self.back is None else f"{self.back:.1f} s"
        return f"{self.row}: back after {back}, said LIVE on a still {self.lie:.1f} s"


def bound(row: str) -> float:
    """Seconds within which the pictures of this row move again."""
    return SOONER.get(row.partition(" ")[0], BACK)


Act = Callable[[Stage, str], Awaitable[None]]


def for_a_while(fault: Fault, seconds: float) -> Act:
    async def act(stage: Stage, camera_id: str) -> None:
        stage.proxy.order(fault, camera_id)
        await asyncio.sleep(seconds)
        stage.proxy.order(None, camera_id)

    return act


async def gone(stage: Stage, camera_id: str) -> None:
    await stage.cameras[camera_id].order(Refuse())
    await asyncio.sleep(5)
    await stage.cameras[camera_id].clear()


async def gone_and_other(stage: Stage, camera_id: str) -> None:
    await stage.cameras[camera_id].order(Refuse())
    await asyncio.sleep(5)
    await stage.cameras[camera_id].order(Switch(stage.other))


async def gone_and_alike(stage: Stage, camera_id: str) -> None:
    stage.proxy.name_every_init_alike(camera_id)
    await gone(stage, camera_id)


async def overwritten(stage: Stage, camera_id: str) -> None:
    stage.proxy.begin_anew(camera_id, wiped=False)


async def wiped(stage: Stage, camera_id: str, pause: float) -> None:
    stage.proxy.order(Status(404, "everything"), camera_id)
    await asyncio.sleep(pause)
    stage.proxy.begin_anew(camera_id, wiped=True)
    stage.proxy.order(None, camera_id)


async def skipped(stage: Stage, camera_id: str) -> None:
    stage.proxy.skip(camera_id, 1000)


async def paused(stage: Stage, camera_id: str) -> None:
    tile = f'[data-camera="{camera_id}"] video'
    for _ in range(125):
        await stage.page.eval_on_selector(tile, "video => video.pause()")
        await asyncio.sleep(0.2)


AT_OPENING: dict[str, Fault] = {
    "P1 playlist 503": Status(503, "playlist"),
    "P2 playlist 404": Status(404, "playlist"),
    "P3 segments 503": Status(503, "segment"),
}

WALLS: dict[str, dict[str, Act]] = {
    "answers": {
        "P4 playlist 503, 10 s": for_a_while(Status(503, "playlist"), 10),
        "P5 playlist 404, 10 s": for_a_while(Status(404, "playlist"), 10),
        "P7 segments 503, 10 s": for_a_while(Status(503, "segment"), 10),
        "P8 segments 404, 10 s": for_a_while(Status(404, "segment"), 10),
    },
    "hanging": {"P11 playlist hangs 30 s, for 10 s": for_a_while(Hang(), 10)},
    "runs": {
        "P12 camera gone 5 s": gone,
        "P13 and another resolution": gone_and_other,
        "P14 and the same init name": gone_and_alike,
        "P15 nothing new, 20 s": for_a_while(Old(), 20),
    },
    "playlists": {
        "P16 sequence back, overwritten": overwritten,
        "P17 wiped, 3 s": partial(wiped, pause=3.0),
        "P18 wiped at once": partial(wiped, pause=0.0),
        "P19 sequence jumps": skipped,
        "P20 ENDLIST, 3 s": for_a_while(EndList(), 3),
    },
    "media": {
        "P21 garbage, 3 s": for_a_while(Garbage(), 3),
        "P22 truncated, 3 s": for_a_while(Cut(), 3),
        "P23 paused 25 s": paused,
    },
}


ON_THE_EDGE: dict[str, Act] = {
    "P12 camera gone 5 s": gone,
    "P13 and another resolution": gone_and_other,
    "P15 nothing new, 20 s": for_a_while(Old(), 20),
    "P21 garbage, 3 s": for_a_while(Garbage(), 3),
    "P22 truncated, 3 s": for_a_while(Cut(), 3),
    "P23 paused 25 s": paused,
}


async def everything_503(stage: Stage, seconds: float) -> None:
    stage.proxy.order(Status(503, "everything"))
    await asyncio.sleep(seconds)
    stage.proxy.order(None)


async def everything_401(stage: Stage) -> None:
    stage.proxy.order(Status(401, "everything"))
    await asyncio.sleep(10)
    stage.proxy.order(None)


async def refused(stage: Stage) -> None:
    await stage.proxy.refuse()
    await asyncio.sleep(10)
    await stage.proxy.start()


ServerAct = Callable[[Stage], Awaitable[None]]

OF_THE_SERVER: dict[str, ServerAct] = {
    "P6 everything 503, 20 s": partial(everything_503, seconds=20),
    "P9 401, 10 s": everything_401,
    "P10 refused, 10 s": refused,
}


async def faults_of_streams(stage: Stage, rung: str, rows: Mapping[str, Act]) -> tuple[list[Outcome], bool]:
    """Each row on a camera of its own, all at once; whether the last one, without a fault, stayed live."""
    await stage.open(rung)
    await stage.live()
    *faulty, healthy = stage.cameras
    ends = await asyncio.gather(
        *(_ended(act, stage, camera_id) for act, camera_id in zip(rows.values(), faulty, strict=True))
    )
    await asyncio.sleep(_AFTER)
    outcomes = [
        await _outcome(row, rung, stage, camera_id, end)
        for row, camera_id, end in zip(rows, faulty, ends, strict=True)
    ]
    spared = await story(stage.page, healthy)
    return outcomes, all(look.state == "live" for look in spared.looks if look.at >= min(ends) - 1)


async def faults_at_the_opening(stage: Stage) -> list[Outcome]:
    """Each row on a camera of its own that runs already when the page is opened."""
    await asyncio.sleep(4)  # the cameras themselves are live
    for camera_id, fault in zip(stage.cameras, AT_OPENING.values(), strict=True):
        stage.proxy.order(fault, camera_id)
    await stage.open("hls")
    await asyncio.sleep(8)
    end = time.time()
    for camera_id in stage.cameras:
        stage.proxy.order(None, camera_id)
    await asyncio.sleep(_AFTER)
    return [
        await _outcome(row, "hls", stage, camera_id, end)
        for row, camera_id in zip(AT_OPENING, stage.cameras, strict=True)
    ]


async def fault_of_the_server(stage: Stage, rung: str, row: str, act: ServerAct) -> list[Outcome]:
    """One row, which all cameras suffer."""
    await stage.open(rung)
    await stage.live()
    await act(stage)
    end = time.time()
    await asyncio.sleep(_AFTER)
    return [await _outcome(row, rung, stage, camera_id, end) for camera_id in stage.cameras]


async def _ended(act: Act, stage: Stage, camera_id: str) -> float:
    await act(stage, camera_id)
    return time.time()


async def _outcome(row: str, rung: str, stage: Stage, camera_id: str, end: float) -> Outcome:
    told = await story(stage.page, camera_id)
    return Outcome(row, rung, told.back(end, end + _AFTER), told.longest_lie())
