"""Who cannot keep up: skips, gets keyframes only, is let go; costs little, and nobody else notices."""

from socstream.live.edges import Edges
from socstream.live.group import Form
from tests.api.rig import FakeClock
from tests.live.client import Binary, Camera, Client

BIG = 20_000  # bytes; a group of 25 is twice what may wait for a client


class Rig:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.camera = Camera(self.clock, Edges(self.clock))
        self.camera.begin()

    def watching(self) -> Client:
        client = Client(self.clock)
        self.subscription = self.camera.edge.subscribe(Form.UNITS, client.outlet)
        client.told()
        return client

    def stick_for(self, client: Client, groups: int) -> None:
        """It takes nothing of so many groups."""
        client.is_stuck = True
        for _ in range(groups):
            self.camera.send_group(size=BIG)
            client.work()


def units_skipped(told: list[dict[str, object] | Binary]) -> list[object]:
    return [each["units"] for each in told if isinstance(each, dict) and each["type"] == "skipped"]


def test_who_is_a_moment_late_misses_nothing() -> None:
    rig = Rig()
    client = rig.watching()
    sent = [rig.camera.send(key=True, size=BIG)]
    client.is_stuck = True
    sent += [rig.camera.send(size=BIG) for _ in range(20)]
    assert len(client.waiting) < 300_000
    client.take()
    assert client.pictures() == sent
    assert client.kinds() == []
    live = rig.camera.send()
    assert client.pictures() == [live]


def test_who_misses_a_keyframe_goes_on_there_and_is_told_how_much_he_missed() -> None:
    rig = Rig()
    client, other = rig.watching(), rig.watching()
    rig.stick_for(client, 2)
    first, second = other.pictures()[:25], rig.camera.count
    client.take()
    told = client.told()
    pictures = [each.payload for each in told if isinstance(each, Binary)]
    at_first = pictures.index(told_after_skip(told))
    assert pictures[:at_first] == first[:at_first]
    assert units_skipped(told) == [25 - at_first]
    assert len(pictures) - at_first == 25
    assert second == 50


def told_after_skip(told: list[dict[str, object] | Binary]) -> bytes:
    place = next(at for at, each in enumerate(told) if isinstance(each, dict) and each["type"] == "skipped")
    picture = told[place + 1]
    assert isinstance(picture, Binary)
    assert picture.kind == 1
    return picture.payload


def test_a_stopped_client_costs_little_and_the_others_nothing() -> None:
    rig = Rig()
    stopped, *others = [rig.watching() for _ in range(21)]
    stopped.is_stuck = True
    for _ in range(60):
        sent = rig.camera.send_group(size=BIG)
        stopped.work()
        assert len(stopped.waiting) <= 256 * 1024 + BIG + 1000
        for other in others:
            assert other.pictures() == sent
    stopped.take()
    kinds = stopped.kinds()
    assert kinds[-1] == "overloaded"
    rig.camera.send_group()
    assert stopped.kinds() == [], "unsubscribed"


def test_three_bad_seconds_in_a_row_reduce_to_keyframes_and_good_ones_restore() -> None:
    rig = Rig()
    client = rig.watching()
    rig.camera.send_group()
    rig.stick_for(client, 4)
    client.take()
    rig.camera.send_group()
    kinds = client.kinds()
    assert kinds.count("reduced") == 1
    assert "overloaded" not in kinds
    after = kinds[kinds.index("reduced") + 1 :]
    assert set(after) == {1}, "keyframes only"
    seconds = 0
    while "restored" not in (kinds := client.kinds()):
        assert set(kinds) <= {1}
        rig.camera.send_group()
        seconds += 1
        assert seconds < 20
    assert 9 <= seconds <= 12
    assert kinds[kinds.index("restored") :] == ["restored", 1, *[2] * 24]


def test_a_restoration_that_does_not_last_waits_twice_as_long_the_next_time() -> None:
    rig = Rig()
    client = rig.watching()
    waited = []
    for _ in range(3):
        rig.stick_for(client, 5)
        client.take()
        assert "reduced" in client.kinds()
        seconds = 0
        while "restored" not in client.kinds():
            rig.camera.send_group()
            seconds += 1
            assert seconds < 100
        waited.append(seconds)
    assert [round(each / 10) for each in waited] == [1, 2, 4]


