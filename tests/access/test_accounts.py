"""Users and their administration: what counts at once, what is durable, and who cannot be lost."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from attrs import evolve

from socstream.access.errors import (
    LastAdmin,
    TooManyAttempts,
    UserExists,
    UserNotFound,
    WrongPassword,
)
from socstream.background import in_background
from socstream.model.account import Caller, Level, Role, User, UserDraft, UserEdit, UserStatus
from socstream.model.errors import InvalidInput, SocstreamError, StoreUnavailable
from tests.access.rig import EVA, GATE, HALL, HERE, ROOT, Rig, accounts_on
from tests.fakes import FakeClock

LOOK = 2.1
NOBODY = "00000000-0000-4000-8000-00000000dead"


def named(rig: Rig, name: str) -> User:
    user = rig.accounts.user_of_login(name)
    assert user is not None
    return user


def seen(caller: Caller | None) -> Caller:
    assert caller is not None
    return caller


async def test_users_come_back_by_name_after_a_restart_as_they_were_made(rig: Rig) -> None:
    draft = UserDraft(
        username="Zoë Ω",
        password="pässwörter",
        email="zoe@example.com",
        first_name="Zoë",
        last_name="O'Hara",
        roles=(Role.OPERATOR, Role.SECURITY_OFFICER),
        preferred_language="de-AT",
        timezone="Europe/Vienna",
        status=UserStatus.DISABLED,
        scope=frozenset({GATE, HALL}),
    )
    made = await rig.accounts.add_user(draft)
    assert made.level is Level.MANAGER
    async with accounts_on(rig.path) as again:
        assert again.accounts.user(made.user_id) == made
        assert list(again.accounts.users()) == list(rig.accounts.users())
        assert [user.username for user in again.accounts.users()] == ["Eva", "root", "Zoë Ω"]


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("EVA", ""),
        ("eva@example.COM", ""),
        ("other", "EVA@example.com"),
    ],
)
async def test_no_two_users_log_in_with_the_same_text(rig: Rig, name: str, email: str) -> None:
    wished = UserEdit(username=name, email=email or None)
    with pytest.raises(UserExists):
        await rig.add(name, "a pass word", email=email)
    with pytest.raises(UserExists):
        await rig.accounts.edit_user(named(rig, "root").user_id, wished)
    assert len(rig.accounts.users()) == 2
    assert named(rig, "root").username == "root"


async def test_a_user_may_change_the_letter_case_of_his_own_name_and_use_it_as_e_mail(rig: Rig) -> None:
    eva = named(rig, "eva")
    await rig.accounts.edit_user(eva.user_id, UserEdit(username="EVA@EXAMPLE.COM"))
    assert named(rig, "eva@example.com").user_id == eva.user_id
    assert rig.accounts.user_of_login("eva") is None


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        (UserEdit(username=""), ["username"]),
        (UserEdit(username=" eva"), ["username"]),
        (UserEdit(username="e\nva"), ["username"]),
        (UserEdit(username="e\u202eva"), ["username"]),
        (UserEdit(username="\ud800"), ["username"]),
        (UserEdit(username="x" * 65), ["username"]),
        (UserEdit(email="nowhere"), ["email"]),
        (UserEdit(email="a b@c"), ["email"]),
        (UserEdit(email="a@b@c"), ["email"]),
        (UserEdit(email="a" * 250 + "@b.cd"), ["email"]),
        (UserEdit(first_name="x" * 101, last_name="\x00"), ["first_name", "last_name"]),
        (UserEdit(preferred_language=""), ["preferred_language"]),
        (UserEdit(timezone="../../etc/passwd"), ["timezone"]),
        (UserEdit(timezone=""), ["timezone"]),
        (UserEdit(roles=()), ["roles"]),
        (UserEdit(scope=frozenset({"gate"})), ["scope"]),
        (UserEdit(scope=frozenset({GATE.replace("-", "")})), ["scope"]),
        (UserEdit(password="7 chars"), ["password"]),
        (UserEdit(password="x" * 129), ["password"]),
        (UserEdit(password="\ud800" * 9), ["password"]),
        (UserEdit(password="EVA@Example.com"), ["password"]),
        (UserEdit(username="new name", password="NEW NAME"), ["password"]),
        (UserEdit(username="", password=""), ["username", "password"]),
    ],
)
async def test_what_no_user_may_be_is_named_and_changes_nothing(
    rig: Rig, wrong: UserEdit, fields: list[str]
) -> None:
    eva = named(rig, "eva")
    with pytest.raises(InvalidInput) as error:
        await rig.accounts.edit_user(eva.user_id, wrong)
    assert [each.field for each in error.value.errors] == fields
    assert named(rig, "eva") == eva
    if wrong.password:
        assert wrong.password not in str(error.value)


@pytest.mark.parametrize("password", ["8 chars.", "x" * 128, "        ", "pässwörter", "日本語日本語日本"])
async def test_any_characters_make_a_password(rig: Rig, password: str) -> None:
    await rig.add("new", password)
    assert (await rig.accounts.log_in("new", password, HERE)).user.username == "new"


async def test_a_password_is_the_same_however_a_keyboard_writes_it(rig: Rig) -> None:
    await rig.add("new", "pa\u0308sswort")
    await rig.accounts.log_in("new", "p\u00e4sswort", HERE)


async def test_a_new_role_or_scope_counts_at_once_for_whoever_is_in(rig: Rig) -> None:
    eva = named(rig, "eva")
    tokens = await rig.accounts.log_in("eva", EVA, HERE)
    cookie = (await rig.accounts.open_session("eva", EVA, HERE)).cookie
    keys = {
        seen(rig.accounts.caller(tokens.access_token)).key,
        seen(rig.accounts.session_caller(cookie)).key,
    }
    await rig.accounts.edit_user(eva.user_id, UserEdit(roles=(Role.VIEWER,), scope=frozenset({GATE})))
    for caller in (rig.accounts.caller(tokens.access_token), rig.accounts.session_caller(cookie)):
        assert (seen(caller).level, seen(caller).scope) == (Level.VIEWER, frozenset({GATE}))
    assert (len(rig.told), set(rig.told)) == (2, keys)
    await rig.accounts.edit_user(eva.user_id, UserEdit(first_name="Eva"))
    assert len(rig.told) == 2
    assert named(rig, "eva").scope == frozenset({GATE})
    await rig.accounts.edit_user(eva.user_id, UserEdit(scope=None))
    assert seen(rig.accounts.caller(tokens.access_token)).scope is None


@pytest.mark.parametrize(
    "edit", [UserEdit(status=UserStatus.DISABLED), UserEdit(password="another one"), None]
)
async def test_who_is_disabled_deleted_or_given_a_new_password_is_out_at_once(
    rig: Rig, edit: UserEdit | None
) -> None:
    eva = named(rig, "eva")
    tokens = await rig.accounts.log_in("eva", EVA, HERE)
    cookie = (await rig.accounts.open_session("eva", EVA, HERE)).cookie
    key = seen(rig.accounts.caller(tokens.access_token)).key
    if edit is None:
        await rig.accounts.delete_user(eva.user_id)
    else:
        await rig.accounts.edit_user(eva.user_id, edit)
    assert rig.accounts.caller(tokens.access_token) is rig.accounts.session_caller(cookie) is None
    assert rig.accounts.alive(key) is None
    assert len(set(rig.told)) == 2
    with pytest.raises(SocstreamError):
        await rig.accounts.refresh(tokens.refresh_token)
    if edit is not None:
        await rig.accounts.edit_user(eva.user_id, UserEdit(status=UserStatus.ACTIVE))
    async with accounts_on(rig.path, rig.clock) as again:
        assert again.accounts.caller(tokens.access_token) is again.accounts.session_caller(cookie) is None


async def test_a_password_is_looked_at_again_when_the_name_was_changed_meanwhile(rig: Rig) -> None:
    eva = named(rig, "eva")
    results = await asyncio.gather(
        rig.accounts.edit_user(eva.user_id, UserEdit(username="a new name")),
        rig.accounts.edit_user(eva.user_id, UserEdit(password="A NEW NAME")),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [User, InvalidInput]


async def test_a_cookie_that_was_used_lasts_on_when_its_user_is_edited(rig: Rig) -> None:
    cookie = (await rig.accounts.open_session("eva", EVA, HERE)).cookie
    await rig.clock.advance(20 * 86400)
    assert rig.accounts.session_caller(cookie) is not None
    await rig.accounts.edit_user(named(rig, "eva").user_id, UserEdit(roles=(Role.VIEWER,)))
    await rig.clock.advance(20 * 86400)
    assert seen(rig.accounts.session_caller(cookie)).level is Level.VIEWER


async def test_ones_own_new_password_ends_the_other_sessions_only(rig: Rig) -> None:
    eva = named(rig, "eva")
    here, there = [await rig.accounts.open_session("eva", EVA, HERE) for _ in range(2)]
    key = seen(rig.accounts.session_caller(here.cookie)).key
    await rig.accounts.change_password(eva.user_id, EVA, "another one", keep=key)
    assert seen(rig.accounts.session_caller(here.cookie)).key == key
    assert rig.accounts.session_caller(there.cookie) is None
    with pytest.raises(WrongPassword):
        await rig.accounts.log_in("eva", EVA, HERE)
    await rig.accounts.log_in("eva", "another one", HERE)
    async with accounts_on(rig.path, rig.clock) as again:
        assert seen(again.accounts.session_caller(here.cookie)).key == key
        assert again.accounts.session_caller(there.cookie) is None


async def test_the_old_password_must_be_right_and_is_guessed_five_times_at_most(rig: Rig) -> None:
    eva = named(rig, "eva")
    for _ in range(5):
        with pytest.raises(WrongPassword):
            await rig.accounts.change_password(eva.user_id, "wrong word", "another one")
    with pytest.raises(TooManyAttempts):
        await rig.accounts.change_password(eva.user_id, EVA, "another one")
    await rig.clock.advance(60)
    with pytest.raises(InvalidInput):
        await rig.accounts.change_password(eva.user_id, EVA, "short")
    await rig.accounts.change_password(eva.user_id, EVA, "another one")


@pytest.mark.parametrize(
    "edit", [UserEdit(status=UserStatus.DISABLED), UserEdit(roles=(Role.SECURITY_MANAGER,)), None]
)
async def test_the_last_active_administrator_cannot_go(rig: Rig, edit: UserEdit | None) -> None:
    root = named(rig, "root")
    other = await rig.add("other", "a pass word", Role.ADMIN)
    await rig.accounts.edit_user(other.user_id, UserEdit(status=UserStatus.DISABLED))

    async def go(user: User) -> None:
        if edit is None:
            await rig.accounts.delete_user(user.user_id)
        else:
            await rig.accounts.edit_user(user.user_id, edit)

    with pytest.raises(LastAdmin):
        await go(root)
    assert named(rig, "root") == root
    await rig.accounts.edit_user(other.user_id, UserEdit(status=UserStatus.ACTIVE))
    results = await asyncio.gather(go(root), go(other), return_exceptions=True)
    assert [type(result) for result in results] == [type(None), LastAdmin]
    await rig.accounts.edit_user(other.user_id, UserEdit(password="another one", first_name="Al"))


async def test_whoever_is_not_there_is_not_found(rig: Rig) -> None:
    for ask in (
        rig.accounts.edit_user(NOBODY, UserEdit()),
        rig.accounts.delete_user(NOBODY),
        rig.accounts.change_password(NOBODY, EVA, "another one"),
    ):
        with pytest.raises(UserNotFound):
            await ask
    with pytest.raises(UserNotFound):
        rig.accounts.user(NOBODY)
    with pytest.raises(UserNotFound):
        rig.accounts.make_code(NOBODY)


async def test_what_cannot_be_stored_changed_nothing(rig: Rig) -> None:
    eva = named(rig, "eva")
    tokens = await rig.accounts.log_in("eva", EVA, HERE)
    caller = seen(rig.accounts.caller(tokens.access_token))
    async with held(rig.path):
        for ask in (
            rig.add("new", "a pass word"),
            rig.accounts.edit_user(eva.user_id, UserEdit(roles=(Role.ADMIN,))),
            rig.accounts.delete_user(eva.user_id),
            rig.accounts.log_in("eva", EVA, HERE),
            rig.accounts.refresh(tokens.refresh_token),
            rig.accounts.log_out(caller),
        ):
            with pytest.raises(StoreUnavailable):
                await ask
    assert rig.accounts.caller(tokens.access_token) == caller
    assert (len(rig.accounts.users()), named(rig, "eva"), rig.told) == (2, eva, [])
    await rig.accounts.refresh(tokens.refresh_token)


async def test_a_write_whose_client_is_gone_ends_all_the_same(rig: Rig) -> None:
    eva = named(rig, "eva")
    editing = asyncio.create_task(rig.accounts.edit_user(eva.user_id, UserEdit(first_name="Late")))
    for _ in range(2):  # until the write has begun
        await asyncio.sleep(0)
    editing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await editing
    await rig.accounts.edit_user(eva.user_id, UserEdit(last_name="Later"))
    assert named(rig, "eva") == evolve(eva, first_name="Late", last_name="Later")
    async with accounts_on(rig.path) as again:
        assert named(again, "eva") == named(rig, "eva")


@asynccontextmanager
async def held(path: Path) -> AsyncIterator[None]:
    """Another process keeps the file to itself."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_what_another_process_changes_counts_within_seconds(rig: Rig) -> None:
    tokens = await rig.accounts.log_in("eva", EVA, HERE)
    kept = await rig.accounts.log_in("root", ROOT, HERE)
    key = seen(rig.accounts.caller(tokens.access_token)).key
    changed: list[str] = []
    rig.accounts.listen_to_passwords(changed.append)
    async with in_background(rig.accounts.run(), "accounts"), accounts_on(rig.path, FakeClock()) as other:
        await rig.clock.advance(LOOK)
        await other.add("Bob", "a pass word")
        await other.accounts.edit_user(named(rig, "eva").user_id, UserEdit(password="another one"))
        assert rig.accounts.user_of_login("bob") is None
        await until(rig, lambda: rig.accounts.user_of_login("bob") is not None)
        assert rig.accounts.caller(tokens.access_token) is None
        assert rig.accounts.caller(kept.access_token) is not None
        assert rig.told == [key]
        assert changed == [named(rig, "eva").user_id]
        assert (await rig.accounts.log_in("eva", "another one", HERE)).user.username == "Eva"
        await other.accounts.load()
        await other.accounts.delete_user(named(rig, "bob").user_id)
        await until(rig, lambda: rig.accounts.user_of_login("bob") is None)


