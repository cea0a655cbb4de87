"""Credentials do not leave, whatever they stand in; plain words do."""

import json
from collections.abc import Callable
from functools import partial

import pytest

from socstream.redaction import Secrets, redacted

SECRET = "s3cret-Pass-of-24-letters"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"rtsp://viewer:{SECRET}@192.0.2.7/live", "rtsp://***"),
        (f"[tcp] RTSPS://u:{SECRET}@cam/ failed", "[tcp] RTSPS://*** failed"),
        (f"rtsp://192.0.2.7/user={SECRET}&channel=1: 404", "rtsp://***"),
        (f"https://u:{SECRET}@gw.example/hls refused", "https://***@gw.example/hls refused"),
        (f"http://{SECRET}@gw.example", "http://***@gw.example"),
        (f"Authorization: Bearer {SECRET}", "Authorization: ***"),
        (f"authorization: Basic {SECRET}\r\nHost: x", "authorization: ***\r\nHost: x"),
        (f"'Authorization': 'Digest username=\"a\", response=\"{SECRET}\"'", "'Authorization': ***"),
        (f"Cookie: session={SECRET}; b={SECRET}", "Cookie: ***"),
        (f"Set-Cookie: session={SECRET}; HttpOnly", "Set-Cookie: ***"),
        (f"X-API-Key: {SECRET}", "X-API-Key: ***"),
        (f"X-CSRF-Token: {SECRET}", "X-CSRF-Token: ***"),
        (f"sent bearer {SECRET}, and waits", "sent bearer ***, and waits"),
        (f"token sst_{SECRET}_x was used", "token sst_*** was used"),
        (f"ssa_{SECRET}, ssr_{SECRET}, ssc_{SECRET}, ssk_{SECRET}", "ssa_***, ssr_***, ssc_***, ssk_***"),
        (f"GET /m/{SECRET}/1b4e/hls/index.m3u8", "GET /m/***/1b4e/hls/index.m3u8"),
        (f"https://cams.example/m/{SECRET}/1b4e/last-image", "https://cams.example/m/***/1b4e/last-image"),
        (f"GET /ws/7?token={SECRET}&x=1", "GET /ws/7?token=***&x=1"),
        (f"?a=1&access_token={SECRET}", "?a=1&access_token=***"),
        (f"refresh_token={SECRET}", "refresh_token=***"),
        (f'{{"password": "{SECRET}", "name": "a"}}', '{"password": ***, "name": "a"}'),
        (f'{{"password":"a\\"{SECRET}"}}', '{"password":***}'),
        (f"{{'refresh_token': '{SECRET}'}}", "{'refresh_token': ***}"),
        (f"password={SECRET}", "password=***"),
        (f"Credentials(username='a', password='{SECRET}')", "Credentials(username='a', password=***)"),
    ],
)
def test_what_looks_like_a_credential_is_hidden(text: str, shown: str) -> None:
    told = redacted(text)
    assert SECRET not in told
    assert told.startswith(shown)
    assert redacted(told) == told


@pytest.mark.parametrize(
    "text",
    [
        "credentials.password: must be a text",
        "the password of admin is kept in /var/lib/socstream/initial-admin-password",
        "Log in first: this needs a valid access token.",
        "user@example.org signed in",
        "http://192.0.2.7:8000/api/security-operations/cameras",
        "segments go to /dev/shm/m/socstream (tmpfs)",
        "ssh_config and sst are words",
        "camera 1b4e: its files stay until the next start",
        "[https @ 0x1] Opening 'a.m4s' for writing",
    ],
)
def test_plain_words_stay(text: str) -> None:
    assert redacted(text) == text


def test_known_secrets_are_hidden_wherever_they_stand_as_long_as_they_are_in_use() -> None:
    secrets = Secrets()
    secrets.keep("camera", ("horse battery", "horse%20battery"))
    secrets.keep("other", ("horse battery staple",))
    assert secrets.redacted("a horse battery staple, horse%20battery") == "a ***, ***"
    secrets.keep("other", ())
    assert secrets.redacted("a horse battery staple") == "a *** staple"
    secrets.keep("camera", ("new secret",))
    assert secrets.redacted("horse battery, new secret") == "horse battery, ***"


def test_a_secret_that_two_cameras_share_stays_hidden_until_both_are_gone() -> None:
    secrets = Secrets()
    for owner in ("a", "b"):
        secrets.keep(owner, ("shared-secret",))
    secrets.keep("a", ())
    assert secrets.redacted("shared-secret") == "***"
    secrets.keep("b", ())
    assert secrets.redacted("shared-secret") == "shared-secret"


def test_secrets_too_short_to_hide_spoil_no_line() -> None:
    secrets = Secrets()
    secrets.keep("camera", ("", "a", "abc"))
    assert secrets.redacted("a camera at abc") == "a camera at abc"


def test_known_secrets_and_shapes_work_together() -> None:
    secrets = Secrets()
    secrets.keep("camera", ("p@ss/word", "p%40ss%2Fword"))
    told = secrets.redacted("rtsp://u:p%40ss%2Fword@cam/x and p@ss/word and sst_abc")
    assert told == "rtsp://*** and *** and sst_***"


ODD = 'it\'s "ü" \\ 日本'


@pytest.mark.parametrize("write", [repr, ascii, json.dumps, partial(json.dumps, ensure_ascii=False)])
def test_a_secret_is_hidden_as_python_and_json_write_it(write: Callable[[str], str]) -> None:
    secrets = Secrets()
    secrets.keep("camera", (ODD,))
    assert secrets.redacted(f"refused {write(ODD)}") in ("refused '***'", 'refused "***"')
