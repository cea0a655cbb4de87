"""Cameras out of a table and into one: each line's fate, all or nothing, and no secret on the way."""

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socstream.api.bodies import LARGEST_BODY, LARGEST_TABLE
from socstream.api.camera_table import COLUMNS, MOST_LINES, lines_of
from socstream.api.tables import _harmless, meant
from socstream.model.account import Role
from socstream.model.errors import CameraExists, StoreUnavailable
from socstream.model.source import Credentials
from tests.api.rig import CAMERAS, Rig
from tests.api.test_openapi import Description
from tests.api.visitors import deeds, logged_in

IMPORT, EXPORT = f"{CAMERAS}/import", f"{CAMERAS}/export"
CSV = {"Content-Type": "text/csv"}

TWO = """name,location,ip_address,stream_url,username,password,mode
Gate,North,192.0.2.7,rtsp://192.0.2.7/live,viewer,s3cret-pass,
Yard,,,rtsp://192.0.2.8:8554/main,,,on_demand
"""


async def send(rig: Rig, text: str | bytes, status: int = 200, **query: str) -> Any:
    body = text.encode() if isinstance(text, str) else text
    response = await rig.client.post(IMPORT, data=body, headers=CSV, params=query)
    assert response.status == status, await response.text()
    return await response.json()


def fates(answer: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
    return [(each["line"], each["name"], each["outcome"]) for each in answer]


async def wrong(rig: Rig, text: str | bytes) -> tuple[str, str]:
    """Where the whole table is wrong, and how."""
    (error,) = (await send(rig, text, 422))["errors"]
    assert rig.cameras.all() == []
    return error["field"], error["message"]


async def test_every_camera_of_a_table_is_added_as_if_it_were_posted(rig: Rig) -> None:
    answer = await send(rig, TWO)
    gate, yard = rig.cameras.all()
    assert answer == [
        {"line": 2, "name": "Gate", "outcome": "added", "camera_id": gate.camera_id, "errors": []},
        {"line": 3, "name": "Yard", "outcome": "added", "camera_id": yard.camera_id, "errors": []},
    ]
    posted = await rig.add(name="Posted", stream_url="rtsp://192.0.2.7/live", ip_address="192.0.2.7")
    told = await rig.show(gate.camera_id)
    assert {name for name in told if told[name] != posted[name]} <= {
        *("camera_id", "name", "stream_url", "last_known_image_url", "source_username"),
        "source_password_set",
    }
    assert gate.source.credentials == Credentials("viewer", "s3cret-pass")
    assert (yard.ip_address, yard.mode, yard.location) == ("192.0.2.8", "on_demand", {"label": ""})
    assert yard.source.credentials is None


async def test_a_dry_run_tells_the_same_and_changes_nothing(rig: Rig) -> None:
    table = TWO + "gate,,,rtsp://192.0.2.9/,,,\nDoor,,,ftp://192.0.2.9/,,,\n"
    tried = await send(rig, table, dry_run="")
    assert rig.cameras.all() == []
    done = await send(rig, table)
    assert fates(tried) == [
        (2, "Gate", "would_be_added"),
        (3, "Yard", "would_be_added"),
        (4, "gate", "exists"),
        (5, "Door", "invalid"),
    ]
    assert fates(done) == [(*fate[:2], fate[2].replace("would_be_", "")) for fate in fates(tried)]
    assert tried[3]["errors"] == done[3]["errors"] != []
    assert done[2]["camera_id"] == done[0]["camera_id"]
    again = await send(rig, table)
    assert [fate for *_, fate in fates(again)] == ["exists", "exists", "exists", "invalid"]
    assert len(rig.cameras.all()) == 2


@pytest.mark.parametrize(("text", "is_dry"), [("true", True), ("false", False)])
async def test_dry_run_may_be_said_in_words(rig: Rig, text: str, is_dry: bool) -> None:
    await send(rig, TWO, dry_run=text)
    assert (rig.cameras.all() == []) is is_dry
    assert (await send(rig, TWO, 422, dry_run="maybe"))["errors"][0]["field"] == "dry_run"


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        (",,,rtsp://192.0.2.7/,,,", ["name"]),
        ("x" * 101 + ",,,rtsp://192.0.2.7/,,,", ["name"]),
        ("Gate,,,,,,", ["stream_url"]),
        ("Gate,,,192.0.2.7,,,", ["stream_url"]),
        ("Gate,,,rtsp://u:***@192.0.2.7/,,,", ["stream_url"]),
        ("Gate,,,rtsp://127.0.0.1/,,,", ["stream_url"]),
        ("Gate,,not a host,rtsp://192.0.2.7/,,,", ["ip_address"]),
        ("Gate,,,rtsp://192.0.2.7/,,,sometimes", ["mode"]),
        ("Gate,,,rtsp://192.0.2.7/," + "u" * 300 + ",,", ["username"]),
        ("Gate,,not a host,ftp://192.0.2.7/,,,sometimes", ["ip_address", "mode", "stream_url"]),
        ("Gate,,,rtsp://192.0.2.7/,,", ["line"]),
        ("Gate,,,rtsp://192.0.2.7/,,,,", ["line"]),
        ("Gate", ["line"]),
    ],
)
async def test_a_wrong_line_is_told_by_column_and_keeps_none_of_the_others_out(
    rig: Rig, line: str, columns: list[str]
) -> None:
    header, *rest = TWO.splitlines()
    answer = await send(rig, "\n".join((header, line, rest[1])))
    assert fates(answer) == [(2, line.split(",")[0][:100], "invalid"), (3, "Yard", "added")]
    assert sorted(error["field"] for error in answer[0]["errors"]) == columns
    assert [camera.name for camera in rig.cameras.all()] == ["Yard"]


