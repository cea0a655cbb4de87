"""The commands as a shell sees them: their words, exit codes and lines."""

import os
import pty
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from socstream import __version__
from socstream.__main__ import main
from socstream.model.errors import AlreadyRunning, ConfigError

READY = re.compile(rf"socstream {re.escape(__version__)} ready on http://127\.0\.0\.1:(\d+)\n")


def environ(**more: str) -> dict[str, str]:
    """This environment without settings of ours."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("SOCSTREAM_", "HLS_"))}
    return kept | more


def run(*words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "socstream", *words]
    return subprocess.run(command, env=environ(**more), capture_output=True, text=True, timeout=30)


def test_version_prints_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert capsys.readouterr().out == f"socstream {__version__}\n"


def test_version_does_not_wait_for_a_web_server_to_load() -> None:
    program = (
        "import sys; from socstream.__main__ import main; main(['version']);"
        "print({'aiohttp', 'aiosqlite', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert done.stdout.splitlines()[-1] == "set()"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    told = capsys.readouterr().out
    assert told.startswith("usage: socstream ")
    assert all(word in told for word in ("serve", "doctor", "version"))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["srve"], "invalid choice: 'srve'"),
        (["--prot", "1"], "unrecognized arguments: --prot 1"),
        (["serve", "--por", "1"], "unrecognized arguments: --por 1"),
        (["version", "--port", "1"], "unrecognized arguments: --port 1"),
        (["--port"], "argument --port: expected one argument"),
    ],
)
def test_wrong_usage_is_2_and_names_the_word(
    words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert line in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "variables", "line"),
    [
        (["--port", "x"], {}, "--port must be a whole number"),
        (["serve", "--port", "65536"], {}, "--port must be between 0 and 65535"),
        (["doctor"], {"SOCSTREAM_PORT": "-1"}, "SOCSTREAM_PORT must be between 0 and 65535"),
        (["--config", "/no/such.toml"], {}, "/no/such.toml cannot be read: No such file or directory"),
        (
            [],
            {"SOCSTREAM_CONFIG": "/no/such.toml"},
            "/no/such.toml cannot be read: No such file or directory",
        ),
    ],
)
def test_a_wrong_setting_is_2_and_one_line(words: list[str], variables: dict[str, str], line: str) -> None:
    done = run(*words, **variables)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"socstream: {line}\n")


@pytest.mark.parametrize(
    ("words", "error", "manager", "waited"),
    [
        ([], ConfigError("wrong"), "/run/systemd/notify", [5.0]),
        (["serve", "--port", "0"], AlreadyRunning("held"), "/run/systemd/notify", [5.0]),
        ([], PermissionError("denied"), "/run/systemd/notify", [5.0]),
        ([], ConfigError("wrong"), None, []),
        (["probe", "rtsp://192.0.2.7/"], ConfigError("wrong"), "/run/systemd/notify", []),
    ],
)
def test_what_could_not_start_is_not_started_again_many_times_a_second(
    words: list[str],
    error: Exception,
    manager: str | None,
    waited: list[float],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("socstream.__main__.load", fail)
    monkeypatch.setattr(os, "environ", environ(**{"NOTIFY_SOCKET": manager} if manager else {}))
    slept: list[float] = []
    assert main(words, sleep=slept.append) in (1, 2)
    assert slept == waited
    assert capsys.readouterr().err.count("ends in 5 s") == len(waited)


def test_a_server_that_has_served_is_started_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/systemd/notify")
    times = iter((0.0, 3600.0))
    monkeypatch.setattr("socstream.__main__.time", SimpleNamespace(monotonic=lambda: next(times)))
    slept: list[float] = []
    assert main(["--config", "/no/such.toml"], sleep=slept.append) == 2
    assert slept == []


def test_listening_beyond_this_machine_is_refused_with_the_reason() -> None:
    done = run("--host", "0.0.0.0", "--port", "0")
    assert done.returncode == 2
    assert done.stderr.startswith("socstream: server has a host (--host) beyond loopback")
    for way_out in ("tls_certificate", "trusted_proxies", "allow_plain_http"):
        assert way_out in done.stderr


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("192.0.2.7/live", "must begin with rtsp://, rtsps://, http:// or https://"),
        ("https://192.0.2.7/live.m3u8", "can be probed for rtsp and rtsps only"),
    ],
)
def test_what_cannot_be_probed_is_2_and_told_at_once(url: str, reason: str) -> None:
    done = run("probe", url)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"socstream: URL: {reason}\n")


def test_on_a_terminal_a_look_at_a_camera_says_that_it_takes_a_while() -> None:
    leader, follower = pty.openpty()
    with os.fdopen(leader, "rb") as terminal, os.fdopen(follower, "wb") as inside:
        command = [sys.executable, "-m", "socstream", "probe", "rtsp://127.0.0.1:8554/live"]
        subprocess.run(command, stdout=inside, stderr=inside, env=environ(TERM="xterm"), timeout=30)
        inside.write(b"the end")  # else nothing would be read for ever where nothing was said
        inside.flush()
        seen = os.read(terminal.fileno(), 65536).decode()
    assert "Looking at rtsp://127.0.0.1:8554/live for up to 15 s" in seen


def last_line(text: str) -> str:
    assert "Traceback" not in text
    return text.splitlines()[-1]


def test_a_data_directory_that_cannot_be_made_is_1_and_named() -> None:
    done = run("--port", "0", "--data-dir", "/dev/null/data")
    assert done.returncode == 1
    assert re.fullmatch(r"socstream: .*/dev/null/data.*", last_line(done.stderr))


def test_a_port_in_use_is_1_and_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = run("--port", str(port), "--data-dir", str(tmp_path), HLS_STREAM_DIR=str(tmp_path / "streams"))
    assert done.returncode == 1
    assert re.fullmatch(rf"socstream: .*{port}.*in use.*", last_line(done.stderr))


def test_a_database_that_is_none_is_1_and_named(tmp_path: Path) -> None:
    (tmp_path / "socstream.db").write_bytes(b"not a database" * 100)
    done = run("--port", "0", "--data-dir", str(tmp_path), HLS_STREAM_DIR=str(tmp_path / "streams"))
    assert done.returncode == 1
    assert last_line(done.stderr).startswith("socstream: The database cannot be opened")


def test_it_serves_until_it_is_asked_to_stop_and_keeps_a_second_one_out(tmp_path: Path) -> None:
    words = ["--port", "0", "--data-dir", str(tmp_path / "data")]
    variables = {"HLS_STREAM_DIR": str(tmp_path / "streams"), "SOCSTREAM_PROT": "1", "SOCSTREAM_A": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "socstream", *words],
        env=environ(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            ready = READY.fullmatch(server.stdout.readline())
            assert ready is not None
            with socket.create_connection(("127.0.0.1", int(ready[1])), timeout=5):
                pass
            second = run("serve", *words, **variables)
            assert second.returncode == 1
            assert str(tmp_path / "data") in last_line(second.stderr)
            server.send_signal(signal.SIGTERM)
            out, err = server.communicate(timeout=20)
        finally:
            server.kill()
    assert (server.returncode, out) == (0, "")
    assert "Traceback" not in err
    (warning,) = (line for line in err.splitlines() if "SOCSTREAM_PROT" in line)
    assert "WARNING" in warning
    assert "SOCSTREAM_A, SOCSTREAM_PROT" in warning
