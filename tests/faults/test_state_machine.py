"""Row 25: all commands in any order, while cameras fail. The last write wins, and all is clean.

Real `Cameras`, `Supervisor`, `Worker` and SQLite; time, disk, network and FFmpeg are stand-ins.
"""

import asyncio
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest
from attrs import define, evolve
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from socstream.cameras import Cameras
from socstream.model.address import AddressPolicy
from socstream.model.camera import CameraDraft, CameraEdit, Mode
from socstream.model.errors import CameraExists, CameraNotFound, InMaintenance, VersionConflict
from socstream.model.failure import FailureCode
from socstream.model.source import Source, parse_source
from socstream.model.stream import StreamState
from socstream.store.cameras import CameraStore
from socstream.store.database import Database
from tests.fakes import FakeFFmpeg, settle
from tests.keys import VAULT
from tests.supervision.rig import Rig

T = TypeVar("T")

GRACE = 5.0
"""Virtual seconds in which an FFmpeg that nobody wants any more, or not like that, has to be gone."""

IDLE_AFTER = 10.0

MOODS = ("plays", "silent", "ends", "refuses", "locked", "jumps", "redirects")
NAMES = st.sampled_from(("Gate", "Yard", "GATE", "Dock"))
URLS = st.sampled_from(
    ("rtsp://192.0.2.7/live", "rtsp://192.0.2.7/other", "rtsp://viewer:s3cret@192.0.2.8/live")
)
MODES = st.sampled_from(Mode)


@define
class Wish:
    """What an operator was told is so, and when that last concerned the stream (virtual seconds)."""

    name: str
    source: Source
    maintenance: bool
    mode: Mode
    version: int
    since: float
    watched_at: float = -1e9

    def is_wanted(self, now: float) -> bool:
        """Whether an FFmpeg may run."""
        is_idle = self.mode is Mode.ON_DEMAND and now - self.watched_at >= IDLE_AFTER
        return not (self.maintenance or is_idle)


