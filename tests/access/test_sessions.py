"""Coming in, renewing and going: with two tokens, a cookie or a one-use code."""

import asyncio

import pytest

from socstream.access.errors import InvalidToken, TooManyAttempts, WrongPassword
from socstream.access.register import Lifetimes
from socstream.model.account import CallerKind, Level, UserEdit, UserStatus
from tests.access.rig import EVA, HERE, ROOT, Rig, accounts_on

DAY = 86400.0


async def test_a_log_in_gives_tokens_that_open_until_they_expire(rig: Rig) -> None:
    tokens = await rig.accounts.log_in("eva", EVA, HERE)
    assert tokens.expires_in == 900
    caller = rig.accounts.caller(tokens.access_token)
    assert caller is not None
    assert (caller.kind, caller.user_id, caller.name) == (CallerKind.USER, tokens.user.user_id, "Eva")
    assert (caller.level, caller.scope) == (Level.OPERATOR, None)
    assert rig.accounts.alive(caller.key) == caller
    await rig.clock.advance(899.9)
    assert rig.accounts.caller(tokens.access_token) == caller
    await rig.clock.advance(0.1)
    assert rig.accounts.caller(tokens.access_token) is None
    assert rig.accounts.alive(caller.key) == caller


@pytest.mark.parametrize("login", ["Eva", "EVA", "eva@example.com", "EVA@EXAMPLE.COM", "\uff25va"])
async def test_a_login_is_a_name_or_an_e_mail_in_any_letter_case(rig: Rig, login: str) -> None:
    assert (await rig.accounts.log_in(login, EVA, HERE)).user.username == "Eva"


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("eva", ROOT),
        ("eva", ""),
        ("eva", EVA + " "),
        ("eva", EVA.upper()),
        ("eva", "\ud800"),
        ("eva", "x" * 100_000),
        ("nobody", EVA),
        ("", ""),
        ("\ud800", EVA),
        (" eva", EVA),
    ],
)
async def test_a_wrong_log_in_is_wrong_and_no_more_is_told(rig: Rig, login: str, password: str) -> None:
    with pytest.raises(WrongPassword, match=r"^Wrong user name or password\.$"):
        await rig.accounts.log_in(login, password, HERE)
    with pytest.raises(WrongPassword):
        await rig.accounts.open_session(login, password, "192.0.2.8")


async def test_a_disabled_user_is_told_no_more_than_a_wrong_password(rig: Rig) -> None:
    user = rig.accounts.user_of_login("eva")
    assert user is not None
    await rig.accounts.edit_user(user.user_id, UserEdit(status=UserStatus.DISABLED))
    for _ in range(5):
        with pytest.raises(WrongPassword):
            await rig.accounts.log_in("eva", EVA, HERE)
    with pytest.raises(TooManyAttempts):
        await rig.accounts.log_in("eva", EVA, HERE)


async def test_who_is_disabled_while_his_password_is_looked_at_does_not_get_in(rig: Rig) -> None:
    user = rig.accounts.user_of_login("eva")
    assert user is not None
    coming = asyncio.create_task(rig.accounts.log_in("eva", EVA, HERE))
    await asyncio.sleep(0)
    await rig.accounts.edit_user(user.user_id, UserEdit(status=UserStatus.DISABLED))
    with pytest.raises(WrongPassword):
        await coming
    assert (await rig.store.all()).sessions == ()


async def test_no_kind_of_token_stands_for_another(rig: Rig) -> None:
    tokens = await rig.accounts.log_in("eva", EVA, HERE)
    opened = await rig.accounts.open_session("eva", EVA, HERE)
    code = rig.accounts.make_code(opened.user.user_id)
    for text in (tokens.refresh_token, opened.cookie, code, "", "x", tokens.access_token[:-1], "\udc80"):
        assert rig.accounts.caller(text) is None
    for text in (tokens.access_token, tokens.refresh_token, code, "", "\udc80"):
        assert rig.accounts.session_caller(text) is None
    for text in (tokens.access_token, opened.cookie, code, "", "\udc80", tokens.refresh_token[:-1] + "!"):
        with pytest.raises(InvalidToken):
            await rig.accounts.refresh(text)
    for text in (tokens.access_token, tokens.refresh_token, opened.cookie, ""):
        with pytest.raises(InvalidToken):
            await rig.accounts.open_session_with_code(text, "192.0.2.9")


async def test_a_renewed_access_token_is_good_for_30_s_more(rig: Rig) -> None:
    old = await rig.accounts.log_in("eva", EVA, HERE)
    await rig.clock.advance(880)
    new = await rig.accounts.refresh(old.refresh_token)
    assert rig.accounts.caller(old.access_token) == rig.accounts.caller(new.access_token) is not None
    await rig.clock.advance(29.9)
    assert rig.accounts.caller(old.access_token) is not None
    await rig.clock.advance(0.1)
    assert rig.accounts.caller(old.access_token) is None
    assert rig.accounts.caller(new.access_token) is not None
    assert rig.told == []