@pytest.mark.parametrize(
    ("column", "cell", "good"),
    [
        ("idle_after", "90", True),
        ("idle_after", "7.5", True),
        ("idle_after", "4", False),
        ("idle_after", "1e3", False),
        ("status", "Maintenance", True),
        ("status", "gone", False),
        ("is_recording", "Yes", True),
        ("is_recording", "0", True),
        ("is_recording", "perhaps", False),
        ("motion_detection_enabled", "FALSE", True),
        ("location", '"{""lat"": 1}"', True),
        ("location", "{broken", True),
        ("mode", "ALWAYS", True),
    ],
)
async def test_the_other_columns_take_what_people_write(rig: Rig, column: str, cell: str, good: bool) -> None:
    answer = await send(rig, f"name,stream_url,{column}\nGate,rtsp://192.0.2.7/,{cell}\n")
    assert fates(answer) == [(2, "Gate", "added" if good else "invalid")]
    assert [error["field"] for error in answer[0]["errors"]] == ([] if good else [column])


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", [",", ";"])
async def test_spreadsheets_of_all_kinds_are_read(rig: Rig, mark: bytes, end: str, separator: str) -> None:
    table = TWO.replace("North", "Süd").replace(",", separator).replace("\n", end)
    answer = await send(rig, mark + table.encode())
    assert [each["outcome"] for each in answer] == ["added", "added"]
    assert rig.cameras.all()[0].location == {"label": "Süd"}


async def test_columns_come_in_any_order_and_lines_may_be_empty_or_have_line_ends(rig: Rig) -> None:
    table = (
        ' Stream_URL ,NAME,location\n\n,,\nrtsp://192.0.2.7/,Gate,"two\nlines"\nrtsp://192.0.2.8/, Yard ,\n'
    )
    answer = await send(rig, table)
    assert fates(answer) == [(4, "Gate", "invalid"), (6, "Yard", "added")]


@pytest.mark.parametrize(
    ("text", "field", "said"),
    [
        ("", "header", "is missing"),
        ("\n\n", "header", "is missing"),
        ("name,location\nGate,\n", "header", "no column “stream_url”"),
        ("name,stream_url,colour\n", "header", "“colour”"),
        ("name,stream_url,Name\n", "header", "twice"),
        ("name,stream_url,\n", "header", "“”"),
        ('name,stream_url\nGate,"rtsp://192.0.2.7/\n', "body", "from line 2 on"),
        ('name,stream_url\nGate,"rtsp"x\n', "body", "from line 2 on"),
        ("name,stream_url\n" + "G,r\n" * 1001, "body", "more than 1000 lines"),
        ("name,stream_url\nTür,rtsp://192.0.2.7/\n".encode("latin-1"), "body", "UTF-8"),
        (TWO.encode("utf-16"), "body", "UTF-8"),
    ],
)
async def test_what_is_no_such_table_adds_nothing(rig: Rig, text: str | bytes, field: str, said: str) -> None:
    where, how = await wrong(rig, text)
    assert where == field
    assert said in how


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "application/json"}, "{}", 415),
        ({"Content-Type": "text/csv; charset=latin-1"}, TWO, 415),
        ({"Content-Type": "text/csv; charset=UTF-8"}, TWO, 200),
        ({"Content-Type": "text/csv", "Content-Encoding": "gzip"}, TWO, 415),
        ({"Content-Type": "text/csv"}, "name,stream_url\n" + "\n" * (LARGEST_TABLE - 16), 200),
        ({"Content-Type": "text/csv"}, "name,stream_url\n" + "\n" * (LARGEST_TABLE - 15), 413),
    ],
)
async def test_a_body_of_another_kind_is_refused(
    rig: Rig, headers: dict[str, str], body: str, status: int
) -> None:
    data = io.BytesIO(body.encode())
    response = await rig.client.post(IMPORT, data=data, headers=headers, params={"dry_run": "true"})
    assert response.status == status


