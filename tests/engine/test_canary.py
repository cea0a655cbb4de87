"""Every secret is planted with a text of its own, the server does all it can, and nothing tells it."""

import asyncio
import base64
import json
import re
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest
from attrs import Factory, define

from socstream.background import in_background
from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import Redirect, Status, UnknownCodec
from socstream.demo.media import Media
from tests.engine import buggy
from tests.engine.nest import Nest, Visitor, canary, forms, found, free_port, listening, say, watch_children
from tests.rigs.client import API, Client, bearer, stranger
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120)]

ODD = "' %/&?#@:\\\"é"
"""Letters that have to be quoted somewhere."""

LABEL = canary()
"""No secret: in the name of each camera, so that we know that we look where things stand."""

SESSION = re.compile(r"ssc_[\w-]+")


@define
class Plan:
    """What must not be told, by what it is."""

    home: Path
    nest: Nest = Factory(Nest)
    secrets: dict[str, frozenset[str]] = Factory(dict)
    kept: dict[str, str] = Factory(dict)

    def plant(self, name: str, odd: str = "") -> str:
        """A new secret."""
        return self.keep(name, canary(odd))

    def keep(self, name: str, text: str) -> str:
        """A secret that somebody else made."""
        self.secrets[name] = forms(text)
        self.kept[name] = text
        return text


def environment(plan: Plan) -> dict[str, str]:
    """Every secret that comes from outside."""
    key = plan.home / "keys" / "master.key"
    key.parent.mkdir()
    text = plan.keep("master key", "c0ffee" + 29 * "a5")
    key.write_text(text)
    key.chmod(0o600)
    return {
        "SOCSTREAM_LOG_LEVEL": "debug",
        "SOCSTREAM_STORE_KEY_FILE": str(key),
        "SOCSTREAM_ADMIN_PASSWORD": plan.plant("administrator's password", ODD),
        "HARDWARE_INGEST_KEY": plan.plant("devices' key"),
        "HLS_GATEWAY_BASE_URL": f"http://127.0.0.1:{free_port()}/{plan.plant('gateway')}",
        "PYTHONASYNCIODEBUG": "1",
    }


async def let_in(plan: Plan, server: ServerProcess, nobody: Visitor) -> None:
    """Every way to come in; each answer may show one secret."""
    login = {"username": "admin", "password": server.password}
    tokens = (await nobody.ask("POST", "/api/auth/login", login, rightly=True)).json
    plan.keep("first access token", tokens["access_token"])
    body = {"refresh_token": plan.keep("first refresh token", tokens["refresh_token"])}
    tokens = (await nobody.ask("POST", "/api/auth/refresh", body, rightly=True)).json
    admin = bearer(plan.keep("access token", tokens["access_token"]))
    plan.keep("refresh token", tokens["refresh_token"])
    made = {"name": f"program {LABEL}", "role": "ADMIN"}
    answer = await nobody.ask("POST", "/api/auth/tokens", made, admin, rightly=True)
    plan.keep("API token", answer.json["token"])
    user = {"username": "eva", "password": plan.plant("user's password", ODD), "roles": ["VIEWER"]}
    eva = (await nobody.ask("POST", "/api/users", user, admin)).json
    answer = await nobody.ask("POST", "/api/auth/codes", {"user_id": eva["user_id"]}, admin, rightly=True)
    code = plan.keep("code", answer.json["code"])
    opened = await nobody.ask("POST", "/api/auth/session", {"code": code}, rightly=True)
    cookie = SESSION.search(opened.headers["Set-Cookie"])
    assert cookie is not None
    plan.keep("cookie", cookie[0])
    change = {"password": plan.plant("user's next password", ODD)}
    assert (await nobody.ask("PATCH", f"/api/users/{eva['user_id']}", change, admin)).status == 200


async def stay_out(plan: Plan, nobody: Visitor) -> None:
    """Every way not to come in, with what people type by mistake."""
    typo = plan.plant("mistyped password", ODD)
    access, api = plan.kept["access token"], plan.kept["API token"]
    for body in (
        {"username": "admin", "password": typo},
        {"username": typo, "password": "x"},
        {"username": "admin", "password": typo, "more": typo},
        {"username": [typo]},
    ):
        for path in ("/api/auth/login", "/api/auth/session"):
            await nobody.ask("POST", path, body)
    again = {"refresh_token": plan.kept["first refresh token"]}  # its answer may have been lost on the way
    await nobody.ask("POST", "/api/auth/refresh", again, rightly=True)
    await nobody.ask("POST", "/api/auth/session", {"code": plan.kept["code"]})
    await nobody.ask("GET", f"{API}/cameras?token={access}")
    await nobody.ask("GET", f"/api/nothing/{access}?password={typo}")
    await nobody.ask("GET", f"/nothing/{access}")
    await nobody.ask("GET", "/", headers={"Cookie": f"socstream_session={plan.kept['cookie']}x"})
    await nobody.ask("GET", f"/m/{access}/x/index.m3u8")
    await nobody.ask("GET", f"{API}/cameras", headers={"X-API-Key": plan.kept["devices' key"]})
    for path in (f"auth/tokens/{api}", f"users/{api}", f"security-operations/cameras/{api}"):
        await nobody.ask("DELETE", f"/api/{path}", headers=bearer(api))
        await nobody.ask("DELETE", f"/api/{path}", headers=bearer(access))
    for path in ("retry", "heartbeat"):
        await nobody.ask("POST", f"{API}/cameras/{api}/{path}", {}, bearer(access))


