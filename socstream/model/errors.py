"""The errors that cross rooms. What HTTP makes of them is decided in one table (`api/errors.py`)."""

from attrs import frozen


class SocstreamError(Exception):
    """Base of every error that we raise on purpose; its text is fit for a person and holds no secret."""


class CameraNotFound(SocstreamError):
    """No camera has this id."""

    def __init__(self, camera_id: str) -> None:
        super().__init__("There is no camera with this id.")
        self.camera_id = camera_id


class CameraExists(SocstreamError):
    """Another camera has this name already (letter case ignored)."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Another camera is called “{name}” already.")
        self.name = name


class WallNotFound(SocstreamError):
    """No wall has this id, or none that whoever asks may see."""

    def __init__(self, wall_id: str) -> None:
        super().__init__("There is no wall with this id.")
        self.wall_id = wall_id


class WallExists(SocstreamError):
    """Its owner has another wall of this name already (letter case ignored)."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Another wall of the same owner is called “{name}” already.")
        self.name = name


class TooManyWalls(SocstreamError):
    """There is no room for one more wall."""

    def __init__(self, of_one: int, of_all: int) -> None:
        super().__init__(
            f"There may be {of_one} walls for each owner, and {of_all} in all: delete one first."
        )


class InMaintenance(SocstreamError):
    """An operator lets nothing be pulled from the camera."""

    def __init__(self) -> None:
        super().__init__("The camera is in maintenance; end that first.")


class VersionConflict(SocstreamError):
    """Somebody else edited it first; `what`: the kind of thing."""

    def __init__(self, given: int, current: int, what: str = "camera") -> None:
        # Clients look for the word "conflict" in the text.
        super().__init__(
            f"Edit conflict: version {given} was changed meanwhile, the current one is {current}. "
            f"Load the {what} again and repeat the edit."
        )
        self.current = current


@frozen
class FieldError:
    """One wrong field of an input: its path ("credentials.username") and what is wrong with it."""

    field: str
    message: str


class InvalidInput(SocstreamError):
    """An input has wrong fields; all of them are named."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = errors


class StoreUnavailable(SocstreamError):
    """The database cannot be read or written at the moment; nothing was changed."""


class FFmpegMissing(SocstreamError):
    """There is no FFmpeg on this box that we can use."""


class AlreadyRunning(SocstreamError):
    """Another server holds the lock of a directory."""


class ConfigError(SocstreamError):
    """A setting is unknown or wrong; the text names it."""
