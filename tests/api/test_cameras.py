"""Cameras over HTTP: what the existing front end sends, and what it must get."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from socstream.api.keys import Settings
from socstream.model.failure import FailureCode
from socstream.model.source import Credentials
from tests.api.rig import CAMERAS, GATE, Rig, rigged

UNKNOWN = "00000000-0000-4000-8000-00000000dead"


def grant_in(camera: dict[str, Any]) -> str:
    """The permission in the URL of a camera's picture."""
    found = re.fullmatch(r"/m/([\w-]{40})/[0-9a-f-]{36}/last-image", camera["last_known_image_url"])
    assert found
    return found[1]


async def test_a_new_camera_comes_back_whole_and_is_found_again(rig: Rig) -> None:
    camera = await rig.add()
    camera_id = camera["camera_id"]
    assert str(UUID(camera_id)) == camera_id
    stream = camera.pop("stream")
    assert camera == {
        "camera_id": camera_id,
        "name": "Gate",
        "location": {"label": "North"},
        "ip_address": "192.0.2.7",
        "stream_url": f"/api/security-operations/cameras/{camera_id}/hls/index.m3u8",
        "status": "offline",
        "hardware_status": None,
        "is_recording": False,
        "motion_detection_enabled": True,
        "last_known_image_url": f"/m/{grant_in(camera)}/{camera_id}/last-image",
        "last_heartbeat": None,
        "mode": "always",
        "idle_after": 60.0,
        "warnings": [],
        "uptime": None,
        "last_status_change": None,
        "status_since": "2026-03-01T12:00:00.000Z",
        "version": 1,
        "created_at": "2026-03-01T12:00:00.000Z",
        "updated_at": "2026-03-01T12:00:00.000Z",
        "source_username": "viewer",
        "source_password_set": True,
    }
    assert stream["state"] == "stopped"
    assert await rig.show(camera_id) == camera | {"stream": stream}


async def test_an_id_without_hyphens_and_the_other_prefix_find_the_same_camera(rig: Rig) -> None:
    camera = await rig.add()
    bare = camera["camera_id"].replace("-", "")
    response = await rig.get(f"/api/v1/security-operations/cameras/{bare}")
    assert response.status == 200
    assert await response.json() == camera


async def test_the_list_is_a_bare_array_by_name(rig: Rig) -> None:
    await rig.add(name="yard")
    await rig.add(name="Attic")
    cameras = await (await rig.get(CAMERAS)).json()
    assert [camera["name"] for camera in cameras] == ["Attic", "yard"]


async def test_a_list_that_cannot_be_read_is_503_and_never_an_empty_one(tmp_path: Path) -> None:
    async with rigged(tmp_path, loaded=False) as rig:
        for path in (CAMERAS, "/api/security-operations/metrics", f"{CAMERAS}/{UNKNOWN}"):
            response = await rig.get(path)
            assert response.status == 503
            assert int(response.headers["Retry-After"]) > 0
            body = await response.json()
            assert body["detail"] == body["message"] != ""
            assert body["code"] == "store_unavailable"


@pytest.mark.parametrize("secret", ["s3cret-pass", "rtsp://", "rtsp:"])
async def test_neither_password_nor_source_ever_leaves(rig: Rig, secret: str) -> None:
    camera = await rig.add()
    rig.go_live(camera["camera_id"])
    rig.fail(camera["camera_id"])
    for path in (
        CAMERAS,
        f"{CAMERAS}/{camera['camera_id']}",
        f"{CAMERAS}/{camera['camera_id']}/stream-status",
        f"{CAMERAS}/{camera['camera_id']}/hls/index.m3u8",
    ):
        assert secret not in await (await rig.get(path)).text()
    response = await rig.client.post(CAMERAS, json=GATE)
    assert response.status == 409
    assert secret not in await response.text()


async def test_the_same_name_in_other_letters_is_a_conflict_and_equal_addresses_are_none(rig: Rig) -> None:
    await rig.add(name="Gate")
    response = await rig.client.post(CAMERAS, json=GATE | {"name": "gATE"})
    assert response.status == 409
    assert (await response.json())["code"] == "camera_exists"
    assert (await rig.add(name="Gate 2"))["ip_address"] == "192.0.2.7"


