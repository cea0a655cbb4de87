"""The master key and what it encrypts: lost by nobody, found by nobody."""

import asyncio
import logging
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import aiosqlite
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from socstream.model.errors import StoreUnavailable
from socstream.model.source import Credentials
from socstream.store.cameras import CameraStore, holds_secrets
from socstream.store.database import Database
from socstream.store.migrations import STEPS, migrate
from socstream.store.secrets import KeyUnusable, Undecipherable, Vault, open_vault
from tests.keys import VAULT
from tests.store.test_camera_store import GATE, HALL

TRACE = "tracer-0x5ec2e7"
OLD, NEW = bytes(32), bytes(range(32))
BEFORE = STEPS[:3]
"""The schema in which passwords were plain text."""

texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(texts, texts)
def test_what_was_encrypted_comes_back(text: str, about: str) -> None:
    assert VAULT.decrypt(VAULT.encrypt(text, about), about) == text


def test_a_ciphertext_is_worth_nothing_anywhere_else() -> None:
    sealed = VAULT.encrypt("s3cret", "camera 1")
    with pytest.raises(Undecipherable):
        VAULT.decrypt(sealed, "camera 2")
    with pytest.raises(Undecipherable):
        Vault((OLD,), "another key").decrypt(sealed, "camera 1")


@pytest.mark.parametrize("place", range(0, 42, 3))
def test_a_changed_or_cut_ciphertext_is_noticed(place: int) -> None:
    sealed = VAULT.encrypt("s3cret", "camera")
    assert len(sealed) == 42
    changed = bytearray(sealed)
    changed[place] ^= 1
    for bad in (bytes(changed), sealed[:place]):
        with pytest.raises(Undecipherable):
            VAULT.decrypt(bad, "camera")


def test_the_same_text_never_looks_the_same_twice() -> None:
    assert VAULT.encrypt("s3cret", "camera") != VAULT.encrypt("s3cret", "camera")


def test_the_first_key_encrypts_and_all_of_them_decrypt() -> None:
    old, both = Vault((OLD,), "old"), Vault((NEW, OLD), "both")
    by_old, by_new = old.encrypt("s3cret", "x"), both.encrypt("s3cret", "x")
    assert both.decrypt(by_old, "x") == both.decrypt(by_new, "x") == "s3cret"
    assert (both.is_current(by_old), both.is_current(by_new)) == (False, True)
    with pytest.raises(Undecipherable):
        old.decrypt(by_new, "x")


def test_what_is_derived_depends_on_the_first_key_and_the_purpose_only() -> None:
    vault, same, other = Vault((NEW, OLD), "a"), Vault((NEW,), "b"), Vault((OLD, NEW), "c")
    assert vault.derive("grants") == same.derive("grants") != other.derive("grants")
    assert vault.derive("grants") != vault.derive("sessions")
    assert (len(vault.derive("grants")), vault.derive("grants") in (OLD, NEW)) == (32, False)


def test_no_key_ever_prints() -> None:
    assert NEW.hex() not in repr(vars(Vault((NEW,), "file"))["_keys"]) + repr(Vault((NEW,), "file"))


def opened(file: Path, *, is_needed: bool = False) -> Vault:
    return open_vault(file, is_needed=is_needed, beside=file.parent / "data")


def test_a_key_is_made_once_and_for_us_only(tmp_path: Path) -> None:
    file = tmp_path / "config" / "socstream" / "master.key"
    sealed = opened(file).encrypt("s3cret", "x")
    assert opened(file).decrypt(sealed, "x") == "s3cret"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["master.key"]


async def test_servers_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    starts = (asyncio.to_thread(opened, tmp_path / "master.key") for _ in range(8))
    vaults = await asyncio.gather(*starts)
    sealed = vaults[0].encrypt("s3cret", "x")
    assert {vault.decrypt(sealed, "x") for vault in vaults} == {"s3cret"}


