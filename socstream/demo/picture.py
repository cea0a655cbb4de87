"""The pictures of a virtual camera, drawn by ourselves: its name, a running clock, something that moves."""

import random
import zlib

from attrs import frozen

from socstream.demo import font

PLACES = 5  # SS.ff
INK, TRACK = 235, 70  # luma of letters, and of the bar where the block is not
GROUND = range(26, 58)  # luma from the first line to the last
NOISE = bytes(48 + value % 96 for value in range(256))  # what becomes of a random byte


@frozen
class Box:
    """A rectangle of pixels."""

    left: int
    top: int
    width: int
    height: int


@frozen
class Layout:
    """Where things stand in a picture of this size."""

    width: int
    height: int

    @property
    def dot(self) -> int:
        """The edge of one dot of a digit; five places take three quarters of the width at most."""
        return max(
            1, min(self.width * 3 // 4 // (PLACES * (font.COLUMNS + 1)), self.height * 2 // 5 // font.ROWS)
        )

    def place(self, index: int) -> Box:
        """The box of the place 0…4 in SS.ff."""
        advance = self.dot * (font.COLUMNS + 1)
        left = (self.width - PLACES * advance + self.dot) // 2 + index * advance
        return Box(left, self.height * 11 // 40, self.dot * font.COLUMNS, self.dot * font.ROWS)

    @property
    def bar(self) -> Box:
        """The track on which a block runs from left to right in each second."""
        margin = self.width // 16
        return Box(margin, self.height * 17 // 20, self.width - 2 * margin, max(2, self.height // 24))

    @property
    def noise(self) -> Box:
        """The whole lines between the digits and the bar."""
        digits = self.place(0)
        top = digits.top + digits.height + self.dot
        return Box(0, top, self.width, self.bar.top - self.dot - top)


class Painter:
    """Draws frame after frame of one camera into one buffer; only what changes is drawn again."""

    def __init__(self, layout: Layout, name: str, fps: int, *, noise: bool = False) -> None:
        self._layout = layout
        self._fps = fps
        self._width = layout.width
        self._dice = random.Random(name)  # noqa: S311 - pictures, not secrets
        self._grain = _grain(self._dice, layout.noise) if noise else b""
        self._frame = _ground(layout, name)
        self._shown = [""] * PLACES
        self._glyphs = {mark: self._glyph(mark) for mark in "0123456789."}
        self._bars = [self._bar(part) for part in range(fps)]
        self._write_name(name)

    def frame(self, number: int) -> bytearray:
        """Frame `number` of a minute as planar YUV 4:2:0; the buffer is drawn over by the next call."""
        second, part = divmod(number, self._fps)
        for index, mark in enumerate(f"{second % 60:02d}.{part:02d}"):
            if mark != self._shown[index]:
                self._shown[index] = mark
                self._put(self._layout.place(index), self._glyphs[mark])
        bar = self._layout.bar
        self._put(bar, [self._bars[part]] * bar.height)
        if self._grain:
            self._sprinkle()
        return self._frame

    def _put(self, box: Box, rows: list[bytes]) -> None:
        start = box.top * self._width + box.left
        for row in rows:
            self._frame[start : start + box.width] = row
            start += self._width

    def _glyph(self, mark: str) -> list[bytes]:
        """The lines of a digit on the ground that lies behind it."""
        box, dot = self._layout.place(0), self._layout.dot
        pattern = font.dots(mark)
        lines = []
        for line in range(box.height):
            ground = self._frame[(box.top + line) * self._width]
            lines.append(b"".join(bytes([INK if lit else ground]) * dot for lit in pattern[line // dot]))
        return lines

    def _bar(self, part: int) -> bytes:
        """One line of the bar in this part of a second."""
        width = self._layout.bar.width
        block = width // 16
        left = (width - block) * part // max(1, self._fps - 1)
        return bytes([TRACK]) * left + bytes([INK]) * block + bytes([TRACK]) * (width - block - left)

    def _write_name(self, name: str) -> None:
        left, top = self._layout.width // 16, self._layout.height // 12
        advance = font.COLUMNS + 1
        dot = max(
            1, min(self._layout.height // 90, (self._width - 2 * left) // (advance * max(1, len(name))))
        )
        for index, mark in enumerate(name[: (self._width - 2 * left) // (advance * dot)]):
            for row, lits in enumerate(font.dots(mark)):
                for column, lit in enumerate(lits):
                    if lit:
                        spot = Box(left + (index * advance + column) * dot, top + row * dot, dot, dot)
                        self._put(spot, [bytes([INK]) * dot] * dot)

    def _sprinkle(self) -> None:
        box = self._layout.noise
        size = box.width * box.height
        start = self._dice.randrange(len(self._grain) - size)
        begin = box.top * self._width
        self._frame[begin : begin + size] = self._grain[start : start + size]


def _ground(layout: Layout, name: str) -> bytearray:
    """A frame that grows lighter from top to bottom, in a tint that belongs to the name."""
    height, width = layout.height, layout.width
    shades = (GROUND[line * len(GROUND) // height] for line in range(height))
    tint = zlib.crc32(name.encode())
    quarter = width * height // 4
    blue, red = bytes([112 + tint % 33]), bytes([112 + (tint >> 8) % 33])
    return bytearray(b"".join(bytes([shade]) * width for shade in shades) + blue * quarter + red * quarter)


def _grain(dice: random.Random, box: Box) -> bytes:
    """Noise for two boxes: each frame begins to copy somewhere else."""
    return dice.randbytes(2 * box.width * box.height).translate(NOISE)


def read_clock(luma: bytes, layout: Layout) -> str | None:
    """The "SS.ff" that a picture shows, read back from its luma plane; None when no digits are there."""
    text = ""
    for index in range(PLACES):
        if index == 2:
            text += "."
            continue
        seen = _seen(luma, layout, layout.place(index))
        wrong, mark = min((_distance(seen, font.dots(digit)), digit) for digit in "0123456789")
        if wrong > 2:
            return None
        text += mark
    return text


def _seen(luma: bytes, layout: Layout, box: Box) -> font.Dots:
    """Which dots of a place are lit, judged by the pixel in the middle of each."""
    dot = layout.dot
    limit = (INK + GROUND[-1]) // 2
    lines = [
        (box.top + row * dot + dot // 2) * layout.width + box.left + dot // 2 for row in range(font.ROWS)
    ]
    return tuple(
        tuple(luma[start + column * dot] > limit for column in range(font.COLUMNS)) for start in lines
    )


def _distance(one: font.Dots, other: font.Dots) -> int:
    return sum(
        a != b for left, right in zip(one, other, strict=True) for a, b in zip(left, right, strict=True)
    )