async def test_deleting_gives_204_without_a_body_and_then_404(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    response = await rig.client.delete(f"{CAMERAS}/{camera_id}")
    assert (response.status, await response.read()) == (204, b"")
    assert (await rig.client.delete(f"{CAMERAS}/{camera_id}")).status == 404


@pytest.mark.parametrize(
    ("method", "tail"),
    [
        ("GET", ""),
        ("PUT", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/hls/index.m3u8"),
        ("GET", "/hls/1.m4s"),
        ("GET", "/stream"),
        ("GET", "/stream-status"),
        ("POST", "/heartbeat"),
    ],
)
@pytest.mark.parametrize("camera_id", [UNKNOWN, "1", "..", "a%2Fb", "%00", "{" + UNKNOWN + "}"])
@pytest.mark.both_paths
async def test_an_unknown_camera_is_404_everywhere(rig: Rig, method: str, tail: str, camera_id: str) -> None:
    options: dict[str, Any] = {"json": {}} if method in ("PUT", "PATCH", "POST") else {}
    response = await rig.ask_verbatim(method, f"{CAMERAS}/{camera_id}{tail}", **options)
    assert response.status == 404
    assert (await response.json())["detail"]


async def test_all_wrong_fields_are_named_and_nothing_is_stored(rig: Rig) -> None:
    body = {
        "name": "\u202eetag",
        "location": 7,
        "ip_address": "no address",
        "stream_url": "file:///etc/passwd",
        "credentials": {"username": 5, "token": "x"},
        "status": "broken",
        "is_recording": "yes",
        "motion_detection_enabled": 1,
        "surprise": True,
    }
    response = await rig.client.post(CAMERAS, json=body)
    assert response.status == 422
    answer = await response.json()
    assert answer["detail"] == answer["message"]
    assert answer["code"] == "invalid_input"
    assert sorted(error["field"] for error in answer["errors"]) == [
        "credentials.token",
        "credentials.username",
        "ip_address",
        "is_recording",
        "location",
        "motion_detection_enabled",
        "name",
        "status",
        "stream_url",
        "surprise",
    ]
    assert all(error["message"] for error in answer["errors"])
    assert await (await rig.get(CAMERAS)).json() == []


async def test_missing_fields_are_named(rig: Rig) -> None:
    response = await rig.client.post(CAMERAS, json={})
    assert response.status == 422
    assert [error["field"] for error in (await response.json())["errors"]] == [
        "name",
        "location",
        "ip_address",
        "stream_url",
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 101),
        ("name", "a\x00b"),
        ("name", "a\nb"),
        ("name", "a\u2066b"),
        ("name", "\u200b"),
        ("name", None),
        ("name", 5),
        ("name", ["Gate"]),
        ("location", None),
        ("location", ["North"]),
        ("location", "x" * 201),
        ("location", {"map": "x" * 9000}),
        ("ip_address", ""),
        ("ip_address", "1.2.3.4.5"),
        ("ip_address", "192.0.2.7:554"),
        ("ip_address", "-x"),
        ("ip_address", "fe80::1%eth0/"),
        ("ip_address", 3),
        ("stream_url", ""),
        ("stream_url", None),
        ("stream_url", 5),
        ("stream_url", {"url": "rtsp://192.0.2.7/"}),
        ("stream_url", "rtsp://"),
        ("stream_url", "rtsp://192.0.2.7:0/"),
        ("stream_url", "rtsp://192.0.2.7/'"),
        ("stream_url", "rtsp://192.0.2.7/a b"),
        ("stream_url", "rtsp://192.0.2.7/\nfile '/etc/passwd'"),
        ("stream_url", "rtsp://127.0.0.1/live"),
        ("stream_url", "http://localhost/x.m3u8"),
        ("stream_url", "srt://192.0.2.7/"),
        ("stream_url", "-y"),
        ("credentials", "user:pass"),
        ("credentials", ["user"]),
        ("credentials", {"username": "user", "password": "\0"}),
        ("credentials", {"username": "user", "password": "'" * 42}),  # FFmpeg would cut it, and lock us out
        ("status", ""),
        ("status", {"a": 1}),
        ("is_recording", 0),
    ],
)
@pytest.mark.both_paths
async def test_a_wrong_value_is_422_and_names_its_field(rig: Rig, field: str, value: object) -> None:
    response = await rig.client.post(CAMERAS, json=GATE | {field: value})
    assert response.status == 422
    assert [error["field"].split(".")[0] for error in (await response.json())["errors"]] == [field]


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("name", "  Hof\u00e9 ", "Hof\u00e9"),
        ("name", "<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("name", "'; DROP TABLE camera", "'; DROP TABLE camera"),
        ("name", "__proto__", "__proto__"),
        ("name", "\u062f\u0648\u0631\u200c\u0647\u0627", "\u062f\u0648\u0631\u200c\u0647\u0627"),
        ("location", {"lat": 1.5, "deep": {"a": [1, None]}}, {"lat": 1.5, "deep": {"a": [1, None]}}),
        ("location", "", {"label": ""}),
        ("ip_address", "gate.example", "gate.example"),
        ("ip_address", "2001:DB8::1", "2001:db8::1"),
        ("status", "maintenance", "maintenance"),
        ("status", None, "offline"),
        ("is_recording", True, True),
        ("motion_detection_enabled", False, False),
        ("motion_detection_enabled", None, True),
    ],
)
async def test_a_good_value_is_kept(rig: Rig, field: str, value: object, shown: object) -> None:
    assert (await rig.add(**{field: value}))[field] == shown


