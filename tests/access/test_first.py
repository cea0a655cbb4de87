"""The first administrator, and the file with his password."""

import io
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from socstream.access.first import FILE, first_admin
from socstream.model.account import Level, Role, UserEdit
from socstream.model.errors import StoreUnavailable
from tests.access.rig import HERE, Rig, accounts_on


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Rig]:
    async with accounts_on(tmp_path / "socstream.db") as rig:
        yield rig


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "socstream")


async def test_a_password_is_made_and_kept_in_a_file_for_its_owner(
    empty: Rig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nobody = io.StringIO()
    (tmp_path / FILE).write_text("from before, for everybody")
    await first_admin(empty.accounts, tmp_path, "", nobody)
    file = tmp_path / FILE
    assert file.stat().st_mode & 0o777 == 0o600
    password = file.read_text().removesuffix("\n")
    assert len(password) >= 16
    assert (await empty.accounts.log_in("admin", password, HERE)).user.level is Level.ADMIN
    assert str(file) in caplog.text
    assert password not in caplog.text
    assert nobody.getvalue() == ""


async def test_a_terminal_sees_the_password(
    empty: Rig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    terminal = Terminal()
    await first_admin(empty.accounts, tmp_path, "", terminal)
    password = (tmp_path / FILE).read_text().strip()
    assert password in terminal.getvalue()
    assert password not in caplog.text


async def test_a_password_that_was_set_leaves_no_file(
    empty: Rig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    terminal = Terminal()
    await first_admin(empty.accounts, tmp_path, "set by somebody", terminal)
    assert (await empty.accounts.log_in("admin", "set by somebody", HERE)).user.level is Level.ADMIN
    assert not (tmp_path / FILE).exists()
    assert "set by somebody" not in caplog.text + terminal.getvalue()


async def test_a_later_start_makes_nobody_and_changes_nothing(empty: Rig, tmp_path: Path) -> None:
    await first_admin(empty.accounts, tmp_path, "set by somebody")
    async with accounts_on(empty.path) as again:
        await first_admin(again.accounts, tmp_path, "something else")
        assert len(again.accounts.users()) == 1
        assert (await again.accounts.log_in("admin", "set by somebody", HERE)).user.username == "admin"


async def test_users_without_rights_do_not_keep_the_first_administrator_away(
    empty: Rig, tmp_path: Path
) -> None:
    await empty.add("eva", "a pass word", Role.SECURITY_MANAGER)
    await first_admin(empty.accounts, tmp_path, "set by somebody")
    assert [user.username for user in empty.accounts.users()] == ["admin", "eva"]


@pytest.mark.parametrize("by_himself", [True, False])
async def test_the_file_goes_when_the_password_is_changed(
    empty: Rig, tmp_path: Path, by_himself: bool
) -> None:
    await first_admin(empty.accounts, tmp_path, "")
    file, admin = tmp_path / FILE, empty.accounts.user_of_login("admin")
    assert admin is not None
    other = await empty.add("eva", "a pass word")
    await empty.accounts.edit_user(other.user_id, UserEdit(password="another one"))
    await empty.accounts.edit_user(admin.user_id, UserEdit(first_name="Ada"))
    assert file.exists()
    if by_himself:
        await empty.accounts.change_password(admin.user_id, file.read_text().strip(), "my own word")
    else:
        await empty.accounts.edit_user(admin.user_id, UserEdit(password="his new word"))
    assert not file.exists()


async def test_the_file_outlives_a_restart_and_still_goes_with_the_password(
    empty: Rig, tmp_path: Path
) -> None:
    await first_admin(empty.accounts, tmp_path, "")
    async with accounts_on(empty.path) as again:
        await first_admin(again.accounts, tmp_path, "")
        assert (tmp_path / FILE).exists()
        admin = again.accounts.user_of_login("admin")
        assert admin is not None
        await again.accounts.edit_user(admin.user_id, UserEdit(password="his new word"))
        assert not (tmp_path / FILE).exists()


async def test_a_file_whose_password_was_changed_meanwhile_goes_at_the_next_start(
    empty: Rig, tmp_path: Path
) -> None:
    await first_admin(empty.accounts, tmp_path, "set by somebody")
    (tmp_path / FILE).write_text("the one from before\n")
    async with accounts_on(empty.path) as again:
        await first_admin(again.accounts, tmp_path, "")
    assert not (tmp_path / FILE).exists()


async def test_a_start_that_could_not_store_him_is_repeated_whole(empty: Rig, tmp_path: Path) -> None:
    async with accounts_on(empty.path) as other, empty.database.transaction():  # somebody holds the file
        with pytest.raises(StoreUnavailable):
            await first_admin(other.accounts, tmp_path, "")
    await first_admin(empty.accounts, tmp_path, "")
    password = (tmp_path / FILE).read_text().strip()
    assert (await empty.accounts.log_in("admin", password, HERE)).user.username == "admin"