async def misbehave(plan: Plan, server: ServerProcess) -> None:
    """Bytes that are no request, with secrets in them."""
    token, key = plan.kept["access token"].encode(), plan.kept["devices' key"].encode()
    head = b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    broken = b'{"password": "%s", ' % key
    await say(
        server,
        plan.nest,
        b"GET /%s\r\n\r\n" % token,
        b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % token,
        b"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization : Bearer %s\r\n\r\n" % token,
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-API-Key: %s\0\r\n\r\n" % key,
        b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: %s\r\n\r\n" % (token + b"x" * 9000),
        b"%s / HTTP/1.1\r\nHost: localhost\r\n\r\n" % token,
        b"GET http://%s@localhost/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % token,
        head + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(broken) + broken,
    )


async def look_around(plan: Plan, visitor: Visitor, ids: list[str]) -> None:
    """Everything that can be read, as the administrator's program."""
    for path in ("/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/api/users/me", "/api/users"):
        await visitor.ask("GET", path)
    page = plan.nest.answers[-7].decode(errors="replace")
    for asset in re.findall(r"/assets/[\w.-]+", page):
        await visitor.ask("GET", asset)
    access = bearer(plan.kept["access token"])
    await visitor.ask("GET", "/api/auth/tokens", headers=access)
    await visitor.ask("GET", f"{API}/cameras")
    await visitor.ask("GET", f"{API}/metrics")
    for kind in ("application/json", "text/csv"):
        await visitor.ask("GET", f"{API}/audit", headers={"Accept": kind})
        await visitor.ask("GET", f"{API}/cameras/{ids[0]}/outages", headers={"Accept": kind})
    for camera_id in ids:
        for path in ("", "/stream-status", "/hls/x", "/stream", "/last-image", "/outages"):
            await visitor.ask("GET", f"{API}/cameras/{camera_id}{path}")


async def add_cameras(plan: Plan, media: Media, visitor: Visitor, stack: AsyncExitStack) -> list[str]:
    """Cameras that show something, and cameras that fail in each way in which FFmpeg prints the URL."""
    password, other = plan.plant("camera's password", ODD), plan.plant("password in a URL", "%20+é")
    basic = base64.b64encode(f"viewer:{password}".encode()).decode()
    plan.secrets["camera's password"] |= {basic}
    login = ("viewer", password)
    lent = {"credentials": {"username": "viewer", "password": password}}
    secret_path = "/" + plan.plant("path of a camera")
    cameras = {
        "good": VirtualCamera("good", media, credentials=login, auth="digest"),
        "basic": VirtualCamera("basic", media, credentials=login),
        "missing": VirtualCamera("missing", media, credentials=login),
        "locked": VirtualCamera("locked", media, credentials=("viewer", "another")),
        "odd": VirtualCamera("odd", media, credentials=login, path=secret_path),
        "away": VirtualCamera("away", media, credentials=login),
    }
    for camera in cameras.values():
        await stack.enter_async_context(camera)
    await cameras["missing"].order(Status(404))
    await cameras["odd"].order(UnknownCodec())
    await cameras["away"].order(Redirect(f"rtsp://viewer:{canary()}@127.0.0.1:1/"))
    sources: dict[str, tuple[str, Mapping[str, object]]] = {
        name: (camera.url, lent) for name, camera in cameras.items()
    }
    by_url = f"viewer:{other.replace('%', '%25').replace('+', '%2B').replace('é', '%C3%A9')}"
    sources["by URL"] = (cameras["locked"].url.replace("://", f"://{by_url}@"), {})
    sources["refused"] = (f"rtsp://127.0.0.1:{free_port()}{secret_path}", lent)
    sources["of the gateway"] = (f"http://127.0.0.1:{free_port()}/x", lent)
    ids = []
    for name, (url, more) in sources.items():
        body = {"name": f"{name} {LABEL}", "location": "Lab", "ip_address": "127.0.0.1", "stream_url": url}
        answer = await visitor.ask("POST", f"{API}/cameras", {**body, **more})
        assert answer.status == 201, answer.text
        ids.append(answer.json["camera_id"])
        if name in ("good", "missing", "of the gateway"):
            await visitor.ask("POST", f"{API}/cameras/probe", {"stream_url": url, **more})
    return ids


async def has_ended_badly(http: Client, ids: list[str]) -> bool:
    """Every camera but the first two, and the one that is no business of FFmpeg's, has failed."""
    streams = [await http.stream(camera_id) for camera_id in ids[2:-1]]
    return all(stream["failure"] is not None for stream in streams)


