"""What counts as JSON: nothing that two readers could understand differently."""

import asyncio
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socstream.api.application import make_application
from socstream.api.bodies import BadJSON, parse_json
from socstream.api.guard import Guard, Limits
from socstream.api.keys import Settings
from socstream.api.listener import listening
from socstream.clock import SystemClock
from tests.api.rig import CAMERAS, GATE, Rig, rigged

_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)


@settings(deadline=None)  # a busy machine proves nothing
@given(_VALUES)
def test_whatever_is_plain_json_is_read_as_it_was_meant(value: object) -> None:
    body = json.dumps(value)
    try:
        assert parse_json(body.encode()) == value
    except BadJSON:
        assert body.count("[") + body.count("{") > 16


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"", "line 1, column 1"),
        (b"{", "line 1"),
        (b'{\n"name": }', "line 2, column 9"),
        (b"{'name': 1}", "line 1"),
        (b'{"name": 1,}', "line 1"),
        (b'{"a": 1} {"b": 2}', "column 10"),
        (b'{"name": "a", "name": "b"}', '"name" twice'),
        (b'{"x": {"deep": 1, "deep": 2}}', '"deep" twice'),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "-Infinity"),
        (b'{"a": 1e999}', "1e999"),
        (b'{"a": 9223372036854775808}', "9223372036854775808"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too large"),
        (b'{"a": "\\ud800"}', 'lone surrogate in "a"'),
        (b'{"\\udfff": 1}', "lone surrogate in a key"),
        (b'{"a": "\xff"}', "UTF-8 (byte 7)"),
        (b"[" * 17 + b"]" * 17, "deeper than 16"),
        (b"[" * 10_000 + b"]" * 10_000, "deeper than 16"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "deeper than 16"),
        (b'\xef\xbb\xbf{"a": 1}', "line 1, column 1"),
    ],
)
def test_anything_else_is_refused_and_the_place_is_named(body: bytes, place: str) -> None:
    with pytest.raises(BadJSON) as caught:
        parse_json(body)
    assert place in str(caught.value)


def test_sixteen_levels_are_deep_enough() -> None:
    assert parse_json(b"[" * 16 + b"]" * 16)


async def test_a_broken_body_is_400(rig: Rig) -> None:
    response = await rig.client.post(CAMERAS, data=b'{"name": ', headers={"Content-Type": "application/json"})
    assert response.status == 400
    assert (await response.json())["code"] == "bad_json"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
@pytest.mark.both_paths
async def test_a_body_that_is_not_declared_as_json_is_415(rig: Rig, kind: str) -> None:
    response = await rig.client.post(CAMERAS, data=json.dumps(GATE).encode(), headers={"Content-Type": kind})
    assert response.status == 415
    assert await (await rig.get(CAMERAS)).json() == []


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
async def test_usual_spellings_of_the_content_type_pass(rig: Rig, kind: str) -> None:
    response = await rig.client.post(CAMERAS, data=json.dumps(GATE).encode(), headers={"Content-Type": kind})
    assert response.status == 201


@pytest.mark.parametrize(("size", "status"), [(64 * 1024, 422), (64 * 1024 + 1, 413)])
@pytest.mark.both_paths
async def test_a_body_has_64_kib_at_most(rig: Rig, size: int, status: int) -> None:
    start, end = b'{"name": "', b'"}'
    body = start + b"x" * (size - len(start) - len(end)) + end
    response = await rig.client.post(CAMERAS, data=body, headers={"Content-Type": "application/json"})
    assert response.status == status
    assert (await response.json())["detail"]


def head(rig: Rig) -> bytes:
    """The beginning of a request that adds a camera."""
    return (
        f"POST {CAMERAS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{rig.bearer}"
    ).encode()


async def test_a_body_that_does_not_come_in_time_is_408_and_ends_the_connection(tmp_path: Path) -> None:
    async with rigged(tmp_path, settings=Settings(body_timeout=0.3)) as rig:
        reader, writer = await asyncio.open_connection(rig.client.host, rig.client.port)
        writer.write(head(rig) + b"Content-Length: 1000\r\n\r\n")
        began = time.monotonic()
        dripping = asyncio.create_task(_drip(writer))
        answer = await reader.readuntil(b"}")
        took = time.monotonic() - began
        dripping.cancel()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"\r\nConnection: close\r\n" in answer
    assert b'"code":"body_too_slow"' in answer
    assert 0.3 <= took < 2


