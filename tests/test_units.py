"""The files in conf/ for the service manager and for proxies, held against the programs that read them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

CONF = Path(__file__).parent.parent / "conf"

KINDS = ("service", "socket")

SECRETS = ("GRANTGRANT", "TOKENTOKEN")

LINES = ("/m/GRANTGRANT/7/index.m3u8", "/api/ws/7?token=TOKENTOKEN", "/m/GRANTGRANT/7/x?token=TOKENTOKEN")


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
    subject = ("-subj", "/CN=cams.example", "-days", "1")
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, *subject)
    return key, cert


def test_nginx_takes_its_file(tmp_path: Path) -> None:
    nginx = program("nginx")
    key, cert = certificate(tmp_path)
    text = (CONF / "nginx.conf").read_text()
    text = text.replace("/etc/ssl/cams.example/fullchain.pem", cert)
    text = text.replace("/etc/ssl/cams.example/privkey.pem", key)
    text = text.replace("/var/log/nginx/socstream.log", str(tmp_path / "access.log"))
    whole = f"pid {tmp_path}/pid; error_log stderr; events {{}}\nhttp {{\n{text}\n}}\n"
    (tmp_path / "nginx.conf").write_text(whole)
    run(nginx, "-t", "-c", str(tmp_path / "nginx.conf"))


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


def test_caddy_takes_its_file() -> None:
    run(program("caddy"), "validate", "--adapter", "caddyfile", "--config", str(CONF / "Caddyfile"))


def test_what_caddy_writes_down_opens_nothing() -> None:
    found = re.search(r'request>uri regexp "(.*)" "(.*)"', (CONF / "Caddyfile").read_text())
    assert found
    for line in LINES:
        shown = re.sub(found[1], lambda match: (match[1] or "") + (match[2] or "") + "-", line)
        assert not any(secret in shown for secret in SECRETS), shown
