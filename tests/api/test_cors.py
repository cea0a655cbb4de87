"""Pages from other origins: those of the list, and no others."""

import pytest
from aiohttp import ClientResponse

from tests.api.rig import CAMERAS, Rig

OURS = "http://localhost:3000"


def allowed(response: ClientResponse) -> tuple[str | None, str | None]:
    headers = response.headers
    return headers.get("Access-Control-Allow-Origin"), headers.get("Access-Control-Allow-Credentials")


@pytest.mark.parametrize("path", [CAMERAS, "/api/v1/security-operations/cameras/x/hls/1.m4s", "/nothing"])
async def test_a_browser_may_ask_before_it_asks(rig: Rig, path: str) -> None:
    response = await rig.client.options(
        path, headers={"Origin": OURS, "Access-Control-Request-Method": "PUT"}
    )
    assert response.status == 204
    assert allowed(response) == (OURS, "true")
    assert set(response.headers["Access-Control-Allow-Methods"].split(", ")) == {
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
    }
    assert set(response.headers["Access-Control-Allow-Headers"].split(", ")) == {
        "Authorization",
        "Content-Type",
        "Range",
        "X-API-Key",
    }


async def test_every_kind_of_answer_can_be_read_by_a_listed_origin(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    segment = rig.go_live(camera_id)
    below = f"{CAMERAS}/{camera_id}"
    for path, status in (
        (CAMERAS, 200),
        (f"{below}/hls/index.m3u8", 200),
        (f"{below}/hls/{segment}", 200),
        (f"{below}/hls/999.m4s", 404),
        (f"{below}/last-image", 200),
        (f"{below}/stream", 307),
        ("/nothing", 404),
    ):
        response = await rig.get(path, headers={"Origin": OURS})
        assert response.status == status
        assert allowed(response) == (OURS, "true")
        assert response.headers["Access-Control-Expose-Headers"] == "Retry-After"


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost",
        "http://localhost:3001",
        "https://localhost:3000",
        "http://localhost:3000.evil.example",
        "http://LOCALHOST:3000",
        "http://localhost:3000/",
        "null",
        "*",
        "",
    ],
)
@pytest.mark.both_paths
async def test_any_other_origin_gets_no_permission(rig: Rig, origin: str) -> None:
    for method in ("GET", "OPTIONS"):
        response = await rig.client.request(
            method, CAMERAS, headers={"Origin": origin, "Access-Control-Request-Method": "GET"}
        )
        assert allowed(response) == (None, None)
        assert "Access-Control-Allow-Methods" not in response.headers


async def test_caches_keep_the_answers_to_different_origins_apart(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    segment = rig.go_live(camera_id)
    for headers in ({}, {"Origin": OURS}):
        response = await rig.get(f"{CAMERAS}/{camera_id}/hls/{segment}", headers=headers)
        assert response.headers["Vary"] == "Origin"