async def test_our_own_writes_are_not_read_again(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[None] = []
    everything = rig.store.all

    async def counted() -> object:
        reads.append(None)
        return await everything()

    monkeypatch.setattr(rig.store, "all", counted)
    async with in_background(rig.accounts.run(), "accounts"):
        await ticks(rig, 2)
        await rig.accounts.log_in("eva", EVA, HERE)
        await ticks(rig, 2)
    assert reads == []


async def test_a_store_that_cannot_be_read_is_told_once_and_taken_in_later(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    tokens = await rig.accounts.log_in("eva", EVA, HERE)
    async with in_background(rig.accounts.run(), "accounts"):
        with closing(sqlite3.connect(rig.path, isolation_level=None)) as other:
            other.execute("UPDATE user SET scope = 'null' WHERE username = 'Eva'")
            await until(rig, lambda: bool(caplog.messages))
            await ticks(rig, 3)
            assert rig.accounts.caller(tokens.access_token) is not None
            assert len(caplog.messages) == 1
            other.execute("UPDATE user SET scope = '[]' WHERE username = 'Eva'")
            await until(rig, lambda: named(rig, "eva").scope == frozenset())
        await ticks(rig, 2)
        with closing(sqlite3.connect(rig.path, isolation_level=None)) as other:
            other.execute("UPDATE user SET scope = 'null' WHERE username = 'Eva'")
            await until(rig, lambda: len(caplog.messages) == 2)


async def test_what_expired_is_swept_from_the_store_too(rig: Rig) -> None:
    await rig.accounts.log_in("eva", EVA, HERE)
    cookie = (await rig.accounts.open_session("root", ROOT, HERE)).cookie
    async with in_background(rig.accounts.run(), "accounts"):
        await ticks(rig, 1)
        assert len((await rig.store.all()).sessions) == 2
        await rig.clock.leap(29 * 86400)
        assert rig.accounts.session_caller(cookie) is not None
        await rig.clock.leap(2 * 86400)
        await until(rig, lambda: len(rig.told) == 1)
    (left,) = (await rig.store.all()).sessions
    assert left.user_id == named(rig, "root").user_id


async def test_last_uses_are_written_every_few_minutes_and_at_the_end(rig: Rig) -> None:
    cookie = (await rig.accounts.open_session("eva", EVA, HERE)).cookie
    began, key = rig.clock.wall(), seen(rig.accounts.session_caller(cookie)).key

    async def stored() -> float:
        (session,) = (await rig.store.all()).sessions
        return session.last_used - began

    async with in_background(rig.accounts.run(), "accounts"):
        await ticks(rig, 10)
        rig.accounts.session_caller(cookie)
        used = rig.clock.wall() - began
        await ticks(rig, 5)
        assert await stored() == 0
        await rig.clock.leap(300)
        await ticks(rig, 2)
        assert await stored() == used
        await rig.store.note_uses({key: began}, {})
        await rig.clock.leap(300)
        await ticks(rig, 2)
        assert await stored() == 0  # what is stored is not written again
        rig.accounts.session_caller(cookie)
        used = rig.clock.wall() - began
    assert await stored() == used
    async with accounts_on(rig.path, rig.clock) as again:
        await rig.clock.advance(30 * 86400 - 1)
        assert again.accounts.session_caller(cookie) is not None


async def ticks(rig: Rig, count: int) -> None:
    """Let `run` look so many times, each to its end."""
    for _ in range(count):
        await rig.clock.advance(LOOK)
        for _ in range(10):  # each of its reads and writes is one way to the database's thread and back
            await rig.store.outside_version()
        await rig.clock.advance(0)


async def until(rig: Rig, happened: Callable[[], bool]) -> None:
    """Let `run` look until that is so."""
    async with asyncio.timeout(10):
        while not happened():
            await rig.clock.advance(LOOK)
            await asyncio.sleep(0.005)
