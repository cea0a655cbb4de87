"""The master key as an administrator meets it: made once, missed loudly, changed without a loss."""

import re
from pathlib import Path

import pytest
from attrs import evolve

from socstream.model.source import Credentials
from socstream.store.cameras import CameraStore
from socstream.store.database import Database
from socstream.store.secrets import Vault
from tests.rigs.server import ServerProcess, served
from tests.store.test_camera_store import GATE

pytestmark = pytest.mark.engine

LOGIN = Credentials("viewer", "tracer-0x5ec2e7")
CAMERA = evolve(GATE, source=evolve(GATE.source, credentials=LOGIN), maintenance=True)


def key_of(server: ServerProcess) -> Path:
    return server.data_dir.parent / ".config" / "socstream" / "master.key"


async def remember(server: ServerProcess) -> None:
    """A camera with a password, as a server with this key leaves it."""
    vault = Vault([bytes.fromhex(key_of(server).read_text())], "the server's key")
    async with Database.open(server.data_dir / "socstream.db") as database:
        await CameraStore(database, vault).insert(CAMERA)


async def known(server: ServerProcess, key: str) -> Credentials | None:
    """The camera's credentials, read with one key."""
    async with Database.open(server.data_dir / "socstream.db") as database:
        (stored,) = await CameraStore(database, Vault([bytes.fromhex(key)], "a key")).all()
    return stored.camera.source.credentials


async def test_the_first_start_makes_a_key_outside_of_the_data_directory(tmp_path: Path) -> None:
    async with served(tmp_path) as server:
        key = key_of(server)
        assert re.fullmatch(r"[0-9a-f]{64}\n", key.read_text())
        assert (key.stat().st_mode & 0o777, key.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        assert f"made the master key {key}" in server.log
        assert key.read_text().strip() not in server.log
        content = b"".join(path.read_bytes() for path in server.data_dir.rglob("*") if path.is_file())
        assert key.read_text().strip().encode() not in content
        assert bytes.fromhex(key.read_text()) not in content


async def test_without_its_key_a_server_does_not_start_and_loses_nothing(tmp_path: Path) -> None:
    async with served(tmp_path) as server:
        await server.stop()
        await remember(server)
        key = key_of(server)
        content = key.read_text()
        for wrong in (None, "ab" * 32, "no key"):
            key.unlink()
            if wrong is not None:
                key.write_text(wrong)
                key.chmod(0o600)
            before = len(server.log)
            ended = await server.run()
            said = [line for line in server.log[before:].splitlines() if line.startswith("socstream: ")]
            assert ended.code == 1
            assert len(said) == 1
            assert str(key) in said[0]
            assert key.exists() is (wrong is not None)
            key.write_text(wrong or "")
        key.write_text(content)
        await server.start()
        await server.stop()
        assert await known(server, content.strip()) == LOGIN


async def test_a_new_first_line_is_a_rotation(tmp_path: Path) -> None:
    async with served(tmp_path) as server:
        await server.stop()
        await remember(server)
        old = key_of(server).read_text()
        key_of(server).write_text("ab" * 32 + "\n" + old)
        await server.start()
        await server.stop()
        key_of(server).write_text("ab" * 32)
        await server.start()
        await server.stop()
        assert await known(server, "ab" * 32) == LOGIN


async def test_systemds_credential_comes_first_and_a_setting_second(tmp_path: Path) -> None:
    credentials, chosen = tmp_path / "credentials", tmp_path / "chosen.key"
    credentials.mkdir()
    (credentials / "master.key").write_text("cd" * 32)
    environ = {"CREDENTIALS_DIRECTORY": str(credentials), "SOCSTREAM_STORE_KEY_FILE": str(chosen)}
    async with served(tmp_path, environ) as server:
        assert not chosen.exists()
        await server.stop()
        (credentials / "master.key").unlink()
        await server.start()
        assert chosen.exists()
        assert not key_of(server).exists()
