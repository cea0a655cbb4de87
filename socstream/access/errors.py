"""Why somebody is not let in, or an account not changed."""

from socstream.model.errors import SocstreamError


class WrongPassword(SocstreamError):
    """No user of this name has this password, or he is disabled; nobody is told which."""

    def __init__(self) -> None:
        super().__init__("Wrong user name or password.")


class InvalidToken(SocstreamError):
    """A refresh token or one-use code is unknown, used up or expired; nobody is told which."""

    def __init__(self) -> None:
        super().__init__("This token is not valid any more; log in again.")


class TooManyAttempts(SocstreamError):
    """Log-ins failed too often, or too many wait. `retry_after`: seconds until the next one may be good."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("Too many log-ins at the moment; wait a little.")
        self.retry_after = retry_after


class UserNotFound(SocstreamError):
    """No user has this id, or this name."""

    def __init__(self, user: str) -> None:
        super().__init__("There is no such user.")
        self.user = user


class UserExists(SocstreamError):
    """Another user logs in with this name or e-mail already (letter case ignored)."""

    def __init__(self) -> None:
        super().__init__("Another user has this user name or e-mail already.")


class LastAdmin(SocstreamError):
    """Without this user nobody could administer the server."""

    def __init__(self) -> None:
        super().__init__("This is the last active administrator; make another one first.")


class TokenNotFound(SocstreamError):
    """No API token has this id."""

    def __init__(self, token_id: str) -> None:
        super().__init__("There is no API token with this id.")
        self.token_id = token_id
