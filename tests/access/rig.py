"""Accounts on a real SQLite file and a fake clock, with hashes that cost nearly nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import frozen

from socstream.access.accounts import Accounts
from socstream.access.passwords import Cost, Passwords
from socstream.access.register import Lifetimes
from socstream.model.account import Role, Scope, User, UserDraft
from socstream.store.accounts import AccountStore
from socstream.store.database import Database
from tests.fakes import FakeClock

CHEAP = Cost(passes=1, kibibytes=8, lanes=1)
HERE = "192.0.2.7"
GATE = "00000000-0000-4000-8000-000000000001"
HALL = "00000000-0000-4000-8000-000000000002"
ROOT, EVA = "root pass word", "eva's pass word"


@frozen
class Rig:
    """What a test turns and looks at; `told`: keys that ended or changed."""

    accounts: Accounts
    store: AccountStore
    clock: FakeClock
    database: Database
    path: Path
    told: list[str]

    async def add(
        self, name: str, password: str, role: Role = Role.VIEWER, scope: Scope = None, email: str = ""
    ) -> User:
        """A user with one role."""
        draft = UserDraft(name, password, email=email, roles=(role,), scope=scope)
        return await self.accounts.add_user(draft)


@asynccontextmanager
async def accounts_on(
    path: Path, clock: FakeClock | None = None, lifetimes: Lifetimes | None = None
) -> AsyncIterator[Rig]:
    """The accounts that are stored at `path`, loaded."""
    clock = clock or FakeClock()
    passwords = Passwords(CHEAP)
    try:
        async with Database.open(path, busy_timeout=0.2) as database:
            store = AccountStore(database)
            accounts = Accounts(store, passwords, clock, lifetimes)
            await accounts.load()
            told: list[str] = []
            accounts.listen(told.append)
            yield Rig(accounts, store, clock, database, path, told)
    finally:
        passwords.close()