async def test_credentials_of_their_own_win_over_those_in_the_url(rig: Rig) -> None:
    camera = await rig.add(credentials={"username": "admin", "password": "'#/?% p"})
    assert camera["source_username"] == "admin"
    stored = rig.cameras.get(camera["camera_id"]).source
    assert stored.credentials == Credentials("admin", "'#/?% p")
    assert str(stored.url) == "rtsp://192.0.2.7/live"


async def test_put_and_patch_change_what_they_name_and_count_the_version(rig: Rig) -> None:
    camera = await rig.add()
    for method, name in (("PUT", "Door"), ("PATCH", "Hall")):
        response = await rig.client.request(method, f"{CAMERAS}/{camera['camera_id']}", json={"name": name})
        assert response.status == 200
        assert (await response.json())["name"] == name
    changed = await rig.show(camera["camera_id"])
    assert changed["version"] == 3
    assert changed["location"] == {"label": "North"}
    assert rig.supervision.replaced == []


@pytest.mark.parametrize("prefix", ["", "/api/v1", "http://{host}"])
async def test_a_whole_camera_sent_back_changes_nothing_but_the_version(rig: Rig, prefix: str) -> None:
    camera = await rig.add()
    rig.go_live(camera["camera_id"])
    shown = await rig.show(camera["camera_id"])
    source = rig.cameras.get(camera["camera_id"]).source
    host = f"{rig.client.host}:{rig.client.port}"
    path = shown["stream_url"].removeprefix("/api") if prefix == "/api/v1" else shown["stream_url"]
    body = shown | {"stream_url": prefix.format(host=host) + path}
    response = await rig.client.put(f"{CAMERAS}/{camera['camera_id']}", json=body)
    assert response.status == 200, await response.text()
    assert rig.cameras.get(camera["camera_id"]).source == source
    assert rig.supervision.replaced == []
    assert (await response.json())["version"] == 2


async def test_another_cameras_path_is_no_source(rig: Rig) -> None:
    one, other = await rig.add(name="one"), await rig.add(name="other")
    response = await rig.client.put(f"{CAMERAS}/{one['camera_id']}", json={"stream_url": other["stream_url"]})
    assert response.status == 422


async def test_null_leaves_a_field_as_it_is(rig: Rig) -> None:
    camera = await rig.add(is_recording=True)
    nothing = dict.fromkeys(
        ("name", "location", "ip_address", "stream_url", "credentials", "status", "is_recording", "version")
    )
    changed = await rig.edit(camera["camera_id"], **nothing)
    assert changed == camera | {"version": 2}


async def test_an_unknown_field_of_an_edit_is_named_and_a_read_only_one_is_not_looked_at(rig: Rig) -> None:
    camera = await rig.add()
    body = {"created_at": 5, "stream": None, "last_known_image_url": "/x", "nmae": "typo"}
    response = await rig.client.patch(f"{CAMERAS}/{camera['camera_id']}", json=body)
    assert response.status == 422
    assert [error["field"] for error in (await response.json())["errors"]] == ["nmae"]


async def test_a_stale_version_is_a_conflict_that_says_the_word(rig: Rig) -> None:
    camera = await rig.add()
    await rig.edit(camera["camera_id"], name="Door", version=1)
    response = await rig.client.put(f"{CAMERAS}/{camera['camera_id']}", json={"name": "Hall", "version": 1})
    assert response.status == 409
    assert "conflict" in (await response.json())["detail"].lower()
    assert (await rig.show(camera["camera_id"]))["name"] == "Door"


@pytest.mark.parametrize("version", [0, -1, 1.0, True, "1", []])
@pytest.mark.both_paths
async def test_a_version_is_a_whole_number(rig: Rig, version: object) -> None:
    camera = await rig.add()
    response = await rig.client.patch(f"{CAMERAS}/{camera['camera_id']}", json={"version": version})
    assert response.status == 422