async def test_as_many_lines_as_are_promised_fit_into_a_body(rig: Rig) -> None:
    line = "Camera {0} at the long north fence,Level {0},192.0.2.7,rtsp://192.0.2.7/stream{0},viewer,s3cret\n"
    table = "name,location,ip_address,stream_url,username,password\n"
    table += "".join(line.format(number) for number in range(MOST_LINES))
    assert len(table) > LARGEST_BODY, "or it proves nothing"
    answer = await send(rig, table, dry_run="")
    assert [each["outcome"] for each in answer] == ["would_be_added"] * MOST_LINES


async def test_a_table_that_grows_too_large_on_its_way_is_refused(rig: Rig) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_TABLE // LARGEST_BODY + 1):
            yield b"\n" * LARGEST_BODY

    response = await rig.client.post(IMPORT, data=parts(), headers=CSV)
    answer = await response.json()
    assert (response.status, answer["code"]) == (413, "body_too_large")
    assert answer["message"] == "The body is larger than 1024 KiB."


async def test_of_many_cameras_all_are_added_or_none(rig: Rig) -> None:
    """As when somebody takes a name while a table is being looked at."""
    drafts = [line.draft() for line in lines_of(TWO)]
    await rig.add(name="YARD")
    with pytest.raises(CameraExists):
        await rig.cameras.add_all(drafts)
    assert [camera.name for camera in rig.cameras.all()] == ["YARD"]


