"""One camera in one form, on its way to all who subscribed to it."""

from typing import Protocol

from socstream.live import wire
from socstream.live.group import Form, Group, Picture
from socstream.live.unit import Configuration


class Subscriber(Protocol):
    """What is told to each of them; returns at once and never raises."""

    def start(self) -> None:
        """Another run, another configuration, or from the beginning of the group once more."""
        ...

    def offer(self, frame: bytes) -> None:
        """The group has one more picture; no keyframe."""
        ...

    def offer_key(self, picture: Picture, passed: int) -> None:
        """Another group begins; the one before it had `passed` pictures."""
        ...

    def end(self) -> None:
        """The run is over."""
        ...

    def tell(self, kind: str, **facts: object) -> None:
        """A message."""
        ...

    def close(self, kind: str, **facts: object) -> None:
        """A message, and the end of the subscription."""
        ...


class Lane:
    """Holds what is the same for all who get this camera in this form."""

    def __init__(self, camera_id: str, form: Form, number: int, group: Group) -> None:
        self.form = form
        self.group = group
        self.number = number
        """On the wire."""
        self._camera_id = camera_id
        self._subscribers: dict[Subscriber, None] = {}
        self._configuration: Configuration | None = None
        self._run = 0
        self._configured_at = 0.0
        self._frames: bytes | None = None

    @property
    def watchers(self) -> int:
        """How many get it."""
        return len(self._subscribers)

    def join(self, subscriber: Subscriber) -> None:
        """Tell him everything from now on."""
        self._subscribers[subscriber] = None

    def leave(self, subscriber: Subscriber) -> None:
        """Tell him no more."""
        self._subscribers.pop(subscriber, None)

    def configure(self, configuration: Configuration | None, run: int, at: float) -> None:
        """What follows needs this; None: nothing follows until the next call. `at`: seconds since 1970."""
        self._configuration, self._run, self._configured_at = configuration, run, at
        self._frames = None
        for subscriber in tuple(self._subscribers):
            subscriber.start()

    @property
    def opening(self) -> bytes | None:
        """The frames that a decoder needs first: the message and the record. None: not known yet."""
        if self._frames is None and self._configuration is not None:
            self._frames = self._opening(self._configuration)
        return self._frames

    def pass_on(self, picture: Picture) -> None:
        """Offer a picture that is no keyframe."""
        if self._subscribers:
            frame = picture.frame(self.form, self.number)
            for subscriber in self._subscribers:  # nobody leaves because of such a one
                subscriber.offer(frame)

    def pass_on_key(self, picture: Picture, passed: int) -> None:
        """Offer a keyframe."""
        for subscriber in tuple(self._subscribers):
            subscriber.offer_key(picture, passed)

    def end(self) -> None:
        """The run is over."""
        self._configuration = self._frames = None
        for subscriber in tuple(self._subscribers):
            subscriber.end()

    def tell(self, kind: str, **facts: object) -> None:
        """Tell everybody."""
        for subscriber in tuple(self._subscribers):
            subscriber.tell(kind, **facts)

    def close(self, kind: str, **facts: object) -> None:
        """Tell everybody, and let them go."""
        for subscriber in tuple(self._subscribers):
            subscriber.close(kind, **facts)

    def message(self, kind: str, **facts: object) -> bytes:
        """The frame of a message about this camera in this form."""
        about = {"type": kind, "camera_id": self._camera_id, "form": self.form, "stream": self.number}
        return wire.text_frame(about | facts)

    def _opening(self, configuration: Configuration) -> bytes:
        size = {"width": configuration.width, "height": configuration.height}
        message = self.message("configuration", codec=configuration.codec, **size, run=self._run)
        payload = self.form.configuration(configuration)
        return message + wire.binary_frame(self.number, wire.CONFIGURATION, self._configured_at, 0, payload)