async def test_only_an_operator_sets_and_ends_maintenance(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    assert (await rig.edit(camera_id, status="maintenance"))["status"] == "maintenance"
    assert rig.supervision.replaced == [camera_id]
    response = await rig.client.post(f"{CAMERAS}/{camera_id}/heartbeat", json={"status": "online"})
    assert response.status == 200
    assert (await rig.show(camera_id))["status"] == "maintenance"
    assert (await rig.edit(camera_id, status="online"))["status"] == "offline"


async def test_status_in_a_body_makes_no_dead_camera_online(rig: Rig) -> None:
    camera = await rig.add(status="online")
    assert camera["status"] == "offline"
    assert (await rig.edit(camera["camera_id"], status="online"))["status"] == "offline"


async def test_an_edit_to_credentials_that_no_camera_could_be_told_is_422(rig: Rig) -> None:
    camera = await rig.add()
    too_long = {"credentials": {"password": "'" * 42}}
    response = await rig.client.patch(f"{CAMERAS}/{camera['camera_id']}", json=too_long)
    assert response.status == 422
    assert (await response.json())["errors"][0]["field"] == "credentials"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"username": "admin", "password": "new"}, Credentials("admin", "new")),
        ({"password": "new"}, Credentials("viewer", "new")),
        ({"username": "admin"}, Credentials("admin", "s3cret-pass")),
        ({}, Credentials("viewer", "s3cret-pass")),
        ({"username": "", "password": ""}, None),
    ],
)
async def test_credentials_alone_apply_to_the_present_source(
    rig: Rig, given: dict[str, str], expected: Credentials | None
) -> None:
    camera = await rig.add()
    changed = await rig.edit(camera["camera_id"], credentials=given)
    source = rig.cameras.get(camera["camera_id"]).source
    assert (str(source.url), source.credentials) == ("rtsp://192.0.2.7/live", expected)
    assert changed["source_username"] == (expected.username if expected else None)
    assert changed["source_password_set"] is (expected is not None)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"stream_url": "rtsp://192.0.2.7/other"}, Credentials("viewer", "s3cret-pass")),
        ({"stream_url": "rtsp://192.0.2.9/live"}, None),
        ({"stream_url": "rtsp://a:b@192.0.2.9/live"}, Credentials("a", "b")),
        ({"stream_url": "rtsp://192.0.2.9/live", "credentials": {"username": "a"}}, Credentials("a", "")),
        (
            {"stream_url": "rtsp://192.0.2.7/other", "credentials": {"username": "a"}},
            Credentials("a", "s3cret-pass"),
        ),
        ({"stream_url": "rtsp://192.0.2.7/", "credentials": {"username": "", "password": ""}}, None),
    ],
)
async def test_a_password_stays_with_its_host(
    rig: Rig, changes: dict[str, Any], expected: Credentials | None
) -> None:
    camera_id = (await rig.add())["camera_id"]
    await rig.edit(camera_id, **changes)
    assert rig.cameras.get(camera_id).source.credentials == expected
    assert rig.supervision.replaced == [camera_id]


