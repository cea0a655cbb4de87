"""API tokens: ways in for programs, which can never do more than their maker can at that moment."""

from datetime import UTC, datetime

import pytest
from attrs import evolve

from socstream.access.errors import TokenNotFound
from socstream.background import in_background
from socstream.model.account import Caller, CallerKind, Level, Role, Scope, User, UserEdit, UserStatus
from socstream.model.errors import InvalidInput
from socstream.model.session import TokenDraft
from tests.access.rig import EVA, GATE, HALL, HERE, Rig, accounts_on
from tests.fakes import NOON


def named(rig: Rig, name: str) -> User:
    user = rig.accounts.user_of_login(name)
    assert user is not None
    return user


def after(seconds: float) -> datetime:
    return datetime.fromtimestamp(NOON + seconds, UTC)


async def test_a_token_opens_as_a_program_until_it_is_revoked(rig: Rig) -> None:
    token, text = await rig.accounts.add_token(TokenDraft("recorder", Role.OPERATOR), by=named(rig, "eva"))
    assert text.startswith("sst_")
    caller = Caller(CallerKind.PROGRAM, token.token_id, None, "recorder", Level.OPERATOR, None)
    assert rig.accounts.caller(text) == rig.accounts.alive(token.token_id) == caller
    async with accounts_on(rig.path, rig.clock) as again:
        assert again.accounts.caller(text) == caller
    await rig.accounts.revoke_token(token.token_id)
    assert rig.accounts.caller(text) is rig.accounts.alive(token.token_id) is None
    assert rig.told == [token.token_id]
    with pytest.raises(TokenNotFound):
        await rig.accounts.revoke_token(token.token_id)
    async with accounts_on(rig.path, rig.clock) as again:
        assert again.accounts.caller(text) is None


async def test_only_a_hash_is_stored(rig: Rig) -> None:
    token, text = await rig.accounts.add_token(TokenDraft("recorder", Role.VIEWER), by=named(rig, "eva"))
    tokens = await rig.accounts.log_in("eva", EVA, HERE)
    opened = await rig.accounts.open_session("eva", EVA, HERE)
    assert text not in repr(token)
    on_disk = b"".join(file.read_bytes() for file in rig.path.parent.iterdir())
    assert token.token_id.encode() in on_disk
    for secret in (text, tokens.access_token, tokens.refresh_token, opened.cookie, EVA):
        assert secret.encode() not in on_disk
        assert secret[4:].encode() not in on_disk


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        (TokenDraft("", Role.VIEWER), ["name"]),
        (TokenDraft("a\nb", Role.VIEWER), ["name"]),
        (TokenDraft("x" * 101, Role.VIEWER), ["name"]),
        (TokenDraft("x", Role.SECURITY_OFFICER), ["role"]),
        (TokenDraft("x", Role.ADMIN), ["role"]),
        (TokenDraft("x", Role.VIEWER, frozenset({HALL})), ["scope"]),
        (TokenDraft("x", Role.VIEWER, frozenset({GATE, HALL})), ["scope"]),
        (TokenDraft("x", Role.VIEWER, frozenset({"x"})), ["scope", "scope"]),
        (TokenDraft("x", Role.VIEWER, None, after(0)), ["expires_at"]),
        (TokenDraft("", Role.ADMIN, frozenset({HALL}), after(-1)), ["name", "role", "scope", "expires_at"]),
    ],
)
async def test_what_its_maker_may_not_no_token_may(rig: Rig, draft: TokenDraft, fields: list[str]) -> None:
    maker = await rig.add("small", "a pass word", Role.OPERATOR, frozenset({GATE}))
    with pytest.raises(InvalidInput) as error:
        await rig.accounts.add_token(draft, by=maker)
    assert [each.field for each in error.value.errors] == fields
    assert list(rig.accounts.tokens()) == []


