"""The API on real cameras, a real store, board and timelines; time and supervision are stand-ins."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from socstream.access.accounts import Accounts
from socstream.access.grants import Grants
from socstream.access.passwords import Cost, Passwords
from socstream.api.application import make_application
from socstream.api.guard import Guard, Limits
from socstream.api.keys import PROBING, Services, Settings
from socstream.api.listener import listening
from socstream.audit import Audit
from socstream.background import in_background
from socstream.board import StreamBoard
from socstream.cameras import Cameras
from socstream.clock import SystemClock
from socstream.events.history import History
from socstream.events.hub import Hub
from socstream.events.journal import Journal
from socstream.events.recorder import Recorder
from socstream.events.uptime import Uptime
from socstream.gateway import Gateway, open_session
from socstream.hls.album import Album
from socstream.hls.layout import StreamLayout, init_name, segment_name
from socstream.hls.timeline import Segment, Timeline, Timelines
from socstream.live.edges import Edges
from socstream.model.account import Role, UserDraft
from socstream.model.address import AddressPolicy
from socstream.model.camera import Camera
from socstream.model.ceiling import Ceiling
from socstream.model.failure import Failure, FailureCode
from socstream.model.report import Report
from socstream.model.session import TokenDraft
from socstream.model.source import Source
from socstream.model.stream import (
    Exited,
    Media,
    PlaylistAdvanced,
    Spawned,
    Stopped,
    StreamEvent,
    StreamState,
    StreamStatus,
)
from socstream.ops.metrics import Metrics
from socstream.pictures import Pictures
from socstream.store.accounts import AccountStore
from socstream.store.audit import AuditStore
from socstream.store.cameras import CameraStore
from socstream.store.database import Database
from socstream.store.ledger import Ledger
from socstream.store.walls import WallStore
from socstream.walls import Walls
from tests.keys import VAULT

CAMERAS = "/api/security-operations/cameras"
ADMIN_PASSWORD = "correct horse battery"
CHEAP = Cost(passes=1, kibibytes=8, lanes=1)
NOON = 1_772_366_400.0  # 2026-03-01T12:00:00Z

GATE: dict[str, Any] = {
    "name": "Gate",
    "location": "North",
    "ip_address": "192.0.2.7",
    "stream_url": "rtsp://viewer:s3cret-pass@192.0.2.7/live",
}

Client = TestClient[web.Request, web.Application]


async def until(condition: Callable[[], bool]) -> None:
    """Return when it holds; TimeoutError after 5 s."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 (what is waited for has no event to wait for)
            await asyncio.sleep(0.01)


async def jpeg_of(movie: bytes) -> bytes:
    """What stands for a picture of these bytes."""
    return b"\xff\xd8\xff" + movie + b"\xff\xd9"


class FakeClock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 5_000.0
        self.offset = NOON - self.now
        self._moved = asyncio.Event()

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now + self.offset

    def advance(self, seconds: float) -> None:
        self.now += seconds
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep(self, delay: float) -> None:
        until = self.now + delay
        while self.now < until:
            await self._moved.wait()

    async def wait(self, event: asyncio.Event, timeout: float) -> bool:
        until = self.now + timeout
        while self.now < until and not event.is_set():
            either = {asyncio.ensure_future(each.wait()) for each in (event, self._moved)}
            try:
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in either:
                    each.cancel()
        return event.is_set()


class FakeSupervision:
    """Puts a status and a timeline where the supervisor would, and starts nothing."""

    def __init__(self, board: StreamBoard, timelines: Timelines, clock: FakeClock) -> None:
        self._board, self._timelines, self._clock = board, timelines, clock
        self.replaced: list[str] = []
        self.updated: list[str] = []
        self.watched: list[str] = []
        self.retried: list[str] = []
        self.looked_at: list[Source] = []
        self.report = Report()
        self.may_report = asyncio.Event()
        self.may_report.set()

    def start(self, camera: Camera, ceiling: Ceiling) -> None:
        now = self._clock.monotonic()
        self._board.put(camera.camera_id, StreamStatus(StreamState.STOPPED, now))
        self._timelines.put(camera.camera_id, Timeline(ceiling, None, now))

    def replace(self, camera: Camera) -> None:
        self.replaced.append(camera.camera_id)

    def update(self, camera: Camera) -> None:
        self.updated.append(camera.camera_id)

    def remove(self, camera_id: str) -> None:
        self._timelines.drop(camera_id)
        self._board.drop(camera_id)

    async def look(self, source: Source) -> Report:
        self.looked_at.append(source)
        await self.may_report.wait()
        return self.report

    def watch(self, camera_id: str) -> None:
        self.watched.append(camera_id)

    def retry(self, camera_id: str) -> None:
        self.retried.append(camera_id)


