"""The live edge: what a client gets at once, what everybody shares, what each run changes."""

import pytest

from socstream.live import group
from socstream.live.edges import Edges
from socstream.live.group import Form
from socstream.live.unit import Configuration
from tests.api.rig import FakeClock
from tests.live.client import HD, Binary, Camera, Client

ROOM = 256 * 1024


class Rig:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.edges = Edges(self.clock)
        self.camera = Camera(self.clock, self.edges)

    def client(self) -> Client:
        return Client(self.clock)

    def watching(self, form: Form = Form.UNITS) -> Client:
        """One who has taken everything so far."""
        client = self.client()
        self.camera.edge.subscribe(form, client.outlet)
        client.told()
        return client


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_a_new_subscriber_gets_the_configuration_and_the_current_group_and_then_each_picture(
    rig: Rig,
) -> None:
    rig.camera.begin(run=3)
    rig.camera.send_group(5)
    current = rig.camera.send_group(4)
    client = rig.client()
    rig.camera.edge.subscribe(Form.UNITS, client.outlet)
    first, configuration, record, *pictures = client.told()
    about = {"camera_id": "c1", "form": "units", "stream": 0}
    assert first == {"type": "subscribed"} | about
    size = {"width": 1280, "height": 720}
    assert configuration == {"type": "configuration", "codec": "avc1.64001f", "run": 3} | size | about
    assert isinstance(record, Binary)
    assert (record.stream, record.kind, record.payload) == (0, 0, HD.record)
    assert [each.payload for each in pictures if isinstance(each, Binary)] == current
    assert [each.kind for each in pictures if isinstance(each, Binary)] == [1, 2, 2, 2]
    shown = [each for each in pictures if isinstance(each, Binary)]
    assert [each.presentation for each in shown] == [200, 240, 280, 320]
    assert shown[-1].arrived == pytest.approx(rig.clock.wall() * 1000)
    live = rig.camera.send()
    assert client.pictures() == [live]


def test_nothing_before_the_first_keyframe_is_passed_on(rig: Rig) -> None:
    rig.camera.begin()
    client = rig.watching()
    rig.camera.send()
    assert client.kinds() == []
    rig.camera.send(key=True)
    rig.camera.send()
    assert client.kinds() == [1, 2]


def test_who_comes_before_the_camera_gets_everything_from_its_first_picture(rig: Rig) -> None:
    client = rig.client()
    rig.camera.edge.subscribe(Form.UNITS, client.outlet)
    assert client.kinds() == ["subscribed"]
    rig.camera.begin()
    group = rig.camera.send_group(3)
    assert client.pictures() == group


@pytest.mark.parametrize("form", list(Form))
def test_each_form_is_made_once_and_only_when_somebody_wants_it(
    rig: Rig, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Form] = []
    make = group.Picture._made

    def count(self: group.Picture, form: Form, stream: int) -> bytes:
        made.append(form)
        return make(self, form, stream)

    monkeypatch.setattr(group.Picture, "_made", count)
    rig.camera.begin()
    rig.camera.send_group(10)
    assert made == []
    clients = [rig.watching(form) for _ in range(5)]
    assert made == [form] * 10
    rig.camera.send()
    assert made == [form] * 11
    assert [len(client.pictures()) for client in clients] == [1] * 5


def test_all_clients_of_a_form_have_the_same_stream_and_each_camera_and_form_its_own(rig: Rig) -> None:
    other = Camera(rig.clock, rig.edges, "c2")
    streams = []
    for camera, form in ((rig.camera, Form.UNITS), (rig.camera, Form.FMP4), (other, Form.UNITS)) * 2:
        client = rig.client()
        camera.edge.subscribe(form, client.outlet)
        (told,) = client.told()
        assert isinstance(told, dict)
        streams.append(told["stream"])
    assert streams == [0, 1, 2] * 2


def test_each_run_begins_with_a_configuration_and_a_mark(rig: Rig) -> None:
    rig.camera.begin(run=1)
    client = rig.watching()
    rig.camera.send_group(2)
    rig.camera.edge.end()
    assert client.kinds() == [1, 2, "ended"]
    rig.camera.begin(run=2)
    rig.camera.send_group(2)
    configuration, _, *pictures = client.told()
    assert isinstance(configuration, dict)
    assert (configuration["type"], configuration["run"]) == ("configuration", 2)
    assert [each.flags for each in pictures if isinstance(each, Binary)] == [1, 0]


def test_another_configuration_is_told_and_the_same_one_is_not(rig: Rig) -> None:
    rig.camera.begin()
    client = rig.watching()
    rig.camera.send_group(2)
    rig.camera.edge.take([HD])
    rig.camera.send()
    assert client.kinds() == [1, 2, 2]
    rig.camera.edge.take([Configuration("avc1.640028", b"\1\x64\0\x28", 1920, 1080)])
    rig.camera.send()
    rig.camera.send(key=True)
    told = client.told()
    assert isinstance(told[0], dict)
    assert (told[0]["width"], told[0]["codec"]) == (1920, "avc1.640028")
    assert [each.kind for each in told[1:] if isinstance(each, Binary)] == [0, 1]


def test_what_is_over_is_not_shown_to_who_comes_later(rig: Rig) -> None:
    rig.camera.begin()
    rig.camera.send_group(5)
    rig.camera.edge.end()
    client = rig.client()
    rig.camera.edge.subscribe(Form.UNITS, client.outlet)
    assert client.kinds() == ["subscribed"]


def test_a_camera_without_an_edge_says_why_once(rig: Rig) -> None:
    client = rig.watching()
    for _ in range(3):
        rig.camera.edge.refuse("H.265 needs a newer FFmpeg.", code="h265")
    (told,) = client.told()
    assert isinstance(told, dict)
    assert (told["type"], told["code"], told["message"]) == (
        "unavailable",
        "h265",
        "H.265 needs a newer FFmpeg.",
    )
    late = rig.client()
    rig.camera.edge.subscribe(Form.UNITS, late.outlet)
    assert late.kinds() == ["subscribed", "unavailable"]
    rig.camera.edge.refuse(None)
    rig.camera.begin()
    rig.camera.send(key=True)
    assert client.kinds() == late.kinds() == ["configuration", 0, 1]


def test_a_camera_that_is_gone_lets_everybody_go(rig: Rig) -> None:
    rig.camera.begin()
    client = rig.watching()
    rig.edges.drop("c1")
    (told,) = client.told()
    assert isinstance(told, dict)
    assert (told["type"], told["code"]) == ("refused", "camera_not_found")
    rig.camera.send(key=True)
    assert client.kinds() == []


def test_the_group_is_bounded_and_who_comes_beyond_it_waits_for_the_next_keyframe(rig: Rig) -> None:
    rig.camera.begin()
    watching = rig.watching()
    half = 3 * 1024 * 1024
    rig.camera.send(key=True, size=half)
    rig.camera.send(size=half)
    rig.camera.send()
    late = rig.watching()
    rig.camera.send()
    assert late.kinds() == []
    assert len(watching.pictures()) == 4, "who is level misses nothing"
    rig.camera.send_group(2)
    assert len(late.pictures()) == len(watching.pictures()) == 2