async def test_an_access_token_that_has_expired_comes_not_back_by_a_renewal(rig: Rig) -> None:
    old = await rig.accounts.log_in("eva", EVA, HERE)
    await rig.clock.advance(901)
    new = await rig.accounts.refresh(old.refresh_token)
    assert rig.accounts.caller(old.access_token) is None
    assert rig.accounts.caller(new.access_token) is not None


async def test_two_tabs_that_renew_with_the_same_token_get_the_same_answer(rig: Rig) -> None:
    old = await rig.accounts.log_in("eva", EVA, HERE)
    one, two = await asyncio.gather(*(rig.accounts.refresh(old.refresh_token) for _ in range(2)))
    assert (one.access_token, one.refresh_token) == (two.access_token, two.refresh_token)
    await rig.clock.advance(29)
    late = await rig.accounts.refresh(old.refresh_token)
    assert (late.refresh_token, late.expires_in) == (one.refresh_token, 871)
    assert (await rig.accounts.refresh(one.refresh_token)).user == old.user


@pytest.mark.parametrize("renewals", [1, 2, 5])
async def test_a_refresh_token_used_again_later_is_theft_and_ends_the_session(
    rig: Rig, renewals: int, caplog: pytest.LogCaptureFixture
) -> None:
    stolen = tokens = await rig.accounts.log_in("eva", EVA, HERE)
    for _ in range(renewals):
        tokens = await rig.accounts.refresh(tokens.refresh_token)
        await rig.clock.advance(30)
    caller = rig.accounts.caller(tokens.access_token)
    assert caller is not None
    with pytest.raises(InvalidToken):
        await rig.accounts.refresh(stolen.refresh_token)
    assert rig.accounts.caller(tokens.access_token) is None
    assert rig.accounts.alive(caller.key) is None
    assert rig.told == [caller.key]
    with pytest.raises(InvalidToken):
        await rig.accounts.refresh(tokens.refresh_token)
    assert caller.key in caplog.text
    assert not any(
        text in caplog.text for each in (stolen, tokens) for text in (each.refresh_token, each.access_token)
    )


async def test_a_log_in_lasts_30_days_since_its_last_renewal(rig: Rig) -> None:
    tokens = await rig.accounts.log_in("eva", EVA, HERE)
    for _ in range(3):
        await rig.clock.advance(30 * DAY - 1)
        tokens = await rig.accounts.refresh(tokens.refresh_token)
    await rig.clock.advance(30 * DAY)
    with pytest.raises(InvalidToken):
        await rig.accounts.refresh(tokens.refresh_token)


async def test_a_log_out_ends_that_session_and_no_other(rig: Rig) -> None:
    one, two = [await rig.accounts.log_in("eva", EVA, HERE) for _ in range(2)]
    caller = rig.accounts.caller(one.access_token)
    assert caller is not None
    await rig.accounts.log_out(caller)
    assert rig.accounts.caller(one.access_token) is None
    assert rig.accounts.caller(two.access_token) is not None
    assert rig.told == [caller.key]
    await rig.accounts.log_out(caller)
    with pytest.raises(InvalidToken):
        await rig.accounts.refresh(one.refresh_token)


async def test_a_cookie_lasts_30_days_since_its_last_use_however_long_the_wall_runs(rig: Rig) -> None:
    cookie = (await rig.accounts.open_session("eva@example.com", EVA, HERE)).cookie
    for _ in range(4):
        await rig.clock.advance(30 * DAY - 1)
        assert rig.accounts.session_caller(cookie) is not None
    await rig.clock.advance(30 * DAY)
    assert rig.accounts.session_caller(cookie) is None


async def test_a_code_opens_one_session_within_a_minute(rig: Rig) -> None:
    user = rig.accounts.user_of_login("eva")
    assert user is not None
    one, two = (rig.accounts.make_code(user.user_id) for _ in range(2))
    await rig.clock.advance(59.9)
    opened = await rig.accounts.open_session_with_code(one, HERE)
    caller = rig.accounts.session_caller(opened.cookie)
    assert caller is not None
    assert (caller.user_id, caller.level) == (user.user_id, Level.OPERATOR)
    with pytest.raises(InvalidToken):
        await rig.accounts.open_session_with_code(one, HERE)
    await rig.clock.advance(0.1)
    with pytest.raises(InvalidToken):
        await rig.accounts.open_session_with_code(two, HERE)