class _Listener(TestServer):
    """The application behind our own listener."""

    def __init__(self, app: web.Application, *, fast_path: bool) -> None:
        super().__init__(app)
        self._fast_path = fast_path
        self._stack = AsyncExitStack()

    async def start_server(self, loop: asyncio.AbstractEventLoop | None = None, **kwargs: Any) -> None:
        if self._root is None:
            guard = Guard(Limits(), SystemClock())
            self.host, self.port = await self._stack.enter_async_context(
                listening(self.app, guard, "127.0.0.1", 0, shutdown_timeout=1.0, fast_path=self._fast_path)
            )
            self._root = URL(f"http://{self.host}:{self.port}")

    async def close(self) -> None:
        await self._stack.aclose()


class Rig:
    """A server to talk to (`client`), and the hands that move what is behind it."""

    def __init__(
        self,
        services: Services,
        supervision: FakeSupervision,
        clock: FakeClock,
        journal: Journal,
        admin_token: str,
        *,
        fast_path: bool,
    ) -> None:
        self.admin_token = admin_token
        self.services = services
        self.journal = journal
        self.supervision = supervision
        self.clock = clock
        self.cameras, self.board, self.timelines = services.cameras, services.board, services.timelines
        self.app = make_application(services)
        server = _Listener(self.app, fast_path=fast_path)
        self.client: Client = TestClient(server, headers=self.header)
        self.stranger: Client = TestClient(server)
        """Somebody who shows nothing."""

    @property
    def bearer(self) -> str:
        """The header of an administrator, as it goes over the wire."""
        return f"Authorization: Bearer {self.admin_token}\r\n"

    @property
    def header(self) -> dict[str, str]:
        """The same for clients of aiohttp."""
        return {"Authorization": f"Bearer {self.admin_token}"}

    @property
    def probing(self) -> int:
        """How many clients have a probe under way."""
        return len(self.app[PROBING])

    async def get(self, path: str, **options: Any) -> ClientResponse:
        return await self.client.get(path, allow_redirects=False, **options)

    async def ask_verbatim(self, method: str, path: str, **options: Any) -> ClientResponse:
        """The answer to a path that no client library has tidied."""
        url = URL(f"http://{self.client.host}:{self.client.port}{path}", encoded=True)
        return await self.client.session.request(method, url, allow_redirects=False, **options)

    async def add(self, **changes: Any) -> dict[str, Any]:
        """A camera through the API."""
        response = await self.client.post(CAMERAS, json=GATE | changes)
        assert response.status == 201, await response.text()
        camera: dict[str, Any] = await response.json()
        return camera

    async def edit(self, camera_id: str, /, **changes: Any) -> dict[str, Any]:
        """An edit through the API that has to succeed."""
        response = await self.client.patch(f"{CAMERAS}/{camera_id}", json=changes)
        assert response.status == 200, await response.text()
        camera: dict[str, Any] = await response.json()
        return camera

    async def show(self, camera_id: str) -> dict[str, Any]:
        response = await self.client.get(f"{CAMERAS}/{camera_id}")
        assert response.status == 200
        camera: dict[str, Any] = await response.json()
        return camera

    def note(self, camera_id: str, event: StreamEvent) -> None:
        """Something happens to a stream now."""
        status = self.board.get(camera_id)
        assert status is not None
        self.board.put(camera_id, status.after(event, self.clock.monotonic()))

    def spawn(self, camera_id: str, run: int = 1) -> None:
        self.note(camera_id, Spawned(run))

    def publish(self, camera_id: str, content: bytes = b"pictures") -> str:
        """One more segment, on disk, in the timeline and on the board; its name."""
        timeline = self.timelines.get(camera_id)
        assert timeline is not None
        number = timeline.next_number
        segment = Segment(
            number=number,
            run=1,
            duration=1.0,
            size=len(content),
            began=self.clock.wall(),
            discontinuity=False,
        )
        for name in (segment_name(number), init_name(1)):
            path = self.services.layout.path(camera_id, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        timeline.publish(timeline.window.extended(segment), self.clock.monotonic())
        self.note(camera_id, PlaylistAdvanced(1, 4_000_000, Media("h264", 1920, 1080, 25.0), stable=True))
        return segment_name(number)

    def go_live(self, camera_id: str) -> str:
        self.spawn(camera_id)
        return self.publish(camera_id)

    def fail(self, camera_id: str, code: FailureCode = FailureCode.REFUSED, retry_in: float = 4.2) -> None:
        failure = Failure(code, "tcp://192.0.2.7:554")
        self.note(camera_id, Exited(failure, failures=3, retry_at=self.clock.monotonic() + retry_in))

    def stop(self, camera_id: str) -> None:
        self.note(camera_id, Stopped())


@asynccontextmanager
async def rigged(
    path: Path,
    *,
    settings: Settings | None = None,
    gateway_url: str | None = None,
    via_proxy: bool = True,
    policy: AddressPolicy | None = None,
    loaded: bool = True,
    log: Mapping[str, Sequence[str]] | None = None,
    problems: Sequence[str] = (),
    before_start: Callable[["Rig"], None] = lambda rig: None,
    fast_path: bool = True,
) -> AsyncIterator[Rig]:
    """A running server on a fresh store below `path`."""
    path.mkdir(exist_ok=True)
    clock, board, timelines = FakeClock(), StreamBoard(), Timelines()
    supervision = FakeSupervision(board, timelines, clock)
    policy = policy or AddressPolicy()
    base_url = URL(gateway_url) if gateway_url else None
    settings = settings or Settings(cors_origins=frozenset({"http://localhost:3000"}))
    async with (
        Database.open(path / "test.db", busy_timeout=0.5) as database,
        open_session(base_url, policy) as session,
    ):
        layout = StreamLayout(path / "streams")
        cameras = Cameras(CameraStore(database, VAULT), supervision, clock, policy, supervision.look)
        edges = Edges(clock)
        cameras.listen(edges.camera_changed)
        passwords = Passwords(CHEAP)
        accounts = Accounts(AccountStore(database), passwords, clock)
        await accounts.load()
        admin = await accounts.add_user(UserDraft("admin", ADMIN_PASSWORD, roles=(Role.ADMIN,)))
        _, admin_token = await accounts.add_token(TokenDraft("tests", Role.ADMIN), by=admin)
        walls = Walls(WallStore(database), clock)
        uptime = Uptime(clock)
        journal = Journal(Ledger(database), clock, uptime.restore)
        board.listen(Recorder(journal, uptime, clock).stream_changed)
        history = History(journal, clock)
        board.listen(history.stream_changed)
        album = Album(path / "pictures", layout)
        pictures = Pictures(album, timelines, jpeg_of, clock)
        board.listen(pictures.stream_changed)
        services = Services(
            clock=clock,
            accounts=accounts,
            grants=Grants(VAULT.derive("media grants"), accounts.alive, clock),
            audit=Audit(AuditStore(database), clock, keep_days=90),
            board=board,
            cameras=cameras,
            walls=walls,
            timelines=timelines,
            edges=edges,
            pictures=pictures,
            layout=layout,
            gateway=Gateway(base_url, via_proxy, session, policy),
            hub=Hub(clock),
            uptime=uptime,
            history=history,
            outages=journal.outages,
            log_of=lambda camera_id: (log or {}).get(camera_id, ()),
            readiness=lambda: problems,
            metrics=Metrics("0", cameras, board, timelines, clock, {"data": path}),
            settings=settings,
        )
        rig = Rig(services, supervision, clock, journal, admin_token, fast_path=fast_path)
        if loaded:
            await cameras.load()
            await walls.load()
        before_start(rig)
        try:
            async with in_background(pictures.run(()), "the pictures"):
                await rig.client.start_server()
                yield rig
        finally:
            await rig.stranger.close()
            await rig.client.close()
            album.close()
            passwords.close()
