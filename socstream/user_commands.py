"""`socstream user add|passwd|list`: on the database itself, also while the server runs."""

import asyncio
import getpass
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from socstream.access.accounts import Accounts
from socstream.access.errors import UserNotFound
from socstream.access.passwords import Passwords
from socstream.clock import SystemClock
from socstream.config import Config
from socstream.model.account import Role, User, UserDraft, UserEdit
from socstream.model.errors import FieldError, InvalidInput
from socstream.store.accounts import AccountStore
from socstream.store.database import Database


def add(config: Config, name: str, role: Role, email: str) -> int:
    """A new user, whose password is asked for; 0. Raises InvalidInput, UserExists, StoreUnavailable."""
    password = ask_password(name)
    asyncio.run(_add(config, UserDraft(name, password, email=email, roles=(role,))))
    print(f"Added {name} as {role}.")
    return 0


def passwd(config: Config, name: str) -> int:
    """A new password for somebody, who is out of his sessions then; 0. Raises UserNotFound too."""
    password = ask_password(name)
    asyncio.run(_change_password(config, name, password))
    print(f"Changed the password of {name}.")
    return 0


def show(config: Config) -> int:
    """Every user, as a table; 0."""
    console = Console(highlight=False, markup=False, emoji=False)
    console.print(_table(asyncio.run(_users(config))))
    return 0


def ask_password(name: str, terminal: TextIO = sys.stdin) -> str:
    """Asked for twice without echo on a terminal; else the first line of standard input."""
    if not terminal.isatty():
        return terminal.readline().rstrip("\r\n")
    password = getpass.getpass(f"New password for {name}: ")
    if getpass.getpass("The same again: ") != password:
        raise InvalidInput(FieldError("password", "was not the same twice"))
    return password


async def _add(config: Config, draft: UserDraft) -> None:
    async with _accounts(config) as accounts:
        await accounts.add_user(draft)


async def _change_password(config: Config, name: str, password: str) -> None:
    async with _accounts(config) as accounts:
        user = accounts.user_of_login(name)
        if user is None:
            raise UserNotFound(name)
        await accounts.edit_user(user.user_id, UserEdit(password=password))


async def _users(config: Config) -> Sequence[User]:
    async with _accounts(config) as accounts:
        return accounts.users()


@asynccontextmanager
async def _accounts(config: Config) -> AsyncIterator[Accounts]:
    """The accounts of the data directory, as they are at this moment."""
    passwords = Passwords()
    try:
        async with Database.open(config.data.directory / "socstream.db") as database:
            accounts = Accounts(AccountStore(database), passwords, SystemClock())
            await accounts.load()
            yield accounts
    finally:
        passwords.close()


def _table(users: Sequence[User]) -> Table:
    table = Table("User", "E-mail", "Roles", "Status", "Cameras", "Since", box=SIMPLE_HEAD)
    for user in users:
        table.add_row(
            user.username,
            user.email,
            ", ".join(user.roles),
            user.status,
            "all" if user.scope is None else str(len(user.scope)),
            f"{user.created_at:%Y-%m-%d}",
        )
    return table