async def test_no_canary_sings(tmp_path: Path, media: Media) -> None:
    plan = Plan(tmp_path / "home")
    plan.home.mkdir()
    server = ServerProcess(plan.home, environment(plan), buggy.MODULE)
    plan.nest.sent.append(json.dumps(server.environ, ensure_ascii=False).encode())
    output = ""
    try:
        async with AsyncExitStack() as stack:
            await server.start()
            await stack.enter_async_context(
                in_background(watch_children(server, plan.nest), "a look at /proc")
            )
            http = await stack.enter_async_context(stranger(server))
            nobody = Visitor(http, plan.nest)
            await let_in(plan, server, nobody)
            api = plan.kept["API token"]
            program = Visitor(await stack.enter_async_context(stranger(server, api)), plan.nest)
            async with (
                listening(nobody, f"{API}/events", {"token": plan.kept["access token"]}),
                listening(nobody, f"/ws/x?token={plan.kept['API token']}"),
            ):
                ids = await add_cameras(plan, media, program, stack)
                assert (await program.ask("GET", f"{API}/cameras/{ids[0]}/hls/index.m3u8")).status == 200
                await until("failures", partial(has_ended_badly, program.http, ids), within=30)
                await stay_out(plan, nobody)
                await misbehave(plan, server)
                await look_around(plan, program, ids)
                grant = await program.ask("GET", f"{API}/cameras/{ids[0]}/media-grant", rightly=True)
                plan.keep("media grant", grant.json["playlist"].split("/")[2])
                assert (await nobody.ask("GET", grant.json["playlist"])).status == 200
                await nobody.ask("GET", grant.json["playlist"].replace(ids[0], ids[1]))
                edit = {"credentials": {"password": plan.plant("camera's next password", ODD)}}
                assert (await program.ask("PATCH", f"{API}/cameras/{ids[1]}", edit)).status == 200
                await asyncio.sleep(0.5)
            await server.kill()
            await server.start()
            await look_around(plan, program, ids)
            output = (await server.stop()).output
        check(plan, plan.nest.places(server, output, plan.home))
    finally:
        await server.close()


def check(plan: Plan, places: Mapping[str, bytes]) -> None:
    """Nothing sings, and would have been heard."""
    database = next(place for place in places if place.endswith("socstream.db"))
    known = {"the answers", "the WebSockets", database}
    assert known <= set(found({LABEL}, places)), "the names of cameras stand where things stand"
    assert b"ffmpeg" in places["the children"]
    assert b"RuntimeError" in places["standard error"], "the bug was met"
    assert b'"code":"internal_error"' in places["the answers"]
    assert any(place.endswith(".m4s") for place in places)
    said = b"\n".join([*plan.nest.sent, *plan.nest.rightly])
    for name, texts in plan.secrets.items():
        is_ours = name == "master key"
        assert is_ours or found(texts, {"": said}), f"{name} was never there"
    allowed = {
        ("master key", "the file keys/master.key"),
        ("path of a camera", database),
        # Each user is shown his own, as a picture's address.
        ("media grant", "the answers"),
        ("media grant", "the WebSockets"),
    }
    sung = {
        (name, place): before
        for name, texts in plan.secrets.items()
        for place, before in found(texts, places).items()
    }
    print(f"{len(plan.secrets)} canaries, {sum(map(len, plan.secrets.values()))} texts, {len(places)} places")
    print({place: len(content) for place, content in places.items() if not place.endswith((".m4s", ".mp4"))})
    wrong = [f"{key}: {before!r}" for key, before in sung.items() if key not in allowed]
    assert not wrong, "\n".join(wrong)
    assert allowed <= set(sung), "a canary is found where it stands"


async def test_the_made_password_stands_in_its_file_only_and_goes_with_it(tmp_path: Path) -> None:
    home, nest = tmp_path / "home", Nest()
    home.mkdir()
    server = ServerProcess(home, {"SOCSTREAM_ADMIN_PASSWORD": "", "SOCSTREAM_LOG_LEVEL": "debug"})
    try:
        await server.start()
        file = server.data_dir / "initial-admin-password"
        assert file.stat().st_mode & 0o777 == 0o600
        password = file.read_text().strip()
        async with stranger(server) as http:
            nobody = Visitor(http, nest)
            login = {"username": "admin", "password": password}
            tokens = (await nobody.ask("POST", "/api/auth/login", login)).json
            assert list(found(forms(password), nest.places(server, "", home))) == [
                "the file data/initial-admin-password"
            ]
            change = {"old_password": password, "password": canary()}
            admin = bearer(tokens["access_token"])
            assert (await nobody.ask("POST", "/api/users/me/password", change, admin)).status == 200
        output = (await server.stop()).output
        assert not file.exists()
        assert found(forms(password) | forms(change["password"]), nest.places(server, output, home)) == {}
    finally:
        await server.close()
