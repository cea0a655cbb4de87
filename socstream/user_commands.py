"""`socstream user add|passwd|list`: on the database itself, also while the server runs."""

import asyncio
import getpass
import os
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
from socstream.model.audit import Deed, Outcome
from socstream.model.errors import FieldError, InvalidInput
from socstream.store.accounts import AccountStore
from socstream.store.audit import AuditStore
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
    async with _accounts(config) as (accounts, audit):
        user = await accounts.add_user(draft)
        await audit.append([_deed("user.add", user.user_id, user.username)])


async def _change_password(config: Config, name: str, password: str) -> None:
    async with _accounts(config) as (accounts, audit):
        user = accounts.user_of_login(name)
        if user is None:
            raise UserNotFound(name)
        await accounts.edit_user(user.user_id, UserEdit(password=password))
        await audit.append([_deed("password.edit", user.user_id, user.username)])


async def note_in_audit(config: Config, action: str, detail: str, *also: tuple[str, str, str]) -> None:
    """What somebody with a shell did to the database as a whole; StoreUnavailable.

    `also`: deeds (action, target, detail) that have entries of their own after it.
    """
    deeds = [_deed(action, detail=detail), *(_deed(each, about, more) for each, about, more in also)]
    async with Database.open(config.data.directory / "socstream.db") as database:
        await AuditStore(database).append(deeds)


def _deed(action: str, target: str = "", detail: str = "") -> Deed:
    """An entry of the audit log: whoever has a shell on this machine is known by his name there."""
    return Deed(
        at=int(SystemClock().wall() * 1000),
        action=action,
        outcome=Outcome.DONE,
        who=_shell_user(),
        via="shell",
        target=target,
        detail=detail,
    )


def _shell_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may know no name for its number
        return str(os.getuid())


async def _users(config: Config) -> Sequence[User]:
    async with _accounts(config) as (accounts, _):
        return accounts.users()


@asynccontextmanager
async def _accounts(config: Config) -> AsyncIterator[tuple[Accounts, AuditStore]]:
    """The accounts of the data directory as they are at this moment, and its audit log."""
    passwords = Passwords()
    try:
        async with Database.open(config.data.directory / "socstream.db") as database:
            accounts = Accounts(AccountStore(database), passwords, SystemClock())
            await accounts.load()
            yield accounts, AuditStore(database)
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
