"""Media for those who cannot send headers: the permission stands in the path, for one camera and a while."""

import pytest

from socstream.api.keys import POSTERS
from socstream.model.account import UserEdit
from socstream.model.errors import StoreUnavailable
from tests.api.rig import CAMERAS, Rig
from tests.api.visitors import Visitor, logged_in

pytestmark = pytest.mark.both_paths

HOUR = 3600


async def granted(rig: Rig, visitor: Visitor, camera_id: str) -> tuple[str, str]:
    """The paths of a camera's playlist and picture."""
    grant = await visitor.get(f"/security-operations/cameras/{camera_id}/media-grant")
    assert set(grant) == {"playlist", "last_image", "expires_at"}
    return grant["playlist"], grant["last_image"]


async def status(rig: Rig, path: str) -> int:
    async with rig.stranger.get(path) as answer:
        await answer.read()
        return answer.status


async def test_a_grant_opens_playlist_segments_and_picture_without_a_header(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    segment = rig.go_live(camera_id)
    playlist, picture = await granted(rig, await logged_in(rig, "guard"), camera_id)
    async with rig.stranger.get(playlist) as answer:
        assert answer.status == 200
        text = await answer.text()
    assert segment in text
    assert "/" not in next(line for line in text.splitlines() if line[0] != "#"), "it inherits"
    assert await status(rig, playlist.replace("index.m3u8", segment)) == 200
    async with rig.stranger.get(picture) as answer:
        assert (answer.status, answer.content_type) == (200, "image/jpeg")
    for prefix in ("/api", "/api/v1"):
        assert await status(rig, f"{prefix}/security-operations/cameras/{camera_id}/hls/index.m3u8") == 401


async def test_the_list_shows_everybody_pictures_of_his_own(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    rig.go_live(camera_id)
    urls = set()
    for name in ("one", "two"):
        visitor = await logged_in(rig, name)
        (camera,) = await visitor.get("/security-operations/cameras")
        alone = await visitor.get(f"/security-operations/cameras/{camera_id}")
        assert camera["last_known_image_url"] == alone["last_known_image_url"]
        assert await status(rig, camera["last_known_image_url"]) == 200
        urls.add(camera["last_known_image_url"])
    assert len(urls) == 2


async def test_no_answer_holds_a_blank(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    blank = rig.app[POSTERS].blank("")
    for path in (CAMERAS, f"{CAMERAS}/{camera_id}", f"{CAMERAS}/{camera_id}/stream-status"):
        assert blank not in await (await rig.get(path)).text()
    for answer in (
        await rig.client.patch(f"{CAMERAS}/{camera_id}", json={"name": "new"}),
        await rig.client.post(f"{CAMERAS}/{camera_id}/retry"),
    ):
        assert blank not in await answer.text()


async def test_a_name_cannot_pass_for_a_blank(rig: Rig) -> None:
    """Whoever knows an old one may write it into a name: it is another one in the next life."""
    first, second = rig.app[POSTERS].blank("x"), type(rig.app[POSTERS])(rig.services.grants).blank("x")
    assert first != second


async def test_the_text_stays_the_same_for_an_hour_at_least_and_then_the_list_says_so(rig: Rig) -> None:
    visitor = await logged_in(rig, "guard")
    camera_id = (await rig.add())["camera_id"]
    rig.clock.offset -= (rig.clock.wall() % (6 * HOUR)) - 1  # a period begins
    before = await granted(rig, visitor, camera_id)
    rig.clock.advance(HOUR / 8)  # as long as the log-in lives
    assert await granted(rig, visitor, camera_id) == before
    listed = await rig.get(CAMERAS)
    rig.clock.advance(6 * HOUR)
    again = await rig.get(CAMERAS, headers={"If-None-Match": listed.headers["ETag"]})
    assert again.status == 200, "its URLs are new ones"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda grant, own, other: (grant, other),
        lambda grant, own, other: (grant[:-1], own),
        lambda grant, own, other: (grant + "A", own),
        lambda grant, own, other: ("A" * 40, own),
        lambda grant, own, other: (grant.swapcase(), own),
        lambda grant, own, other: (grant[:20] + ("A" if grant[20] != "A" else "B") + grant[21:], own),
        lambda grant, own, other: ("x" * 8000, own),
        lambda grant, own, other: ("%00", own),
        lambda grant, own, other: (grant, "00000000-0000-4000-8000-00000000dead"),
        lambda grant, own, other: (grant, "..%2f" + own),
        lambda grant, own, other: (grant, own[:-1]),
    ],
)
async def test_a_grant_that_is_not_good_for_this_camera_is_401(rig: Rig, spoil: object) -> None:
    own, other = [(await rig.add(name=name))["camera_id"] for name in ("own", "other")]
    for camera_id in (own, other):
        rig.go_live(camera_id)
    playlist, _ = await granted(rig, await logged_in(rig, "guard"), own)
    assert callable(spoil)
    grant, camera_id = spoil(playlist.split("/")[2], own, other)
    for name in ("index.m3u8", "last-image"):
        answer = await rig.ask_verbatim(
            "GET", f"/m/{grant}/{camera_id}/{name}", headers={"Authorization": ""}
        )
        assert answer.status == 401
        assert (await answer.json())["code"] == "not_authenticated"


async def test_a_grant_dies_with_what_it_came_from(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    rig.go_live(camera_id)
    accounts = rig.services.accounts
    paths = {}
    for name in ("logged out", "limited", "disabled", "stays"):
        visitor = await logged_in(rig, name.replace(" ", "-"))
        paths[name] = await granted(rig, visitor, camera_id)
        assert [await status(rig, path) for path in paths[name]] == [200, 200]
        user = accounts.user_of_login(name.replace(" ", "-"))
        assert user is not None
        if name == "logged out":
            await visitor.post("/auth/logout")
        elif name == "limited":
            await accounts.edit_user(user.user_id, UserEdit(scope=frozenset()))
        elif name == "disabled":
            await accounts.delete_user(user.user_id)
    dead = {name: [await status(rig, path) for path in both] for name, both in paths.items()}
    assert dead.pop("stays") == [200, 200]
    assert set(map(tuple, dead.values())) == {(401, 401)}


async def test_a_grant_ends_by_itself(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    rig.go_live(camera_id)
    grant = await (await rig.get(f"{CAMERAS}/{camera_id}/media-grant")).json()
    rig.clock.advance(12 * HOUR)
    assert await status(rig, grant["last_image"]) == 200
    rig.clock.advance(6 * HOUR)
    assert await status(rig, grant["last_image"]) == 401


async def test_without_a_grant_the_picture_is_the_same_sign_for_every_id(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    rig.go_live(camera_id)
    own = await rig.get(f"{CAMERAS}/{camera_id}/last-image")
    assert own.content_type == "image/jpeg"
    signs = set()
    for each in (camera_id, "00000000-0000-4000-8000-00000000dead", "nonsense"):
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            async with rig.stranger.get(f"{CAMERAS}/{each}/last-image", headers=headers) as answer:
                assert (answer.status, answer.content_type) == (200, "image/svg+xml")
                signs.add(await answer.read())
    assert len(signs) == 1
    limited = await logged_in(rig, "guard", scope=frozenset())
    async with rig.stranger.get(f"{CAMERAS}/{camera_id}/last-image", headers=limited.headers) as answer:
        assert answer.content_type == "image/svg+xml"


async def test_what_is_wrong_is_told_to_those_whom_we_know(rig: Rig) -> None:
    rig.services.cameras.check = _fail  # type: ignore[method-assign]  # a store that cannot be read
    async with rig.stranger.get("/readyz") as answer:
        assert (answer.status, (await answer.json())["detail"]) == (503, "Not ready.")
    async with rig.client.get("/readyz") as answer:
        assert "database" in (await answer.json())["detail"]


async def _fail() -> None:
    raise StoreUnavailable("gone")