async def test_passwords_stand_in_no_answer_and_no_log_but_what_was_added_does(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await send(rig, TWO + "Door,,,rtsp://u:0ther-s3cret@/,,,\n")
    found = [(deed.action, deed.target, deed.detail) for deed in await deeds(rig)]
    gate, yard = rig.cameras.all()
    assert found[-3:] == [
        ("camera.import", "", "2 added, 1 invalid"),
        ("camera.add", gate.camera_id, "Gate"),
        ("camera.add", yard.camera_id, "Yard"),
    ]
    for text in (json.dumps(answer), str(found), caplog.text):
        assert "s3cret" not in text
    await send(rig, TWO, dry_run="true")
    assert (await deeds(rig))[-1].detail == "2 exists"


async def test_who_may_see_certain_cameras_only_adds_none_and_exports_his_own(rig: Rig) -> None:
    own = (await rig.add(name="Own"))["camera_id"]
    await rig.add(name="Foreign")
    limited = await logged_in(rig, "limited", Role.SECURITY_MANAGER, frozenset({own}))
    async with rig.stranger.post(IMPORT, data=TWO, headers=limited.headers | CSV) as refused:
        assert refused.status == 403
    exported = (await limited.ask("GET", EXPORT)).text
    assert [row["name"] for row in csv.DictReader(io.StringIO(exported))] == ["Own"]
    assert (await deeds(rig))[-1].action == "camera.export"


async def test_an_export_holds_no_secret_and_no_formula(rig: Rig) -> None:
    await rig.add(name="=cmd|' /C calc'!A0", location="+1")
    await rig.add(name="DVR", stream_url="rtsp://192.0.2.7/user=a_password=hush-hush&channel=1?token=abc123")
    response = await rig.get(EXPORT)
    assert response.headers["Content-Disposition"] == 'attachment; filename="cameras.csv"'
    text = await response.text()
    for secret in ("s3cret-pass", "hush-hush", "abc123"):
        assert secret not in text
    formula, dvr = csv.DictReader(io.StringIO(text))
    assert tuple(formula) == COLUMNS
    assert (formula["name"], formula["location"]) == ("'=cmd|' /C calc'!A0", "'+1")
    assert (formula["username"], formula["password"]) == ("viewer", "")
    assert dvr["stream_url"] == "rtsp://192.0.2.7/user=a_password=***&channel=1?token=***"
    answer = await send(rig, text.replace("DVR", "DVR 2"))
    assert [(each["outcome"], [error["field"] for error in each["errors"]]) for each in answer] == [
        ("exists", []),
        ("invalid", ["stream_url"]),
    ]


async def test_what_was_exported_can_be_imported_and_is_the_same(rig: Rig) -> None:
    odd: list[dict[str, Any]] = [
        {"name": "'=quoted", "location": "{braces", "mode": "on_demand", "idle_after": 7.5},
        {"name": "-3", "location": {"lat": 1.5, "label": 'Süd; Tür, "B"'}, "status": "maintenance"},
        {"name": "a,b;c", "location": {"label": "{}"}, "is_recording": True},
        {"name": "plain", "location": "", "motion_detection_enabled": False, "ip_address": "cam.example.org"},
        {
            "name": "@home",
            "stream_url": "https://example.org/a/index.m3u8",
            "credentials": {"username": "-x"},
        },
    ]
    for changes in odd:
        await rig.add(**changes)
    text = await (await rig.get(EXPORT)).text()

    def essence() -> list[Any]:
        cameras = sorted(rig.cameras.all(), key=lambda camera: camera.name)
        return [
            (
                *(each.name, each.location, each.ip_address, each.source.url, each.maintenance, each.mode),
                *(each.idle_after, each.is_recording, each.motion_detection_enabled),
                each.source.credentials and each.source.credentials.username,
            )
            for each in cameras
        ]

    before = essence()
    for camera in rig.cameras.all():
        await rig.cameras.remove(camera.camera_id)
    assert {each["outcome"] for each in await send(rig, text)} == {"added"}
    assert essence() == before
    assert await (await rig.get(EXPORT)).text() == text


@given(st.text())
def test_whatever_a_cell_holds_is_inert_and_comes_back(text: str) -> None:
    cell = str(_harmless(text))
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert meant(cell) == text


async def test_a_store_that_cannot_be_written_adds_none(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*cameras: object) -> None:
        raise StoreUnavailable("The database cannot be written at the moment.")

    monkeypatch.setattr(rig.cameras._store, "insert", broken)
    assert (await send(rig, TWO, 503))["code"] == "store_unavailable"
    assert rig.cameras.all() == []


@pytest.mark.parametrize("prefix", ["/api", "/api/v1"])
async def test_what_is_answered_is_described(rig: Rig, prefix: str) -> None:
    description = Description(await (await rig.get("/openapi.json")).json())
    base = f"{prefix}/security-operations"
    response = await rig.client.post(f"{base}/cameras/import", data=TWO, headers=CSV)
    await description.check(f"{base}/cameras/import", response)
    await description.check(f"{base}/cameras/export", await rig.get(f"{base}/cameras/export"))
    camera = rig.cameras.all()[0]
    rig.go_live(camera.camera_id)
    past = await rig.get(f"{base}/cameras/{camera.camera_id}/history")
    await description.check(base + "/cameras/{camera_id}/history", past)
    ann = await logged_in(rig, "ann", Role.SECURITY_MANAGER)
    tile = {"camera_id": camera.camera_id, "x": 0, "y": 0, "w": 4, "h": 4}
    body = {"name": "Wall", "tiles": [tile], "patrol": {"seconds": 5, "pages": [0]}}
    wall_id = ""
    for method, route, sent, status in (
        ("POST", "/walls", body, 201),
        ("POST", "/walls", body, 409),
        ("POST", "/walls", {}, 422),
        ("GET", "/walls", None, 200),
        ("GET", "/walls/{wall_id}", None, 200),
        ("PUT", "/walls/{wall_id}", body | {"version": 1}, 200),
        ("PUT", "/walls/{wall_id}", body | {"version": 1}, 409),
        ("DELETE", "/walls/{wall_id}", None, 204),
        ("GET", "/walls/{wall_id}", None, 404),
    ):
        url = base + route.format(wall_id=wall_id)
        async with rig.stranger.request(method, url, json=sent, headers=ann.headers) as response:
            assert response.status == status, await response.text()
            await description.check(base + route, response)
            if status == 201:
                wall_id = (await response.json())["wall_id"]
    described = description.document["paths"][f"{base}/cameras/import"]["post"]
    assert described["requestBody"]["content"] == {"text/csv": {"schema": {"type": "string"}}}
    assert [each["schema"]["type"] for each in described["parameters"]] == ["boolean"]
