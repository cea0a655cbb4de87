"""What counts as JSON: nothing that two readers could understand differently."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socstream.api.bodies import BadJSON, parse_json
from tests.api.rig import CAMERAS, GATE, Rig

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
async def test_a_body_that_is_not_declared_as_json_is_415(rig: Rig, kind: str) -> None:
    response = await rig.client.post(CAMERAS, data=json.dumps(GATE).encode(), headers={"Content-Type": kind})
    assert response.status == 415
    assert await (await rig.get(CAMERAS)).json() == []


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
async def test_usual_spellings_of_the_content_type_pass(rig: Rig, kind: str) -> None:
    response = await rig.client.post(CAMERAS, data=json.dumps(GATE).encode(), headers={"Content-Type": kind})
    assert response.status == 201


@pytest.mark.parametrize(("size", "status"), [(64 * 1024, 422), (64 * 1024 + 1, 413)])
async def test_a_body_has_64_kib_at_most(rig: Rig, size: int, status: int) -> None:
    start, end = b'{"name": "', b'"}'
    body = start + b"x" * (size - len(start) - len(end)) + end
    response = await rig.client.post(CAMERAS, data=body, headers={"Content-Type": "application/json"})
    assert response.status == status
    assert (await response.json())["detail"]
