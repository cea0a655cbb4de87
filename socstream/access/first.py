"""The first administrator: with a password that was set, or one that is made and kept until it is changed."""

import logging
import os
import secrets
import sys
from pathlib import Path
from typing import TextIO

from socstream.access.accounts import Accounts
from socstream.model.account import Level, Role, UserDraft

log = logging.getLogger(__name__)

NAME = "admin"
FILE = "initial-admin-password"


async def first_admin(
    accounts: Accounts, data_dir: Path, password: str, terminal: TextIO = sys.stderr
) -> None:
    """Make “admin” where nobody is an administrator; `password`: as set, or empty: one is made.

    Also lets go of the file with the made password once it was changed. Raises InvalidInput for a password
    that cannot be one, UserExists when “admin” is somebody else, StoreUnavailable, OSError.
    """
    file = InitialPassword(data_dir / FILE)
    if any(user.level is Level.ADMIN for user in accounts.users()):
        await file.forget_if_changed(accounts)
    else:
        await _make(accounts, file, password, terminal)
    admin = accounts.user_of_login(NAME)
    if admin is not None:
        accounts.listen_to_passwords(lambda user_id: file.forget() if user_id == admin.user_id else None)


async def _make(accounts: Accounts, file: "InitialPassword", password: str, terminal: TextIO) -> None:
    if password:
        await accounts.add_user(UserDraft(NAME, password, roles=(Role.ADMIN,)))
        log.info("made the first user, “%s”, with the password that was set", NAME)
        return
    made = secrets.token_urlsafe(12)
    file.write(made)  # before the user is: nobody may be left with a password that was never told
    await accounts.add_user(UserDraft(NAME, made, roles=(Role.ADMIN,)))
    log.info("made the first user, “%s”; the password is in %s until it is changed", NAME, file.path)
    if terminal.isatty():
        terminal.write(f"The password of “{NAME}” is {made} until you change it.\n")
        terminal.flush()


class InitialPassword:
    """The file with the password that was made; nothing but that password, for its owner's eyes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, password: str) -> None:
        """Durable when it returns: the user is, too, as soon as he is made."""
        self.path.unlink(missing_ok=True)  # not written over: its mode may be another one
        descriptor = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, f"{password}\n".encode())
        finally:
            _close_durably(descriptor)
        _close_durably(os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))

    async def forget_if_changed(self, accounts: Accounts) -> None:
        """It may have been changed while nobody looked at this file."""
        try:
            password = self.path.read_text().strip()
        except FileNotFoundError:
            return
        admin = accounts.user_of_login(NAME)
        if admin is None or not await accounts.is_password(admin, password):
            self.forget()

    def forget(self) -> None:
        """The file is gone; one that cannot be removed is told."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s holds an old password and cannot be removed: %s", self.path, error.strerror)


def _close_durably(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
