"""What is drawn can be read back, and something moves in every frame."""

import pytest

from socstream.demo import font
from socstream.demo.picture import Layout, Painter, read_clock

SMALL = Layout(320, 180)


def luma(painter: Painter, number: int, layout: Layout = SMALL) -> bytes:
    return bytes(painter.frame(number)[: layout.width * layout.height])


@pytest.mark.parametrize(
    "layout", [Layout(64, 48), SMALL, Layout(640, 360), Layout(1920, 1080), Layout(360, 640)]
)
def test_the_clock_is_read_back_from_pictures_of_every_size(layout: Layout) -> None:
    painter = Painter(layout, "GATE 1", 25)
    read = [read_clock(luma(painter, number, layout), layout) for number in (0, 24, 25, 26, 777, 1499)]
    assert read == ["00.00", "00.24", "01.00", "01.01", "31.02", "59.24"]


def test_the_clock_survives_noise_and_a_step_back() -> None:
    painter = Painter(SMALL, "GATE 1", 30, noise=True)
    assert [read_clock(luma(painter, n), SMALL) for n in (1799, 3, 1799)] == ["59.29", "00.03", "59.29"]


def test_a_picture_without_digits_reads_as_none() -> None:
    assert read_clock(bytes(SMALL.width * SMALL.height), SMALL) is None


def test_pixels_move_in_every_frame_of_a_minute() -> None:
    painter = Painter(SMALL, "GATE 1", 25)
    before = luma(painter, 1499)
    for number in range(1500):
        after = luma(painter, number)
        assert after != before, number
        before = after


def test_a_frame_does_not_depend_on_what_was_drawn_before() -> None:
    straight = Painter(SMALL, "GATE 1", 25)
    for number in range(130):
        straight.frame(number)
    assert luma(straight, 130) == luma(Painter(SMALL, "GATE 1", 25), 130)


def test_noise_is_new_in_every_frame_and_leaves_the_rest_alone() -> None:
    plain, noisy = Painter(SMALL, "GATE 1", 25), Painter(SMALL, "GATE 1", 25, noise=True)
    begin, end = (line * SMALL.width for line in (SMALL.noise.top, SMALL.noise.top + SMALL.noise.height))
    first, second = luma(noisy, 1), luma(noisy, 1)
    assert first[begin:end] != second[begin:end]
    assert first[:begin] + first[end:] == luma(plain, 1)[:begin] + luma(plain, 1)[end:]


def test_each_name_gives_another_picture_and_none_is_too_long() -> None:
    names = ["A", "B", "GATE 1", "gate 2", "Größe", "X" * 500]
    assert len({luma(Painter(SMALL, name, 25), 0) for name in names}) == len(names)
    assert all(len(Painter(SMALL, name, 25).frame(0)) == 320 * 180 * 3 // 2 for name in names)


def test_every_character_has_its_own_shape() -> None:
    characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,:-_+/#()'?"
    assert len({font.dots(character) for character in characters}) == len(characters)
    assert font.dots("a") == font.dots("A")
    assert font.dots("ß") == font.dots("?")