async def _drip(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b" ")
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        b"Content-Encoding: deflate\r\nContent-Length: 5\r\n\r\nhello",
    ],
)
@pytest.mark.both_paths
async def test_a_body_that_is_encoded_is_415_and_never_unpacked(
    rig: Rig, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await asyncio.open_connection(rig.client.host, rig.client.port)
    writer.write(head(rig) + body)
    answer = await reader.readuntil(b"}")
    writer.close()
    assert answer.startswith(b"HTTP/1.1 415")
    assert b'"code":"encoded_body"' in answer
    assert "a bug" not in caplog.text


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ('{"name": "a", "name": "b"}', 400, "bad_json"),
        ('{"credentials": {"username": "a", "username": "b"}}', 400, "bad_json"),
        ('{"location": {"lat": NaN}}', 400, "bad_json"),
        ('{"location": {"lat": Infinity}}', 400, "bad_json"),
        ('{"location": {"lat": 1e999}}', 400, "bad_json"),
        ('{"location": {"n": 9223372036854775808}}', 400, "bad_json"),
        ('{"location": ' + '{"a":' * 10_000 + "1" + "}" * 10_000 + "}", 400, "bad_json"),
        ('{"name": "\\ud800"}', 400, "bad_json"),
        ('{"\\udc00": 1}', 400, "bad_json"),
        ("null", 422, "invalid_input"),
        ("[]", 422, "invalid_input"),
        ('"Gate"', 422, "invalid_input"),
        ("1", 422, "invalid_input"),
        ("{}", 422, "invalid_input"),
        ('{"__proto__": {"admin": true}}', 422, "invalid_input"),
        ('{"camera_id": "1", "version": 1}', 422, "invalid_input"),
        ('{"name": {"$ne": null}}', 422, "invalid_input"),
        ('{"name": "Gate\\u0000"}', 422, "invalid_input"),
        ("{'name': 'Gate'}", 400, "bad_json"),
        ('{"name": "Gate"} // a comment', 400, "bad_json"),
        ("name=Gate", 400, "bad_json"),
        ("<camera/>", 400, "bad_json"),
    ],
)
@pytest.mark.both_paths
async def test_a_wrong_body_is_refused_at_its_place_and_stores_nothing(
    rig: Rig, body: str, status: int, code: str
) -> None:
    response = await rig.client.post(CAMERAS, data=body, headers={"Content-Type": "application/json"})
    answer = await response.json()
    assert (response.status, answer["code"]) == (status, code)
    assert answer["detail"] == answer["message"] != ""
    assert (status == 422) == bool(answer.get("errors"))
    assert await (await rig.get(CAMERAS)).json() == []


async def test_a_body_too_large_by_its_own_words_is_refused_before_it_comes(rig: Rig) -> None:
    reader, writer = await asyncio.open_connection(rig.client.host, rig.client.port)
    writer.write(head(rig) + b"Content-Length: 1073741824\r\n\r\n{")
    async with asyncio.timeout(2):
        answer = await reader.readuntil(b"}")
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413")
    assert b'"code":"body_too_large"' in answer


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "identity", "x-gzip, gzip"])
@pytest.mark.both_paths
async def test_no_coding_of_a_body_is_taken(rig: Rig, coding: str, fast_path: bool) -> None:
    app, guard = make_application(rig.services), Guard(Limits(), SystemClock())
    listener = listening(app, guard, "127.0.0.1", 0, shutdown_timeout=0.2, fast_path=fast_path)
    async with listener as (host, port):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(head(rig) + f"Content-Encoding: {coding}\r\nContent-Length: 2\r\n\r\n{{}}".encode())
        answer = await reader.readuntil(b"}")
        writer.close()
    assert answer.startswith(b"HTTP/1.1 415")
    assert b'"code":"encoded_body"' in answer
