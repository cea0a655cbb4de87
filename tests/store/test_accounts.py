"""The tables of users, sessions and API tokens, on a real SQLite file."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from attrs import evolve

from socstream.model.account import Role, User, UserStatus
from socstream.model.errors import StoreUnavailable
from socstream.model.session import ApiToken, Session, SessionKind
from socstream.store.accounts import AccountStore, StoredAccounts, login_key
from socstream.store.database import Database

AT = datetime(2026, 3, 1, 12, 30, 0, 250, tzinfo=UTC)
GATE = "00000000-0000-4000-8000-000000000001"
EVA = User(
    user_id="eva-id",
    username="Eva",
    email="Eva@Example.com",
    first_name="Zoë “Eva”",
    last_name="O'Hara; --",
    roles=(Role.OPERATOR, Role.SECURITY_MANAGER),
    preferred_language="de-AT",
    timezone="Europe/Vienna",
    status=UserStatus.DISABLED,
    scope=frozenset({GATE, "x"}),
    created_at=AT,
    password_hash="$argon2id$…",
)
BOB = evolve(EVA, user_id="bob-id", username="Bob", email="", scope=None, status=UserStatus.ACTIVE)
LOGIN = Session(
    session_id="0" * 16,
    user_id="eva-id",
    kind=SessionKind.LOGIN,
    created_at=1000.25,
    last_used=2000.5,
    family=b"f" * 32,
    access=b"a" * 32,
    access_until=3000.75,
    refresh=b"r" * 32,
    former_access=b"\x00" * 32,
    former_refresh=b"o" * 32,
    former_until=2030.5,
)
PAGE = Session("1" * 16, "eva-id", SessionKind.PAGE, 1.0, 2.0, b"c" * 32)
TOKEN = ApiToken("2" * 16, "eva-id", "Recorder", Role.VIEWER, frozenset({GATE}), AT, AT, AT, b"t" * 32)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(tmp_path / "socstream.db", busy_timeout=0.1) as database:
        yield database


@pytest.fixture
async def store(database: Database) -> AccountStore:
    store = AccountStore(database)
    assert await store.insert_user(EVA)
    assert await store.insert_user(BOB)
    return store


async def test_everything_comes_back_as_it_was(store: AccountStore) -> None:
    for session in (LOGIN, PAGE):
        await store.insert_session(session)
    token = evolve(TOKEN, token_id="3" * 16, scope=None, expires_at=None, last_used=None, digest=b"u" * 32)
    for each in (TOKEN, token):
        await store.insert_token(each)
    assert await store.all() == StoredAccounts((EVA, BOB), (LOGIN, PAGE), (TOKEN, token))


async def test_no_scope_and_an_empty_scope_are_not_the_same(store: AccountStore) -> None:
    await store.insert_token(evolve(TOKEN, scope=frozenset()))
    assert await store.update_user(evolve(EVA, scope=frozenset()), end_sessions=False)
    stored = await store.all()
    assert [user.scope for user in stored.users] == [frozenset(), None]
    assert stored.tokens[0].scope == frozenset()


async def test_a_time_of_another_zone_is_kept_as_utc(store: AccountStore) -> None:
    await store.insert_token(evolve(TOKEN, expires_at=AT.astimezone(timezone(timedelta(hours=5)))))
    (token,) = (await store.all()).tokens
    assert token == TOKEN
    assert token.expires_at is not None
    assert token.expires_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("username", "email"),
    [("EVA", ""), ("x", "EVA@example.COM"), ("eva@example.com", ""), ("x", "bob"), ("BOB", "x@y")],
)
async def test_a_taken_name_or_e_mail_writes_nothing(store: AccountStore, username: str, email: str) -> None:
    before = await store.all()
    assert not await store.insert_user(evolve(BOB, user_id="new", username=username, email=email))
    if "bob" not in (username.casefold(), email):
        assert not await store.update_user(evolve(BOB, username=username, email=email), end_sessions=True)
    assert await store.all() == before


async def test_any_number_of_users_have_no_e_mail(store: AccountStore) -> None:
    assert await store.insert_user(evolve(BOB, user_id="new", username="x"))
    assert await store.update_user(evolve(EVA, email=""), end_sessions=False)


@pytest.mark.parametrize("text", ["Straße", "ＳＴＲＡＳＳＥ", "STRASSE"])  # noqa: RUF001
def test_letter_case_and_width_make_no_other_login(text: str) -> None:
    assert login_key(text) == "strasse"


@pytest.mark.parametrize(("end", "keep", "left"), [(False, None, 2), (True, None, 0), (True, "1" * 16, 1)])
async def test_an_edit_can_end_sessions_with_the_same_commit(
    store: AccountStore, end: bool, keep: str | None, left: int
) -> None:
    other = evolve(PAGE, session_id="9" * 16, user_id="bob-id", family=b"z" * 32)
    for session in (LOGIN, PAGE, other):
        await store.insert_session(session)
    assert await store.update_user(EVA, end_sessions=end, keep=keep)
    sessions = (await store.all()).sessions
    assert other in sessions
    assert len(sessions) == left + 1


async def test_with_a_user_go_his_sessions_and_tokens(store: AccountStore) -> None:
    await store.insert_session(PAGE)
    await store.insert_token(TOKEN)
    await store.delete_user("eva-id")
    assert await store.all() == StoredAccounts((BOB,), (), ())


async def test_a_renewed_session_and_the_last_uses_are_kept(store: AccountStore) -> None:
    await store.insert_session(LOGIN)
    await store.insert_session(PAGE)
    await store.insert_token(evolve(TOKEN, last_used=None))
    renewed = LOGIN.renewed(b"A" * 32, 9000.0, b"R" * 32, 2500.0, 30.0)
    assert (renewed.former_access, renewed.former_refresh, renewed.former_until) == (
        LOGIN.access,
        LOGIN.refresh,
        2530.0,
    )
    await store.renew_session(renewed)
    await store.note_uses({PAGE.session_id: 77.5, "gone": 1.0}, {TOKEN.token_id: AT.timestamp()})
    stored = await store.all()
    assert stored.sessions == (renewed, evolve(PAGE, last_used=77.5))
    assert stored.tokens == (TOKEN,)


async def test_a_hash_that_was_replaced_meanwhile_is_not_replaced_again(store: AccountStore) -> None:
    await store.rehash("eva-id", EVA.password_hash, "new")
    await store.rehash("eva-id", EVA.password_hash, "stale")
    assert (await store.all()).users[0] == evolve(EVA, password_hash="new")


async def test_deletions_and_what_is_gone_already(store: AccountStore) -> None:
    for session in (LOGIN, PAGE):
        await store.insert_session(session)
    await store.insert_token(TOKEN)
    for _ in range(2):
        await store.delete_sessions([LOGIN.session_id, "gone"])
        await store.delete_token(TOKEN.token_id)
    assert await store.all() == StoredAccounts((EVA, BOB), (PAGE,), ())


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE user SET roles = '[]'",
        "UPDATE user SET roles = '[\"KING\"]'",
        "UPDATE user SET scope = 'null'",
        "UPDATE user SET scope = '\"abc\"'",
        "UPDATE user SET scope = '[1]'",
        "UPDATE user SET scope = '{'",
        "UPDATE user SET status = 'root'",
        "UPDATE user SET created_at = 'now'",
        "UPDATE session SET kind = 'x'",
        "UPDATE api_token SET scope = 'null'",
        "UPDATE api_token SET role = 'x'",
        "UPDATE api_token SET expires_at = 'never'",
    ],
)
async def test_a_record_that_cannot_be_read_is_an_error_and_never_a_wider_door(
    store: AccountStore, tmp_path: Path, sql: str
) -> None:
    await store.insert_session(PAGE)
    await store.insert_token(TOKEN)
    with closing(sqlite3.connect(tmp_path / "socstream.db")) as connection, connection:
        connection.execute(sql)
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        await store.all()


async def test_the_version_changes_with_others_commits_only(store: AccountStore, tmp_path: Path) -> None:
    before = await store.outside_version()
    await store.insert_session(PAGE)
    await store.all()
    assert await store.outside_version() == before
    with closing(sqlite3.connect(tmp_path / "socstream.db")) as connection, connection:
        connection.execute("DELETE FROM session")
    assert await store.outside_version() != before
