"""Cameras as values: ids in any spelling, edits that touch only what they name."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socstream.model.camera import Camera, CameraDraft, CameraEdit, canonical_id
from socstream.model.source import Credentials, parse_source

ID = "01234567-89ab-cdef-0123-456789abcdef"
BARE = ID.replace("-", "")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

DRAFT = CameraDraft(
    name="Gate",
    location={"label": "North"},
    ip_address="192.0.2.7",
    source=parse_source("rtsp://viewer:s3cret@192.0.2.7/live"),
)
GATE = Camera.from_draft(ID, DRAFT, NOON)


@pytest.mark.parametrize("text", [ID, BARE, ID.upper(), BARE.upper()])
def test_an_id_is_the_same_with_or_without_hyphens_and_in_either_case(text: str) -> None:
    assert canonical_id(text) == ID


@pytest.mark.parametrize(
    "text",
    [
        "",
        ID[:-1],
        ID + "0",
        "{" + ID + "}",
        "{{" + BARE + "}}",
        "urn:" + BARE,
        "----" + BARE,
        "0x" + BARE[:30],
        " " + BARE[:30] + " ",
        BARE[:30] + "_a",
        "\uff11" * 32,
        ID.replace("-", "", 1) + "0",
        "01234567-89abcdef-0123-456789abcdef0",
        ID + "\n",
        "../" + BARE[:29],
        "z" * 32,
        "\u0131" * 32,
    ],
)
def test_nothing_else_is_an_id(text: str) -> None:
    assert canonical_id(text) is None


@given(st.uuids())
def test_every_id_that_we_make_is_its_own_canonical_form(made: object) -> None:
    assert canonical_id(str(made)) == str(made)


def test_a_new_camera_is_at_version_1_and_was_never_heard_of() -> None:
    assert (GATE.version, GATE.created_at, GATE.updated_at) == (1, NOON, NOON)
    assert (GATE.last_heartbeat, GATE.hardware_status, GATE.maintenance) == (None, None, False)


def test_an_edit_counts_and_changes_only_what_it_names() -> None:
    later = NOON + timedelta(minutes=1)
    edited = GATE.edited(CameraEdit(name="Door"), later)
    assert (edited.name, edited.version, edited.updated_at) == ("Door", 2, later)
    unchanged = ("camera_id", "location", "ip_address", "source", "maintenance", "created_at")
    assert [getattr(edited, name) for name in unchanged] == [getattr(GATE, name) for name in unchanged]


def test_every_field_of_an_edit_arrives() -> None:
    edit = CameraEdit(
        name="Door",
        location={"label": "South"},
        ip_address="192.0.2.8",
        source=parse_source("rtsp://192.0.2.8/"),
        maintenance=True,
        is_recording=True,
        motion_detection_enabled=False,
        hardware_status={"fan": "ok"},
    )
    edited = GATE.edited(edit, NOON)
    for name in ("name", "location", "ip_address", "source", "maintenance", "is_recording"):
        assert getattr(edited, name) == getattr(edit, name)
    assert edited.motion_detection_enabled is False
    assert edited.hardware_status == {"fan": "ok"}


def test_false_is_a_wish_and_not_a_missing_field() -> None:
    on = GATE.edited(CameraEdit(maintenance=True, is_recording=True), NOON)
    off = on.edited(CameraEdit(maintenance=False, is_recording=False), NOON)
    assert (off.maintenance, off.is_recording) == (False, False)


@pytest.mark.parametrize(
    "edit",
    [
        CameraEdit(name="Door"),
        CameraEdit(location={"label": "South"}, ip_address="192.0.2.9", is_recording=True),
        CameraEdit(hardware_status={"fan": "ok"}, motion_detection_enabled=False),
        CameraEdit(source=parse_source("RTSP://192.0.2.7/live"), maintenance=False),
    ],
)
def test_a_running_stream_need_not_notice_an_edit_of_words(edit: CameraEdit) -> None:
    assert GATE.edited(edit, NOON).streams_like(GATE)


@pytest.mark.parametrize(
    "edit",
    [
        CameraEdit(source=parse_source("rtsp://192.0.2.7/other")),
        CameraEdit(source=parse_source("rtsp://viewer:other@192.0.2.7/live")),
        CameraEdit(source=parse_source("rtsp://192.0.2.7/live", Credentials("", ""))),
        CameraEdit(maintenance=True),
    ],
)
def test_a_running_stream_notices_source_credentials_and_maintenance(edit: CameraEdit) -> None:
    assert not GATE.edited(edit, NOON).streams_like(GATE)
