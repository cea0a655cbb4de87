"""`socstream user …` as a shell sees it; never a password among its words or in its output."""

import getpass
import os
import pty
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from socstream.access.passwords import Passwords
from socstream.store.audit import AuditStore
from socstream.store.database import Database

WORD = "a pass word"


def user(tmp_path: Path, *words: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "socstream", "user", *words],
        env=environ(tmp_path),
        input=typed,
        capture_output=True,
        text=True,
        timeout=30,
    )


def environ(tmp_path: Path) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("SOCSTREAM_")}
    return kept | {"SOCSTREAM_DATA_DIR": str(tmp_path), "COLUMNS": "200"}


def hash_of(tmp_path: Path, name: str) -> str:
    with closing(sqlite3.connect(tmp_path / "socstream.db")) as connection:
        ((stored,),) = connection.execute("SELECT password_hash FROM user WHERE username = ?", (name,))
    return str(stored)


async def is_password(stored: str, password: str) -> bool:
    passwords = Passwords()
    try:
        return (await passwords.check(stored, password)).good
    finally:
        passwords.close()


async def test_users_are_added_listed_and_given_another_password(tmp_path: Path) -> None:
    added = user(
        tmp_path, "add", "Eva", "--role", "security_manager", "--email", "eva@x.de", typed=WORD + "\n"
    )
    assert (added.returncode, added.stdout, added.stderr) == (0, "Added Eva as SECURITY_MANAGER.\n", "")
    assert await is_password(hash_of(tmp_path, "Eva"), WORD)
    changed = user(tmp_path, "passwd", "EVA@x.de", typed="another one\r\n")
    assert (changed.returncode, changed.stderr) == (0, "")
    assert await is_password(hash_of(tmp_path, "Eva"), "another one")
    assert user(tmp_path, "add", "[b]Bob", typed=WORD).returncode == 0
    listed = user(tmp_path, "list")
    rows = [line.split() for line in listed.stdout.splitlines() if "active" in line]
    assert [row[:5] for row in rows] == [
        ["[b]Bob", "VIEWER", "active", "all", rows[0][4]],
        ["Eva", "eva@x.de", "SECURITY_MANAGER", "active", "all"],
    ]
    for done in (added, changed, listed):
        assert WORD not in done.stdout + done.stderr
        assert "argon2" not in done.stdout + done.stderr


async def test_what_a_shell_did_stands_in_the_audit_log(tmp_path: Path) -> None:
    user(tmp_path, "add", "Eva", typed=WORD)
    user(tmp_path, "passwd", "Eva", typed="another one")
    user(tmp_path, "passwd", "Bob", typed="another one")  # there is none
    async with Database.open(tmp_path / "socstream.db") as database:
        audit = AuditStore(database)
        deeds = [entry.deed for entry in reversed(await audit.entries(0, 2**60, 10))]
        assert [(deed.action, deed.via, deed.detail) for deed in deeds] == [
            ("user.add", "shell", "Eva"),
            ("password.edit", "shell", "Eva"),
        ]
        assert deeds[0].who == getpass.getuser()
        assert (await audit.verify()).broken_at is None


@pytest.mark.parametrize(
    ("words", "typed", "code", "told"),
    [
        (["add", "Eva"], "short\n", 1, "password: must have 8 to 128 characters"),
        (["add", "Eva"], "", 1, "password: must have 8 to 128 characters"),
        (["add", " Eva"], WORD, 1, "username: must have 1 to 64 printable characters"),
        (["add", "Eva", "--email", "x"], WORD, 1, "email: must be empty or an e-mail address"),
        (["add", "Eva", "--role", "king"], WORD, 2, "must be one of VIEWER, OPERATOR, SECURITY_OFFICER"),
        (["passwd", "nobody"], WORD, 1, "There is no such user."),
        (["add", "Eva", "--password", WORD], "", 2, "unrecognized arguments"),
        ([], "", 2, "COMMAND"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(
    tmp_path: Path, words: list[str], typed: str, code: int, told: str
) -> None:
    done = user(tmp_path, *words, typed=typed)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_name_that_is_taken_is_told(tmp_path: Path) -> None:
    assert user(tmp_path, "add", "Eva", typed=WORD).returncode == 0
    done = user(tmp_path, "add", "EVA", typed=WORD)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "socstream: Another user has this user name or e-mail already.\n"


@pytest.mark.parametrize(("again", "code"), [(WORD, 0), ("another one", 1)])
def test_a_terminal_is_asked_twice_and_shows_nothing(tmp_path: Path, again: str, code: int) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "socstream", "user", "add", "Eva"]
    shown = b""
    with subprocess.Popen(
        command, env=environ(tmp_path), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as child:
        os.close(theirs)
        try:
            for question, answer in ((b"New password for Eva: ", WORD), (b"The same again: ", again)):
                while question not in shown:
                    shown += os.read(ours, 1000)
                os.write(ours, answer.encode() + b"\n")
            assert child.wait(20) == code
            shown += os.read(ours, 1000)
        finally:
            child.kill()
            os.close(ours)
    assert WORD.encode() not in shown
    assert (b"Added Eva" in shown) is (code == 0)