def test_no_new_key_is_made_in_the_place_of_one_that_is_needed(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    with pytest.raises(KeyUnusable, match="is missing") as caught:
        opened(file, is_needed=True)
    assert str(file) in str(caught.value)
    assert "SOCSTREAM_STORE_KEY_FILE" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not file.exists()


@pytest.mark.parametrize(
    "content", ["", "\n\n", "a" * 63, "a" * 65, "g" * 64, "ff" * 32 + "\nshort\n", "\x00", "ff " * 32]
)
def test_a_file_that_holds_no_key_is_refused_and_left(tmp_path: Path, content: str) -> None:
    file = tmp_path / "master.key"
    file.write_text(content)
    with pytest.raises(KeyUnusable, match="64 hexadecimal digits") as caught:
        opened(file)
    assert str(file) in str(caught.value)
    assert not content.strip() or content.strip() not in str(caught.value)
    assert file.read_text() == content


def a_directory(file: Path) -> None:
    file.mkdir()


def a_fifo(file: Path) -> None:
    os.mkfifo(file)


def below_a_file(file: Path) -> None:
    file.parent.rmdir()
    file.parent.touch()


@pytest.mark.parametrize("make", [a_directory, a_fifo, below_a_file])
def test_a_place_where_no_key_can_be_is_named(tmp_path: Path, make: Callable[[Path], None]) -> None:
    file = tmp_path / "config" / "master.key"
    file.parent.mkdir()
    make(file)
    with pytest.raises(KeyUnusable, match=r"master\.key"):
        opened(file)


def test_a_key_that_others_could_read_is_mended_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "master.key"
    file.write_text(NEW.hex())
    file.chmod(0o644)
    opened(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert str(file) in caplog.text
    assert NEW.hex() not in caplog.text
    caplog.clear()
    opened(file)
    assert caplog.text == ""


def test_a_key_beside_the_data_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "data" / "config" / "master.key"
    open_vault(file, is_needed=False, beside=tmp_path / "data")
    assert "lies in the data directory" in caplog.text


def found(directory: Path, text: str) -> list[str]:
    """The files of the database, its copies among them, that hold a text."""
    needles = (text.encode(), text.encode("utf-16-le"), text.encode().hex().encode())
    return [
        path.name
        for path in sorted(directory.rglob("*"))
        for needle in needles
        if path.is_file() and needle in path.read_bytes()
    ]


async def test_a_password_stands_in_no_file_of_the_database(tmp_path: Path) -> None:
    source = evolve(GATE.source, credentials=Credentials(f"user-{TRACE}", f"password-{TRACE}"))
    async with Database.open(tmp_path / "a.db") as database:
        store = CameraStore(database, VAULT)
        await store.insert(evolve(GATE, source=source))
        await store.update(evolve(GATE, source=source, name="Gate 2"))
        assert (await store.all())[0].camera.source == source
        assert {path.name for path in tmp_path.iterdir()} == {"a.db", "a.db-wal", "a.db-shm"}
        assert found(tmp_path, "Gate 2"), "what is not secret is found this way"
        assert found(tmp_path, TRACE) == []
    assert found(tmp_path, TRACE) == []


async def plain_database(path: Path) -> None:
    """As it was before: passwords in the clear, also in free pages and, after a crash, in a -wal."""
    async with aiosqlite.connect(path / "live.db", isolation_level=None) as connection:
        await connection.execute("PRAGMA journal_mode = WAL")
        await connection.execute("PRAGMA wal_autocheckpoint = 0")
        await connection.execute("PRAGMA secure_delete = OFF")  # builds of SQLite differ
        await migrate(connection, BEFORE)
        insert = """
        INSERT INTO camera (camera_id, name, name_key, location, ip_address, source_url, source_username,
            source_password, maintenance, is_recording, motion_detection_enabled, version, created_at,
            updated_at)
        VALUES (?, ?, ?, '{}', '', 'rtsp://192.0.2.7/', ?, ?, 0, 0, 0, 1,
            '2026-03-01T12:00:00.000000+00:00', '2026-03-01T12:00:00.000000+00:00')
        """
        rows = [(f"camera-{n}", f"Camera {n}", f"camera {n}", "viewer", f"{TRACE}-{n}") for n in range(300)]
        await connection.executemany(insert, rows)
        await connection.execute("PRAGMA wal_checkpoint")
        await connection.execute("DELETE FROM camera WHERE rowid % 3 = 0")
        await connection.execute("UPDATE camera SET source_password = NULL WHERE name = 'Camera 0'")
        await connection.execute("UPDATE camera SET source_username = NULL WHERE name = 'Camera 1'")
        for suffix in ("", "-wal"):
            shutil.copy(path / f"live.db{suffix}", path / f"a.db{suffix}")
    for file in path.glob("live.db*"):
        file.unlink()


async def test_passwords_of_before_are_encrypted_and_nowhere_in_the_clear_any_more(tmp_path: Path) -> None:
    await plain_database(tmp_path)
    assert set(found(tmp_path, TRACE)) == {"a.db", "a.db-wal"}
    async with Database.open(tmp_path / "a.db") as database:
        assert not await holds_secrets(database)
        store = CameraStore(database, VAULT)
        await store.seal()
        assert await holds_secrets(database)
        assert found(tmp_path, TRACE) == []
        known = {each.camera.name: each.camera.source.credentials for each in await store.all()}
        assert len(known) == 200
        assert known["Camera 0"] == Credentials("viewer", "")
        assert known["Camera 1"] == Credentials("", f"{TRACE}-1")
        assert known["Camera 3"] == Credentials("viewer", f"{TRACE}-3")
    assert found(tmp_path, TRACE) == []


async def test_a_start_that_was_killed_before_the_file_was_clean_is_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def dies(database: Database) -> None:
        raise StoreUnavailable("killed here")

    await plain_database(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Database, "scrub", dies)
        async with Database.open(tmp_path / "a.db") as database:
            await CameraStore(database, VAULT).seal()
    assert "free space" in caplog.text
    assert found(tmp_path, TRACE)
    async with Database.open(tmp_path / "a.db") as database:
        await CameraStore(database, VAULT).seal()
    assert found(tmp_path, TRACE) == []


async def test_a_file_that_somebody_reads_is_cleaned_at_the_next_start(tmp_path: Path) -> None:
    await plain_database(tmp_path)
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM camera").fetchone()
        async with Database.open(tmp_path / "a.db", busy_timeout=0.1) as database:
            await CameraStore(database, VAULT).seal()
            assert len(await CameraStore(database, VAULT).all()) == 200
    async with Database.open(tmp_path / "a.db") as database:
        await CameraStore(database, VAULT).seal()
    assert found(tmp_path, TRACE) == []


async def test_a_clean_file_is_not_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scrubbed = []
    scrub = Database.scrub

    async def counted(database: Database) -> None:
        scrubbed.append(1)
        await scrub(database)

    monkeypatch.setattr(Database, "scrub", counted)
    for _ in range(3):
        async with Database.open(tmp_path / "a.db") as database:
            await CameraStore(database, VAULT).seal()
    assert scrubbed == [1]


async def ciphertexts(database: Database) -> list[bytes]:
    rows = await database.read("SELECT source_credentials FROM camera WHERE source_credentials IS NOT NULL")
    return [row[0] for row in rows]


async def test_a_new_first_key_encrypts_everything_anew_and_the_old_one_may_go(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "a.db") as database:
        await CameraStore(database, Vault((OLD,), "old")).insert(GATE)
        await CameraStore(database, Vault((OLD,), "old")).insert(HALL)
        (before,) = await ciphertexts(database)
        await CameraStore(database, Vault((NEW, OLD), "both")).seal()
        (after,) = await ciphertexts(database)
        assert before not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
        only_new = CameraStore(database, Vault((NEW,), "new"))
        await only_new.seal()
        assert await ciphertexts(database) == [after]
        assert {each.camera.name: each.camera.source for each in await only_new.all()} == {
            "Gate": GATE.source,
            "Hall": HALL.source,
        }


async def test_a_wrong_key_is_refused_and_nothing_is_overwritten(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "a.db") as database:
        await CameraStore(database, Vault((OLD,), "old")).insert(GATE)
        before = await ciphertexts(database)
        with pytest.raises(KeyUnusable, match="/keys/wrong") as caught:
            await CameraStore(database, Vault((NEW,), "/keys/wrong")).seal()
        assert "\n" not in str(caught.value)
        with pytest.raises(StoreUnavailable, match=GATE.camera_id):
            await CameraStore(database, Vault((NEW,), "/keys/wrong")).all()
        assert await ciphertexts(database) == before


async def test_a_password_cannot_be_moved_to_another_camera(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "a.db") as database:
        store = CameraStore(database, VAULT)
        await store.insert(GATE)
        await store.insert(HALL)
        with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as thief:
            thief.execute(
                "UPDATE camera SET source_credentials = (SELECT max(source_credentials) FROM camera)"
            )
        with pytest.raises(StoreUnavailable, match=HALL.camera_id):
            await store.all()


async def test_neither_key_nor_password_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    vault = opened(tmp_path / "config" / "master.key")
    async with Database.open(tmp_path / "a.db") as database:
        store = CameraStore(database, vault)
        await store.insert(
            evolve(GATE, source=evolve(GATE.source, credentials=Credentials("u", f"p-{TRACE}")))
        )
        await store.seal()
    assert TRACE not in caplog.text
    assert (tmp_path / "config" / "master.key").read_text().strip() not in caplog.text