async def test_a_live_camera_is_online_and_its_pictures_are_its_heartbeat(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    rig.clock.advance(2)
    rig.go_live(camera_id)
    rig.clock.advance(3600)
    rig.publish(camera_id)
    camera = await rig.show(camera_id)
    assert camera["status"] == "online"
    assert camera["last_heartbeat"] == "2026-03-01T13:00:02.000Z"
    # The client takes an online camera for offline when this is older than half an hour.
    assert camera["last_status_change"] is None
    assert camera["status_since"] == "2026-03-01T12:00:02.000Z"
    assert camera["version"] == 1
    assert camera["updated_at"] == camera["created_at"]
    assert camera["stream"] == {
        "state": "live",
        "since": "2026-03-01T12:00:02.000Z",
        "failure": None,
        "retry_at": None,
        "failures": 0,
        "last_segment_at": "2026-03-01T13:00:02.000Z",
        "target_duration": 1,
        "codec": "h264",
        "width": 1920,
        "height": 1080,
        "fps": 25.0,
        "bitrate": 4_000_000,
        "run": 1,
    }


async def test_a_dark_camera_says_why_since_when_and_when_it_is_tried_again(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    rig.go_live(camera_id)
    rig.clock.advance(60)
    rig.fail(camera_id, FailureCode.UNAUTHORIZED, retry_in=30)
    rig.clock.advance(30)
    rig.spawn(camera_id, run=2)
    camera = await rig.show(camera_id)
    assert camera["status"] == "offline"
    assert camera["status_since"] == "2026-03-01T12:01:00.000Z"
    assert camera["stream"]["state"] == "starting"
    assert camera["stream"]["failures"] == 3
    failure = camera["stream"]["failure"]
    assert failure["code"] == "unauthorized"
    assert failure["since"] == "2026-03-01T12:01:00.000Z"
    assert failure["message"]
    assert failure["remedy"]


async def test_times_keep_their_text_until_the_wall_clock_is_set(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    rig.go_live(camera_id)
    first = await rig.show(camera_id)
    rig.clock.offset += 0.05
    assert await rig.show(camera_id) == first
    rig.clock.offset += 3600
    assert (await rig.show(camera_id))["stream"]["since"] == "2026-03-01T13:00:00.050Z"


async def test_bodies_are_answered_the_same_whatever_the_order_of_fields(rig: Rig) -> None:
    body = json.dumps(dict(reversed(GATE.items())))
    response = await rig.client.post(CAMERAS, data=body, headers={"Content-Type": "application/json"})
    assert response.status == 201


async def test_a_devices_heartbeat_is_noted_and_shown(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    rig.clock.advance(5)
    response = await rig.client.post(f"{CAMERAS}/{camera_id.replace('-', '')}/heartbeat", json={})
    assert response.status == 200
    assert await response.json() == {
        "ok": True,
        "camera_id": camera_id,
        "timestamp": "2026-03-01T12:00:05.000Z",
    }
    camera = await rig.show(camera_id)
    assert camera["last_heartbeat"] == "2026-03-01T12:00:05.000Z"
    assert (camera["status"], camera["version"]) == ("offline", 1)


async def test_a_heartbeat_may_have_no_body_but_no_wrong_one(rig: Rig) -> None:
    path = f"{CAMERAS}/{(await rig.add())['camera_id']}/heartbeat"
    assert (await rig.client.post(path)).status == 200
    assert (await rig.client.post(path, json={"status": "asleep"})).status == 422
    assert (await rig.client.post(path, json={"uptime": 5})).status == 422
    assert (await rig.client.post(path, json=[])).status == 422


@pytest.mark.parametrize(
    ("configured", "given", "status"),
    [
        ("key-1", None, 401),
        ("key-1", "key-1", 200),
        ("key-1", "key-2", 401),
        ("key-1", "", 401),
        ("key-1", "ключ", 401),
        ("", "", 401),
        ("", "anything", 401),
        ("", None, 401),
    ],
)
async def test_a_device_needs_the_configured_key(
    tmp_path: Path, configured: str, given: str | None, status: int
) -> None:
    async with rigged(tmp_path, settings=Settings(hardware_ingest_key=configured)) as rig:
        camera_id = (await rig.add())["camera_id"]
        headers = {} if given is None else {"X-API-Key": given}
        response = await rig.stranger.post(f"{CAMERAS}/{camera_id}/heartbeat", json={}, headers=headers)
        assert response.status == status
        unknown = await rig.stranger.post(f"{CAMERAS}/{UNKNOWN}/heartbeat", json={}, headers=headers)
        assert unknown.status == (401 if status == 401 else 404)


async def test_a_bearer_is_enough_for_a_heartbeat_whatever_the_key(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    async with rig.client.post(
        f"{CAMERAS}/{camera_id}/heartbeat", json={}, headers={"X-API-Key": "wrong"}
    ) as answer:
        assert answer.status == 200


async def test_mode_and_idle_time_are_kept_and_checked(rig: Rig) -> None:
    camera = await rig.add(mode="on_demand", idle_after=10)
    assert (camera["mode"], camera["idle_after"]) == ("on_demand", 10.0)
    edited = await rig.edit(camera["camera_id"], mode="always")
    assert (edited["mode"], edited["idle_after"]) == ("always", 10.0)
    wrong = {"mode": "never", "idle_after": 1}
    async with rig.client.patch(f"{CAMERAS}/{camera['camera_id']}", json=wrong) as answer:
        assert answer.status == 422
        assert [error["field"] for error in (await answer.json())["errors"]] == ["mode", "idle_after"]


async def test_retry_wakes_the_camera_unless_it_is_in_maintenance(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    async with rig.client.post(f"{CAMERAS}/{camera_id}/retry") as answer:
        assert (answer.status, (await answer.json())["camera_id"]) == (202, camera_id)
    assert rig.supervision.retried == [camera_id]
    await rig.edit(camera_id, status="maintenance")
    async with rig.client.post(f"{CAMERAS}/{camera_id}/retry") as answer:
        assert answer.status == 409
    async with rig.client.post(f"{CAMERAS}/{'0' * 32}/retry") as answer:
        assert answer.status == 404
