"""A client of the live edge: what he asks for, what he may see, and that somebody watches those cameras."""

from typing import Literal

import msgspec

from socstream.api.keys import Services
from socstream.api.rates import Rates, TooManyRequests
from socstream.live import wire
from socstream.live.group import Form
from socstream.live.outlet import Outlet
from socstream.live.subscription import Subscription
from socstream.model.account import Caller
from socstream.model.camera import Camera
from socstream.model.errors import CameraNotFound

_COMMANDS_PER_SECOND, _BURST = 32.0, 512
"""Two pages of a wall of 128 tiles, changed at once."""

_NOTED_EVERY = 2.0
"""Seconds; whoever asks for playlists does it each second. A camera may be idle after five."""

_LOOK_EVERY = 0.05
"""Seconds between two looks whether a client that sends commands takes what he got for them."""


class BadCommand(Exception):
    """The client says what this socket does not know, or says too much; the text tells what."""


class Command(msgspec.Struct):
    """What a client may say."""

    type: Literal["sub", "unsub", "keyframe"]
    camera_id: str
    form: Form


_DECODER = msgspec.json.Decoder(Command)


class Watcher:
    """The subscriptions of one socket."""

    def __init__(self, services: Services, caller: Caller, outlet: Outlet) -> None:
        self._services = services
        self._caller = caller
        self._outlet = outlet
        self._rates = Rates(_COMMANDS_PER_SECOND, _BURST, services.clock)
        self._subscriptions: dict[tuple[str, Form], Subscription] = {}

    async def obey(self, text: str) -> None:
        """Do what the client says; raises BadCommand. Takes as long as he takes to read what came before."""
        try:
            self._rates.charge("")
            command = _DECODER.decode(text)
        except TooManyRequests:
            raise BadCommand("too many commands") from None
        except ValueError as error:
            raise BadCommand(f"no command: {error}") from error
        while self._outlet.is_open and not self._outlet.has_room():
            await self._services.clock.sleep(_LOOK_EVERY)
        try:
            self._obey(command, self._camera(command.camera_id))
        except CameraNotFound as error:
            self._answer(command, "refused", code="camera_not_found", message=str(error))

    async def keep_noting(self) -> None:
        """Tell again and again what is watched; ends only by being cancelled."""
        while True:
            await self._services.clock.sleep(_NOTED_EVERY)
            self._forget_ended()
            for camera_id, _ in self._subscriptions:
                self._note(camera_id)

    def close(self) -> None:
        """Nothing is watched any more."""
        for subscription in self._subscriptions.values():
            subscription.cancel()
        self._subscriptions.clear()

    def _camera(self, camera_id: str) -> Camera:
        camera = self._services.cameras.get(camera_id)
        if not self._caller.sees(camera.camera_id):
            raise CameraNotFound(camera_id)
        return camera

    def _obey(self, command: Command, camera: Camera) -> None:
        key = (camera.camera_id, command.form)
        self._forget_ended()
        known = self._subscriptions.get(key)
        match command.type:
            case "unsub":
                if known is not None:
                    self._subscriptions.pop(key).cancel()
                self._answer(command, "unsubscribed")
            case "keyframe" if known is not None:
                known.start()
            case _:
                if known is not None:
                    self._subscriptions.pop(key).cancel()
                self._subscribe(command, camera)

    def _subscribe(self, command: Command, camera: Camera) -> None:
        """For a `keyframe` too: a client that lost its subscription unawares gets one."""
        self._note(camera.camera_id)
        edge = self._services.edges.of(camera.camera_id)
        subscription = edge.subscribe(command.form, self._outlet)
        self._subscriptions[(camera.camera_id, command.form)] = subscription
        if camera.maintenance:
            subscription.tell("unavailable", code="maintenance", message="The camera is in maintenance.")
        elif not camera.source.is_rtsp:
            subscription.tell("unavailable", code="gateway", message="A gateway serves this camera as HLS.")

    def _answer(self, command: Command, kind: str, **facts: object) -> None:
        about = {"type": kind, "camera_id": command.camera_id, "form": command.form}
        self._outlet.tell(wire.text_frame(about | facts))

    def _note(self, camera_id: str) -> None:
        """An on-demand camera starts or goes on; one that has to wait for its spawn goes before others."""
        self._services.cameras.watch(camera_id)
        self._services.metrics.viewers.note(camera_id, self._caller.key)

    def _forget_ended(self) -> None:
        ended = [key for key, subscription in self._subscriptions.items() if subscription.is_over]
        for key in ended:
            del self._subscriptions[key]