class Commands(RuleBasedStateMachine):
    """Operators, viewers, cameras and time, in any order."""

    ids: Bundle[str] = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.scratch = tempfile.TemporaryDirectory()
        self.stack = AsyncExitStack()
        self.wishes: dict[str, Wish] = {}
        self.gone: dict[str, float] = {}
        """Deleted cameras, and when."""
        self.moods: dict[str, str] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        async def and_settle() -> T:
            try:
                return await work
            finally:
                await settle()

        return self.loop.run(and_settle())

    @initialize(ending=st.sampled_from((0.0, 0.3, 3.0)))
    def begin(self, ending: float) -> None:
        self.run(self._begin(ending))

    async def _begin(self, ending: float) -> None:
        self.database = await self.stack.enter_async_context(Database.open(Path(self.scratch.name) / "x.db"))
        self.store = CameraStore(self.database, VAULT)
        self.rig = Rig(ceilings_in=self.store)
        self.rig.encoder.ending = ending
        self.rig.encoder.behaviour = self._behave
        policy = AddressPolicy()
        self.cameras = Cameras(self.store, self.rig.supervisor, self.rig.clock, policy, _no_probe)
        self.rig.supervisor.open()
        await self.cameras.load()

    async def _behave(self, ffmpeg: FakeFFmpeg) -> None:
        """What FFmpeg meets at its camera, second by second."""
        endings = {
            "ends": FailureCode.SOURCE_ENDED,
            "refuses": FailureCode.REFUSED,
            "locked": FailureCode.UNAUTHORIZED,
        }
        while True:
            await self.rig.clock.sleep(1.0)
            mood = self.moods.get(ffmpeg.order.camera_id, "plays")
            if mood in ("plays", "jumps"):
                ffmpeg.cut(1.0 if mood == "plays" else 30.0)
            elif mood == "redirects":
                ffmpeg.redirect()
            elif mood in endings:
                ffmpeg.exit(endings[mood])
                return

    @property
    def now(self) -> float:
        return self.rig.clock.monotonic()

    @rule(target=ids, name=NAMES, url=URLS, maintenance=st.booleans(), mode=MODES)
    def add(self, name: str, url: str, maintenance: bool, mode: Mode) -> Any:
        source = parse_source(url)
        draft = CameraDraft(
            name, {}, "192.0.2.7", source, maintenance=maintenance, mode=mode, idle_after=IDLE_AFTER
        )
        if self._is_taken(name):
            with pytest.raises(CameraExists):
                self.run(self.cameras.add(draft))
            return multiple()
        camera = self.run(self.cameras.add(draft))
        self.wishes[camera.camera_id] = Wish(name, source, maintenance, mode, 1, self.now)
        return camera.camera_id

    @rule(camera_id=ids, name=NAMES)
    def rename(self, camera_id: str, name: str) -> None:
        edit = CameraEdit(name=name)
        if camera_id in self.wishes and self._is_taken(name, but=camera_id):
            with pytest.raises(CameraExists):
                self.run(self.cameras.edit(camera_id, edit))
        elif self._edited(camera_id, edit):
            self._now_is(camera_id, name=name)

    @rule(camera_id=ids, url=URLS, mode=MODES, maintenance=st.booleans())
    def change(self, camera_id: str, url: str, mode: Mode, maintenance: bool) -> None:
        edit = CameraEdit(source=parse_source(url), mode=mode, maintenance=maintenance)
        if self._edited(camera_id, edit):
            self._takes_effect(camera_id)

    @rule(camera_id=ids, edits=st.lists(st.tuples(URLS, st.booleans()), min_size=2, max_size=4))
    def change_faster_than_anybody_can_follow(self, camera_id: str, edits: list[tuple[str, bool]]) -> None:
        if camera_id not in self.wishes:
            return

        async def all_at_once() -> None:
            wishes = [CameraEdit(source=parse_source(url), maintenance=rest) for url, rest in edits]
            await asyncio.gather(*(self.cameras.edit(camera_id, wish) for wish in wishes))

        self.run(all_at_once())
        self._now_is(camera_id, version=self.wishes[camera_id].version + len(edits))
        camera, (url, rest) = self.cameras.get(camera_id), edits[-1]
        assert (camera.source, camera.maintenance) == (parse_source(url), rest)
        self._takes_effect(camera_id)

    @rule(camera_id=ids)
    def change_what_somebody_else_has_changed(self, camera_id: str) -> None:
        if camera_id in self.wishes:
            stale = CameraEdit(maintenance=True, version=self.wishes[camera_id].version + 1)
            with pytest.raises(VersionConflict):
                self.run(self.cameras.edit(camera_id, stale))

    @rule(camera_id=ids)
    def delete(self, camera_id: str) -> None:
        if self.wishes.pop(camera_id, None) is None:
            with pytest.raises(CameraNotFound):
                self.run(self.cameras.remove(camera_id))
        else:
            self.run(self.cameras.remove(camera_id))
            self.gone[camera_id] = self.now

    @rule(camera_id=ids)
    def retry(self, camera_id: str) -> None:
        wish = self.wishes.get(camera_id)

        async def ask() -> None:
            self.cameras.retry(camera_id)

        if wish is None or wish.maintenance:
            with pytest.raises((CameraNotFound, InMaintenance)):
                self.run(ask())
        else:
            self.run(ask())

    @rule(camera_id=ids)
    def watch(self, camera_id: str) -> None:
        async def ask() -> None:
            self.cameras.watch(camera_id)

        self.run(ask())
        if camera_id in self.wishes:
            self._now_is(camera_id, watched_at=self.now)

    @rule(camera_id=ids, mood=st.sampled_from(MOODS))
    def feel(self, camera_id: str, mood: str) -> None:
        self.moods[camera_id] = mood

    @rule(is_open=st.booleans())
    def open_or_close_all_ports(self, is_open: bool) -> None:
        self.rig.ports.is_open = is_open

    @rule(seconds=st.sampled_from((-3600.0, 3600.0)))
    def turn_the_wall_clock(self, seconds: float) -> None:
        self.rig.clock.wall_offset += seconds

    @rule(seconds=st.sampled_from((0.02, 0.3, 1.0, 4.0, 7.0, 25.0)))
    def wait(self, seconds: float) -> None:
        self.run(self._wait(seconds))

    async def _wait(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            await self.rig.clock.advance(min(1.0, until - self.now))
            async with self.database.transaction():
                pass  # real time: what was being saved is saved now
            await settle()

    def _is_taken(self, name: str, but: str = "") -> bool:
        others = {wish.name.casefold() for camera_id, wish in self.wishes.items() if camera_id != but}
        return name.casefold() in others

    def _edited(self, camera_id: str, edit: CameraEdit) -> bool:
        if camera_id not in self.wishes:
            with pytest.raises(CameraNotFound):
                self.run(self.cameras.edit(camera_id, edit))
            return False
        self.run(self.cameras.edit(camera_id, edit))
        self._now_is(camera_id, version=self.wishes[camera_id].version + 1)
        return True

    def _takes_effect(self, camera_id: str) -> None:
        """Take over what the last edit said of the stream; the camera as listed must say the same."""
        camera = self.cameras.get(camera_id)
        wish = self.wishes[camera_id]
        changed = (camera.source, camera.maintenance, camera.mode)
        if changed != (wish.source, wish.maintenance, wish.mode):
            self._now_is(
                camera_id,
                source=camera.source,
                maintenance=camera.maintenance,
                mode=camera.mode,
                since=self.now,
                watched_at=-1e9,
            )

    def _now_is(self, camera_id: str, **facts: Any) -> None:
        self.wishes[camera_id] = evolve(self.wishes[camera_id], **facts)

    @invariant()
    def no_camera_has_two_ffmpegs(self) -> None:
        assert self.rig.encoder.overlaps == []
        alive = [life.order.camera_id for life in self.rig.encoder.alive]
        assert len(alive) == len(set(alive))

    @invariant()
    def what_runs_is_wanted(self) -> None:
        for life in self.rig.encoder.alive:
            camera_id = life.order.camera_id
            wish = self.wishes.get(camera_id)
            if wish is None:
                assert self.now - self.gone[camera_id] < GRACE, "a deleted camera still runs"
            elif self.now - wish.since >= GRACE:
                assert wish.is_wanted(self.now - GRACE), "a camera runs that nobody wants"
                assert life.order.source == wish.source, "an earlier write won"

    @invariant()
    def memory_store_and_board_say_what_was_acknowledged(self) -> None:
        told = {camera.camera_id: camera for camera in self.cameras.all()}
        stored = {each.camera.camera_id: each.camera for each in self.run(self.store.all())}
        assert told == stored
        assert {one: (c.name, c.version, c.maintenance) for one, c in told.items()} == {
            one: (wish.name, wish.version, wish.maintenance) for one, wish in self.wishes.items()
        }
        late = {camera_id for camera_id, since in self.gone.items() if self.now - since < GRACE}
        assert self.wishes.keys() <= self.rig.board.statuses.keys() <= self.wishes.keys() | late

    @invariant()
    def the_board_tells_the_truth(self) -> None:
        alive = {life.order.camera_id for life in self.rig.encoder.alive}
        for camera_id, status in self.rig.board.statuses.items():
            if status.state in (StreamState.LIVE, StreamState.STALLED):
                assert camera_id in alive
            if status.state in (StreamState.BACKOFF, StreamState.STOPPED):
                assert camera_id not in alive
            assert (status.retry_at is not None) == (status.state is StreamState.BACKOFF)
            wish = self.wishes.get(camera_id)
            if wish is None or self.now - wish.since < GRACE:
                continue
            if wish.maintenance:
                assert status.state is StreamState.STOPPED
            elif wish.mode is Mode.ALWAYS:
                assert status.state is not StreamState.STOPPED, "nobody keeps it"
            if status.state is StreamState.STARTING:
                assert self.now - status.since <= 21.0 + GRACE, "it starts for ever"

    def teardown(self) -> None:
        self.run(self._end())
        self.loop.close()
        self.scratch.cleanup()

    async def _end(self) -> None:
        await self.rig.close()
        assert self.rig.encoder.alive == []
        assert {status.state for status in self.rig.board.statuses.values()} <= {StreamState.STOPPED}
        await self.stack.aclose()


async def _no_probe(source: Source) -> Any:
    raise AssertionError(f"nobody asked for a look at {source.host}")


TestCommands = Commands.TestCase
TestCommands.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
