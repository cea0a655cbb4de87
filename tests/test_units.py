"""The files in conf/ for the service manager and for proxies, held against the programs that read them."""

import re
import shutil
import socket
import ssl
import subprocess
from contextlib import closing
from http.client import HTTPSConnection
from pathlib import Path

import pytest

CONF = Path(__file__).parent.parent / "conf"

KINDS = ("service", "socket")

SECRETS = ("GRANTGRANT", "TOKENTOKEN")

LINES = (
    "/m/GRANTGRANT/7/index.m3u8",
    "/m/GRANTGRANT",
    "/m/GRANTGRANT/",
    "/m/GRANTGRANT?x",
    "//m/GRANTGRANT/7/x",
    "/m//GRANTGRANT/7/x",
    "/./m/GRANTGRANT/7/x",
    "/%6D/GRANTGRANT/7/x",
    "/m%2fGRANTGRANT%2F7",
    "/x?to=/m/GRANTGRANT",
    "/x?token=TOKENTOKEN&to=/m/x",
    "/api/ws/7?token=TOKENTOKEN",
    "/m/GRANTGRANT/7/x?token=TOKENTOKEN",
    "/?TOKENTOKEN",
)

NO_SECRETS = ("/", "/assets/main.js", "/api/security-operations/cameras/7/media-grant", "/api/am/GRANTED/7")


def program(name: str) -> str:
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if path is None:
        pytest.skip(f"there is no {name} on this machine")
    return path


def run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_sandbox_of_the_service_leaves_little_open() -> None:
    told = run(program("systemd-analyze"), "security", "--offline=true", str(CONF / "socstream.service"))
    found = re.search(r"Overall exposure level for socstream\.service: ([0-9.]+)", told)
    assert found
    assert float(found[1]) <= 2.0


def test_the_units_hold_no_name_that_systemd_does_not_know() -> None:
    done = subprocess.run(
        [
            program("systemd-analyze"),
            "verify",
            str(CONF / "socstream.service"),
            str(CONF / "socstream.socket"),
        ],
        capture_output=True,
        text=True,
        timeout=50,
    )
    complaints = [line for line in done.stderr.splitlines() if "/opt/socstream" not in line]
    assert complaints == [], "but for the program, which this machine need not have"


def certificate(tmp_path: Path) -> tuple[str, str]:
    key, cert = str(tmp_path / "key.pem"), str(tmp_path / "cert.pem")
    subject = ("-subj", "/CN=cams.example", "-addext", "subjectAltName=DNS:cams.example", "-days", "1")
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, *subject)
    return key, cert


def of_nginx(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    """Its file as the README has it, within the one that stands around it, with logs of this test."""
    key, cert = certificate(tmp_path)
    text = (CONF / "nginx.conf").read_text()
    for old, new in (
        ("/etc/ssl/cams.example/fullchain.pem", cert),
        ("/etc/ssl/cams.example/privkey.pem", key),
        ("/var/log/nginx/", f"{tmp_path}/"),
        *changes,
    ):
        assert old in text
        text = text.replace(old, new)
    around = f"pid {tmp_path}/pid; error_log {tmp_path}/main.log; events {{}}"
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"{around}\nhttp {{\nclient_body_temp_path {tmp_path};\n{text}\n}}\n")
    return whole


def test_nginx_takes_its_file(tmp_path: Path) -> None:
    run(program("nginx"), "-t", "-c", str(of_nginx(tmp_path)))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def test_no_log_of_nginx_opens_anything_also_when_nobody_stands_behind_it(tmp_path: Path) -> None:
    nginx, port = program("nginx"), free_port()
    file = of_nginx(
        tmp_path,
        ("    listen [::]:443 ssl http2;\n", ""),
        ("    listen [::]:80;\n", ""),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{free_port()};"),
    )
    run(nginx, "-c", str(file))
    try:
        trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        for line in (*LINES, *NO_SECRETS):
            client = HTTPSConnection("127.0.0.1", port, context=trusting, timeout=10)
            with closing(client), socket.create_connection(("127.0.0.1", port), 10) as plain:
                client.sock = trusting.wrap_socket(plain, server_hostname="cams.example")
                client.request("GET", line, headers={"Host": "cams.example"})
                assert client.getresponse().status == 502
    finally:
        run(nginx, "-c", str(file), "-s", "stop")
    told = "".join(path.read_text() for path in tmp_path.glob("*.log"))
    assert told.count(" 502 ") == len(LINES) + len(NO_SECRETS)
    assert not any(secret in told for secret in SECRETS), told


def shown_by(patterns: list[tuple[str, str]], line: str) -> str:
    """What nginx's `map` makes of a request's line."""
    for pattern, replacement in patterns:
        found = re.match(pattern.replace("(?<", "(?P<"), line)
        if found is not None:
            names = found.groupdict()
            return re.sub(r"\$(\w+)", lambda name: str(names[name[1]]), replacement)  # noqa: B023 (used at once)
    return line


def test_what_nginx_writes_down_opens_nothing() -> None:
    text = (CONF / "nginx.conf").read_text()
    patterns = re.findall(r"^    ~(\S+)\s+(\S+);$", text, re.MULTILINE)
    assert len(patterns) == 2
    for line in LINES:
        shown = shown_by(patterns, line)
        assert not any(secret in shown for secret in SECRETS), shown
    assert [shown_by(patterns, line) for line in NO_SECRETS] == list(NO_SECRETS)
    assert shown_by(patterns, LINES[0]) == "/m/-/7/index.m3u8"


def test_caddy_takes_its_file() -> None:
    run(program("caddy"), "validate", "--adapter", "caddyfile", "--config", str(CONF / "Caddyfile"))


def test_what_caddy_writes_down_opens_nothing() -> None:
    found = re.search(r'request>uri regexp "(.*)" "(.*)"', (CONF / "Caddyfile").read_text())
    assert found

    def shown(line: str) -> str:
        return re.sub(found[1], lambda match: (match[1] or "") + (match[2] or "") + "-", line)

    for line in LINES:
        assert not any(secret in shown(line) for secret in SECRETS), shown(line)
    assert [shown(line) for line in NO_SECRETS] == list(NO_SECRETS)
