"""A generator reads openapi.json and tries what it describes and what it does not: we keep to it."""

import asyncio
import json
import re
import sysconfig
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from socstream.api.keys import Settings
from socstream.background import in_background
from socstream.model.account import Role
from socstream.model.address import AddressPolicy
from tests.api.rig import CAMERAS, Rig, rigged
from tests.api.visitors import add_user, bearer, tokens_of

pytestmark = [pytest.mark.timeout(150), pytest.mark.both_paths]

_PROGRAM = Path(sysconfig.get_path("scripts")) / "schemathesis"

_RUNS = {True: (45, 800), False: (12, 150)}
"""With and without the fast path: seconds for the whole run, and the least number of requests.

It makes half as many again when nobody else is at work. Past the connection all is the same, so a shorter one
will do without.
"""

_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "ignored_auth",
)

# One of the two prefixes. Left out is the log-out, which would end the run.
_PATHS = (
    "--include-path-regex",
    "^/(api/v1/|healthz|readyz|metrics|m/)",
    "--exclude-path",
    "/api/v1/auth/logout",
)

_OPTIONS = (
    *("--no-color", "--seed", "5", "--phases", "coverage,fuzzing", "--max-examples", "25", "--no-shrink"),
    *("--generation-database", "none", "--continue-on-failure"),
)

# Nobody answers below these, and no request goes anywhere else.
_NETWORKS = (ip_network("192.0.2.0/24"),)


@pytest.fixture
async def rig(tmp_path: Path, fast_path: bool) -> AsyncIterator[Rig]:
    """A server that does not count how often one asks, and whose time passes."""
    settings = Settings(
        hardware_ingest_key="key-of-the-devices",
        manifest_wait_timeout=0.05,
        requests_per_second=1e6,
        request_burst=1_000_000,
    )
    policy = AddressPolicy(allowed_networks=_NETWORKS)
    async with (
        rigged(tmp_path / "server", settings=settings, policy=policy, fast_path=fast_path) as rig,
        in_background(_pass_time(rig), "time"),
    ):
        yield rig


async def _pass_time(rig: Rig) -> None:
    while True:
        await asyncio.sleep(0.1)
        rig.clock.advance(0.1)


async def _configuration(rig: Rig) -> dict[str, Any]:
    """Ids that there are: a generator alone would find none. The administrator who asks is not among them."""
    cameras = [(await rig.add(name=f"Gate {number}"))["camera_id"] for number in range(40)]
    segment = [rig.go_live(camera_id) for camera_id in cameras][-1]  # all are called the same
    users = [(await add_user(rig, f"user-{number}")).user_id for number in range(20)]
    grant = (await (await rig.get(f"{CAMERAS}/{cameras[0]}/media-grant")).json())["playlist"].split("/")[2]
    names = ["index.m3u8", "last-image", "init-1.mp4", segment]
    sources = [f"rtsp://192.0.2.{number}/live" for number in range(1, 50)]
    dictionaries = {"cameras": cameras, "users": users, "names": names, "sources": sources}
    of_granted = {"path.grant": grant, "path.camera_id": cameras[0]}
    return {
        "dictionaries": {name: {"values": values} for name, values in dictionaries.items()},
        "parameters": {
            "path.camera_id": {"dictionary": "cameras", "probability": 0.8},
            "path.name": {"dictionary": "names", "probability": 0.8},
            "path.user_id": {"dictionary": "users", "probability": 1.0},
            "body.stream_url": {"dictionary": "sources", "probability": 0.8},
        },
        "operations": [
            {"include-path-regex": "users/{user_id}", "phases": _OWN_IDS_ONLY},
            {"include-path-regex": "^/m/", "parameters": of_granted, "checks": _MAY_BE_DOWN},
            {"include-path-regex": "/hls/", "checks": _MAY_BE_DOWN},
        ],
    }


# A camera without new pictures is 503 by contract; a 500 is a bug wherever it comes.
_MAY_BE_DOWN = {"not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", "502", "503", "504"]}}

_OWN_IDS_ONLY = {phase: {"extra-data-sources": {"responses": False}} for phase in ("coverage", "fuzzing")}


def _toml(value: object) -> str:
    """A value of a TOML file."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {_toml(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


async def test_what_openapi_json_says_is_what_happens(rig: Rig, tmp_path: Path, fast_path: bool) -> None:
    seconds, least = _RUNS[fast_path]
    await add_user(rig, "boss", Role.ADMIN)
    token = (await tokens_of(rig, "boss"))["access_token"]
    file = tmp_path / "schemathesis.toml"
    lines = [f"{name} = {_toml(value)}" for name, value in (await _configuration(rig)).items()]
    file.write_text("\n".join(lines))
    child = await asyncio.create_subprocess_exec(
        *(_PROGRAM, "--config-file", file, "run", f"http://127.0.0.1:{rig.client.port}/openapi.json"),
        *("--header", f"Authorization: Bearer {token}", "--checks", ",".join(_CHECKS)),
        *(*_OPTIONS, "--max-time", str(seconds), *_PATHS),
        stdout=PIPE,
        stderr=STDOUT,
        cwd=tmp_path,
    )
    try:
        output, _ = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
    print(output.decode())
    assert child.returncode == 0, output.decode()[-8000:]
    assert await bearer(rig, token).get("/users/me"), "the run was asking as nobody towards its end"
    tried = re.search(rb"(\d+) generated", output)
    assert tried is not None
    assert int(tried[1]) >= least
