"""Settings that change while clients are there: the next request is judged by the new ones."""

import asyncio
import ipaddress

from socstream.api.adjusting import adjust
from socstream.api.keys import Settings
from tests.api.rig import CAMERAS, Rig

HERE = ipaddress.ip_network("127.0.0.0/8")


def become(rig: Rig, settings: Settings) -> None:
    assert rig.client.app is not None
    adjust(rig.client.app, settings)


async def test_lists_of_origins_names_scrapers_and_proxies(rig: Rig) -> None:
    async def allowed(**headers: str) -> tuple[str | None, int]:
        async with rig.stranger.get("/metrics", headers=headers) as answer:
            return answer.headers.get("Access-Control-Allow-Origin"), answer.status

    new = "https://wall.example"
    assert await allowed(Origin=new) == (None, 401)
    assert (await allowed(Host="nvr.example"))[1] == 421
    become(
        rig,
        Settings(cors_origins=frozenset({new}), allowed_hosts=frozenset({"nvr.example"}), scrapers=(HERE,)),
    )
    assert await allowed(Origin=new) == (new, 200)
    assert await allowed(Origin="http://localhost:3000") == (None, 200)
    assert (await allowed(Host="nvr.example"))[1] == 200
    become(rig, Settings(scrapers=(HERE,), trusted_proxies=(HERE,)))
    assert (await allowed(Host="nvr.example"))[1] == 421
    assert await allowed(**{"X-Forwarded-For": "192.0.2.7"}) == (None, 401), "the proxy's word counts now"


async def test_rates(rig: Rig) -> None:
    become(rig, Settings(requests_per_second=1, request_burst=2))
    statuses = [(await rig.get(CAMERAS)).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    become(rig, Settings())
    assert (await rig.get(CAMERAS)).status == 200


async def test_whoever_is_held_is_held_and_the_next_one_by_the_new_settings(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    url = f"{CAMERAS}/{camera_id}/hls/index.m3u8"
    held = asyncio.create_task(rig.get(url))
    await asyncio.sleep(0.05)
    become(rig, Settings(held_requests_per_client=1))
    refused = await rig.get(url)
    assert (refused.status, (await refused.json())["code"]) == (503, "too_many_held")
    rig.go_live(camera_id)
    assert (await held).status == 200
