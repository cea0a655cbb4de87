"""The door opens for the right answer to the challenge, and for nothing else."""

import base64
import hashlib

import pytest

from socstream.demo.auth import Guard, Scheme

from .support import quoted

USER, PASSWORD, URL = "ad min", "p'#/?%@: ä", "rtsp://127.0.0.1:554/live/"


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def basic(user: str = USER, password: str = PASSWORD) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def digest(
    challenge: str,
    *,
    user: str = USER,
    password: str = PASSWORD,
    method: str = "DESCRIBE",
    url: str = URL,
    nonce: str | None = None,
    qop: bool = False,
) -> str:
    nonce = quoted(challenge, "nonce") if nonce is None else nonce
    secret, request = md5(f"{user}:{quoted(challenge, 'realm')}:{password}"), md5(f"{method}:{url}")
    once = "00000001:0a4f113b:auth:" if qop else ""
    extra = ', qop=auth, nc=00000001, cnonce="0a4f113b"' if qop else ""
    return (
        f'Digest username="{user}", realm="{quoted(challenge, "realm")}", nonce="{nonce}", '
        f'uri="{url}"{extra}, '
        f'response="{md5(f"{secret}:{nonce}:{once}{request}")}"'
    )


def test_basic_takes_the_right_password_only() -> None:
    guard = Guard((USER, PASSWORD), "basic")
    assert guard.admits(basic(), "DESCRIBE", URL)
    wrong = [
        "",
        "Basic",
        "Basic !",
        basic(password="p"),
        basic(user="admin"),
        basic().replace("Basic", "Bearer"),
    ]
    assert not any(guard.admits(answer, "DESCRIBE", URL) for answer in wrong)


@pytest.mark.parametrize("scheme", ["digest", "digest-qop"])
def test_digest_takes_the_right_answer_only(scheme: Scheme) -> None:
    guard = Guard((USER, PASSWORD), scheme)
    challenge = guard.challenge()
    assert guard.admits(digest(challenge), "DESCRIBE", URL)
    wrong = [
        "",
        "Digest",
        basic(),
        digest(challenge, password="p"),
        digest(challenge, user="admin"),
        digest(challenge, method="SETUP"),
        digest(challenge, url=URL + "other"),
        digest(challenge, nonce="0" * 32),
    ]
    assert not any(guard.admits(answer, "DESCRIBE", URL) for answer in wrong)
    assert not guard.admits(digest(challenge), "PLAY", URL)


def test_qop_is_taken_where_it_was_offered() -> None:
    offering, plain = Guard((USER, PASSWORD), "digest-qop"), Guard((USER, PASSWORD), "digest")
    assert 'qop="auth"' in offering.challenge()
    assert "qop" not in plain.challenge()
    assert offering.admits(digest(offering.challenge(), qop=True), "DESCRIBE", URL)
    assert not offering.admits(digest(offering.challenge(), qop=True, password="p"), "DESCRIBE", URL)
    assert not plain.admits(digest(plain.challenge(), qop=True), "DESCRIBE", URL)


def test_a_digest_camera_does_not_take_a_password_in_the_clear() -> None:
    assert not Guard((USER, PASSWORD), "digest").admits(basic(), "DESCRIBE", URL)


def test_each_camera_has_a_nonce_of_its_own() -> None:
    one, other = Guard((USER, PASSWORD), "digest"), Guard((USER, PASSWORD), "digest")
    assert not other.admits(digest(one.challenge()), "DESCRIBE", URL)


def test_the_password_shows_nowhere() -> None:
    guard = Guard((USER, PASSWORD), "digest-qop")
    assert PASSWORD not in repr(guard) + str(guard) + guard.challenge()