@pytest.mark.parametrize(
    ("wished", "maker", "common"),
    [
        (None, None, None),
        (frozenset({GATE}), None, frozenset({GATE})),
        (None, frozenset({GATE}), frozenset({GATE})),
        (frozenset({GATE, HALL}), frozenset({GATE}), frozenset({GATE})),
        (frozenset({GATE}), frozenset({HALL}), frozenset()),
        (frozenset(), None, frozenset()),
    ],
)
async def test_it_sees_what_both_it_and_its_maker_may_see(
    rig: Rig, wished: Scope, maker: Scope, common: Scope
) -> None:
    eva = named(rig, "eva")
    _, text = await rig.accounts.add_token(TokenDraft("x", Role.VIEWER, wished), by=eva)
    await rig.accounts.edit_user(eva.user_id, UserEdit(scope=maker))
    caller = rig.accounts.caller(text)
    assert caller is not None
    assert caller.scope == common


async def test_it_falls_and_rises_with_its_maker(rig: Rig) -> None:
    maker = await rig.add("boss", "a pass word", Role.ADMIN)
    token, text = await rig.accounts.add_token(TokenDraft("x", Role.SECURITY_MANAGER), by=maker)
    levels = []
    for role in (Role.VIEWER, Role.OPERATOR, Role.ADMIN):
        await rig.accounts.edit_user(maker.user_id, UserEdit(roles=(role,)))
        caller = rig.accounts.caller(text)
        assert caller is not None
        levels.append(caller.level)
    assert levels == [Level.VIEWER, Level.OPERATOR, Level.MANAGER]
    assert rig.told == [token.token_id] * 3


async def test_it_is_dead_while_its_maker_is_disabled_and_gone_when_he_is_deleted(rig: Rig) -> None:
    eva = named(rig, "eva")
    token, text = await rig.accounts.add_token(TokenDraft("x", Role.VIEWER), by=eva)
    assert rig.accounts.caller(text) is not None
    await rig.accounts.edit_user(eva.user_id, UserEdit(status=UserStatus.DISABLED))
    assert rig.accounts.caller(text) is rig.accounts.alive(token.token_id) is None
    assert rig.told == [token.token_id]
    await rig.accounts.edit_user(eva.user_id, UserEdit(status=UserStatus.ACTIVE))
    assert rig.accounts.caller(text) is not None
    await rig.accounts.delete_user(eva.user_id)
    assert rig.accounts.caller(text) is None
    assert list(rig.accounts.tokens()) == []
    assert (await rig.store.all()).tokens == ()


async def test_it_expires_to_the_second(rig: Rig) -> None:
    draft = TokenDraft("x", Role.VIEWER, None, after(3600))
    token, text = await rig.accounts.add_token(draft, by=named(rig, "eva"))
    assert token.expires_at == after(3600)
    await rig.clock.advance(3599.9)
    assert rig.accounts.caller(text) is not None
    await rig.clock.advance(0.1)
    assert rig.accounts.caller(text) is rig.accounts.alive(token.token_id) is None
    assert list(rig.accounts.tokens()) == [evolve(token, last_used=after(3599.9))]


async def test_the_list_is_newest_first_and_tells_the_last_use(rig: Rig) -> None:
    eva, root = named(rig, "eva"), named(rig, "root")
    made = []
    for name, by in (("one", eva), ("two", root), ("three", eva)):
        made.append(await rig.accounts.add_token(TokenDraft(name, Role.VIEWER), by=by))
        await rig.clock.advance(1)
    assert [token.name for token in rig.accounts.tokens()] == ["three", "two", "one"]
    assert [token.name for token in rig.accounts.tokens(eva.user_id)] == ["three", "one"]
    assert {token.last_used for token in rig.accounts.tokens()} == {None}
    async with in_background(rig.accounts.run(), "accounts"):
        await rig.clock.advance(7)
        assert rig.accounts.caller(made[0][1]) is not None
        assert rig.accounts.tokens(eva.user_id)[1].last_used == after(10)
    async with accounts_on(rig.path, rig.clock) as again:
        assert [token.last_used for token in again.accounts.tokens()] == [None, None, after(10)]