def test_every_other_second_bad_is_too_much_as_well() -> None:
    rig = Rig()
    client = rig.watching()
    kinds: list[object] = []
    for _ in range(12):
        rig.stick_for(client, 1)
        rig.camera.send(key=True)
        client.take()
        rig.camera.send_group()
        kinds += client.kinds()
    assert "reduced" in kinds


def test_keyframes_in_quick_succession_do_not_condemn_a_client_at_once() -> None:
    rig = Rig()
    client = rig.watching()
    rig.camera.send(key=True)
    client.is_stuck = True
    for _ in range(25):
        rig.camera.send(key=True, size=BIG)
    client.take()
    rig.camera.send(key=True)
    assert not {"reduced", "overloaded"} & set(client.kinds())


def test_the_rest_of_a_long_group_is_skipped_when_it_is_not_live_any_more() -> None:
    rig = Rig()
    client = rig.watching()
    rig.camera.send(key=True)
    client.is_stuck = True
    for _ in range(5 * 25):
        rig.camera.send(size=BIG)
    client.take()
    missed = len(client.pictures())
    assert missed < 20
    rig.camera.send(size=BIG)
    assert client.kinds() == [], "it waits for the next keyframe"
    rig.camera.send(key=True)
    told = client.told()
    assert units_skipped(told) == [5 * 25 + 2 - missed]


def test_a_long_first_group_is_given_all_the_time_it_needs() -> None:
    rig = Rig()
    rig.camera.send_group(100, size=BIG)
    client = Client(rig.clock)
    rig.camera.edge.subscribe(Form.UNITS, client.outlet)
    got = 0
    for _ in range(10):
        client.is_stuck = True
        client.work()
        assert len(client.waiting) < 300_000
        client.take()
        got += sum(isinstance(each, Binary) and each.kind > 0 for each in client.told())
        rig.clock.advance(1)
    assert got == 100


def test_the_end_of_a_run_is_told_even_to_who_was_behind() -> None:
    rig = Rig()
    client = rig.watching()
    rig.stick_for(client, 1)
    rig.camera.edge.end()
    client.work()
    client.take()
    assert client.kinds()[-1] == "ended"
    rig.camera.begin(run=2)
    rig.camera.send(key=True)
    assert client.kinds() == ["configuration", 0, 1]


def test_who_asks_for_a_keyframe_gets_configuration_and_group_again() -> None:
    rig = Rig()
    client = rig.watching()
    rig.camera.send_group(5)
    client.told()
    rig.subscription.start()
    assert client.kinds() == ["configuration", 0, 1, 2, 2, 2, 2]
    rig.camera.send()
    assert client.kinds() == [2]


def watching_many(count: int) -> tuple[Client, list[Camera]]:
    """A client that has as much before it as may wait, and has asked for so many cameras."""
    clock = FakeClock()
    edges = Edges(clock)
    cameras = [Camera(clock, edges, f"c{number}") for number in range(count)]
    client = Client(clock)
    client.is_stuck = True
    client.write(bytes(300_000))
    for camera in cameras:
        camera.begin()
        camera.send_group(10, size=BIG)
        camera.edge.subscribe(Form.UNITS, client.outlet)
    client.work()
    client.waiting.clear()
    return client, cameras


def streams_of(client: Client) -> list[int]:
    return [each.stream for each in client.told() if isinstance(each, Binary) and each.kind]


def test_of_many_cameras_of_one_client_one_is_whole_before_the_next_begins() -> None:
    client, _ = watching_many(4)
    client.work()
    client.take()
    assert streams_of(client) == [number for number in range(4) for _ in range(10)]


def test_a_camera_that_a_client_cannot_finish_lets_the_others_go_first() -> None:
    client, cameras = watching_many(3)
    client.work()
    cameras[0].send_group(10, size=BIG)  # another, before the client has its first
    client.take()
    streams = streams_of(client)
    assert streams[-10:] == [0] * 10
    assert streams.index(1) < streams.index(2) < len(streams) - 10


def test_nothing_is_written_to_who_is_gone() -> None:
    rig = Rig()
    client = rig.watching()
    rig.camera.send(key=True)
    client.told()
    client.is_open = False
    rig.camera.send()
    rig.camera.send_group()
    rig.camera.edge.end()
    assert client.told() == []
    assert not client.waiting
