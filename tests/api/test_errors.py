"""Every failure is JSON with the same words twice, a code and a request id; none tells our insides."""

import logging
import sqlite3
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from socstream.api.application import UnlistedRoute
from socstream.api.errors import _KINDS
from socstream.logs import SafeFormatter
from socstream.model.errors import SocstreamError
from tests.api.rig import CAMERAS, GATE, Rig, rigged


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/api", 404),
        ("GET", "/api/security-operations/nothing", 404),
        ("GET", "/api/v2/security-operations/cameras", 404),
        ("GET", CAMERAS + "/", 404),
        ("GET", "//etc/passwd", 404),
        ("PUT", CAMERAS, 405),
        ("POST", "/healthz", 405),
        ("TRACE", CAMERAS, 405),
    ],
)
async def test_a_url_or_method_that_we_do_not_have(rig: Rig, method: str, path: str, status: int) -> None:
    response = await rig.ask_verbatim(method, path)
    assert response.status == status
    body = await response.json()
    assert body["detail"] == body["message"] != ""
    assert body["code"]
    assert body["request_id"] == response.headers["X-Request-ID"]
    if status == 405:
        assert response.headers["Allow"]


async def test_request_ids_differ_and_are_on_successes_too(rig: Rig) -> None:
    ids = {(await rig.get(CAMERAS)).headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3


async def test_a_bug_is_a_500_that_is_told_in_the_log_only(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise OSError("/var/lib/secret: s3cret-pass")

    monkeypatch.setattr(rig.cameras, "all", broken)
    told = StringIO()
    handler = logging.StreamHandler(told)
    handler.setFormatter(SafeFormatter())
    logging.getLogger().addHandler(handler)
    try:
        with caplog.at_level(logging.ERROR):
            response = await rig.get(CAMERAS + "?token=abc")
    finally:
        logging.getLogger().removeHandler(handler)
    assert response.status == 500
    body = await response.json()
    assert body["code"] == "internal_error"
    assert "secret" not in str(body)
    (record,) = caplog.records
    assert f"[{body['request_id']}] a bug in answering GET " in told.getvalue()
    assert record.exc_info is not None
    assert "abc" not in record.getMessage()


async def test_a_store_that_fails_is_503_and_changes_nothing(tmp_path: Path) -> None:
    async with rigged(tmp_path) as rig:
        camera_id = (await rig.add())["camera_id"]
        with closing(sqlite3.connect(tmp_path / "test.db")) as somebody_else:
            somebody_else.execute("BEGIN IMMEDIATE")
            answers = [
                await rig.client.post(CAMERAS, json=GATE | {"name": "other"}),
                await rig.client.patch(f"{CAMERAS}/{camera_id}", json={"name": "new"}),
                await rig.client.delete(f"{CAMERAS}/{camera_id}"),
            ]
        for response in answers:
            assert response.status == 503
            assert (await response.json())["code"] == "store_unavailable"
            assert "Retry-After" in response.headers
        assert [camera["name"] for camera in await (await rig.get(CAMERAS)).json()] == ["Gate"]


def test_every_error_of_ours_that_can_reach_a_client_has_a_status() -> None:
    def leaves(cls: type[SocstreamError]) -> set[type[SocstreamError]]:
        below = cls.__subclasses__()
        return {cls}.union(*map(leaves, below)) if below else {cls}

    never = {"SocstreamError", "FFmpegMissing", "AlreadyRunning", "ConfigError", "KeyUnusable"}
    for cls in leaves(SocstreamError):
        assert cls.__name__ in never or any(parent in _KINDS for parent in cls.__mro__), cls


async def test_a_route_that_is_not_in_the_table_stops_the_start(tmp_path: Path) -> None:
    async def handler(_: Any) -> Any:
        raise AssertionError

    def add_route(rig: Rig) -> None:
        rig.app.router.add_get("/api/backdoor", handler)

    with pytest.raises(UnlistedRoute, match="/api/backdoor"):
        async with rigged(tmp_path, before_start=add_route):
            pass


async def test_every_answer_forbids_guessing_its_type_and_hides_what_serves_it(rig: Rig) -> None:
    for path in (CAMERAS, "/healthz", "/nothing"):
        response = await rig.get(path)
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Server"] == "socstream"