@pytest.mark.parametrize("edit", [UserEdit(status=UserStatus.DISABLED), UserEdit(password="another one")])
async def test_codes_of_a_user_who_is_put_out_are_void(rig: Rig, edit: UserEdit) -> None:
    user = rig.accounts.user_of_login("eva")
    assert user is not None
    code = rig.accounts.make_code(user.user_id)
    await rig.accounts.edit_user(user.user_id, edit)
    with pytest.raises(InvalidToken):
        await rig.accounts.open_session_with_code(code, HERE)


async def test_a_sixth_wrong_password_in_a_minute_is_not_even_looked_at(rig: Rig) -> None:
    for address in range(5):
        with pytest.raises(WrongPassword):
            await rig.accounts.log_in("eva", ROOT, f"192.0.2.{address}")
    with pytest.raises(TooManyAttempts) as refused:
        await rig.accounts.log_in("eva@example.com", EVA, "192.0.2.99")
    assert refused.value.retry_after == pytest.approx(12)
    assert (await rig.accounts.log_in("root", ROOT, "192.0.2.99")).user.username == "root"
    await rig.clock.advance(12)
    assert (await rig.accounts.log_in("eva", EVA, "192.0.2.99")).user.username == "Eva"


async def test_one_address_may_be_wrong_five_times_a_minute_over_all_names(rig: Rig) -> None:
    for number in range(5):
        with pytest.raises(WrongPassword):
            await rig.accounts.log_in(f"user{number}", EVA, HERE)
    with pytest.raises(TooManyAttempts):
        await rig.accounts.log_in("root", ROOT, HERE)
    with pytest.raises(TooManyAttempts):
        await rig.accounts.open_session_with_code("ssk_", HERE)
    assert (await rig.accounts.log_in("root", ROOT, "192.0.2.8")).user.username == "root"


async def test_guesses_at_the_same_time_count_one_by_one(rig: Rig) -> None:
    guesses = [rig.accounts.log_in("eva", f"guess {n}", f"192.0.2.{n}") for n in range(50)]
    results = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(result, WrongPassword) for result in results) == 5
    assert sum(isinstance(result, TooManyAttempts) for result in results) == 45


async def test_good_log_ins_are_not_counted(rig: Rig) -> None:
    for _ in range(20):
        await rig.accounts.log_in("eva", EVA, HERE)


async def test_sessions_of_one_user_have_a_bound(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socstream.access.sessions._MOST_SESSIONS", 3)
    first = await rig.accounts.open_session("eva", EVA, HERE)
    second = await rig.accounts.open_session("eva", EVA, HERE)
    await rig.clock.advance(1)
    assert rig.accounts.session_caller(first.cookie) is not None
    for _ in range(2):
        await rig.accounts.open_session("eva", EVA, HERE)
    assert rig.accounts.session_caller(second.cookie) is None
    assert rig.accounts.session_caller(first.cookie) is not None


async def test_tokens_and_cookies_outlive_a_restart(rig: Rig) -> None:
    old = await rig.accounts.log_in("eva", EVA, HERE)
    new = await rig.accounts.refresh(old.refresh_token)
    opened = await rig.accounts.open_session("eva", EVA, HERE)
    async with accounts_on(rig.path, rig.clock) as again:
        caller = again.accounts.caller(new.access_token)
        assert caller is not None
        assert caller == again.accounts.caller(old.access_token) == rig.accounts.caller(new.access_token)
        assert again.accounts.session_caller(opened.cookie) == rig.accounts.session_caller(opened.cookie)
        # The answer is forgotten, the client that never got it may ask again.
        repeated = await again.accounts.refresh(old.refresh_token)
        assert again.accounts.caller(repeated.access_token) == caller
        await again.accounts.refresh(new.refresh_token)


async def test_lifetimes_are_settings(rig: Rig) -> None:
    lifetimes = Lifetimes(access=60, refresh=7200, page=3600)
    async with accounts_on(rig.path, rig.clock, lifetimes) as short:
        tokens = await short.accounts.log_in("eva", EVA, HERE)
        opened = await short.accounts.open_session("eva", EVA, HERE)
        assert tokens.expires_in == 60
        await rig.clock.advance(60)
        assert short.accounts.caller(tokens.access_token) is None
        await rig.clock.advance(3540)
        assert short.accounts.session_caller(opened.cookie) is None
        await rig.clock.advance(3600)
        with pytest.raises(InvalidToken):
            await short.accounts.refresh(tokens.refresh_token)


async def test_no_token_is_seen_in_a_repr(rig: Rig) -> None:
    tokens = await rig.accounts.log_in("eva", EVA, HERE)
    opened = await rig.accounts.open_session("eva", EVA, HERE)
    shown = f"{tokens!r}{opened!r}{rig.accounts.caller(tokens.access_token)!r}"
    for secret in (tokens.access_token, tokens.refresh_token, opened.cookie, tokens.user.password_hash):
        assert secret not in shown
