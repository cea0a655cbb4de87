"""How old the pictures on a page are, read from their pixels: the virtual cameras show the wall clock."""

from collections.abc import Mapping, Sequence

from playwright.async_api import Page

from socstream.demo import font
from socstream.demo.media import Spec
from socstream.demo.picture import Layout

_FONT = {digit: [list(map(int, row)) for row in font.dots(digit)] for digit in "0123456789"}

_SAMPLE = """
({ digits, fps, every, least, layouts, loop, isEach }) => {
  const [COLUMNS, ROWS, PLACES] = [5, 7, 5];
  const canvas = new OffscreenCanvas(PLACES * (COLUMNS + 1) - 1, ROWS);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.imageSmoothingEnabled = false;  // one pixel of each dot, from its middle

  const read = (video) => {
    const layout = layouts[`${video.videoWidth}x${video.videoHeight}`];
    if (layout === undefined || video.readyState < 2) return null;
    const { left, top, dot } = layout;
    context.drawImage(video, left, top, canvas.width * dot, ROWS * dot, 0, 0, canvas.width, ROWS);
    const { data } = context.getImageData(0, 0, canvas.width, ROWS);
    const digit = (place) => {
      let found = null;
      for (const [mark, rows] of Object.entries(digits)) {
        let wrong = 0;
        for (let row = 0; row < ROWS; row++)
          for (let column = 0; column < COLUMNS; column++) {
            const at = 4 * (row * canvas.width + place * (COLUMNS + 1) + column);
            wrong += (data[at + 1] > 146) !== (rows[row][column] === 1);
          }
        if (wrong <= 2) found = Number(mark);
      }
      return found;
    };
    const [tens, ones, , tenths, rest] = [0, 1, 2, 3, 4].map((place) => (place === 2 ? 0 : digit(place)));
    if ([tens, ones, tenths, rest].includes(null)) return null;
    return 10 * tens + ones + (10 * tenths + rest) / fps;
  };

  window.pixelAges = {};
  window.readings = [];
  window.firstClocks = {};
  const seen = {};
  const look = (tile, shown) => {
    const video = tile.querySelector('video');
    // The clock first: to read takes milliseconds, by which no picture is older.
    const [now, began] = [Date.now(), performance.now()];
    const second = video === null ? null : read(video);
    if (second === null) return;
    window.readings.push(performance.now() - began);
    const id = tile.dataset.camera;
    (window.pixelAges[id] ??= []).push((now / 1000 - second + 60) % loop);
    if (seen[id] !== undefined && seen[id] !== second) window.firstClocks[id] ??= shown ?? began;
    seen[id] = second;
  };

  const follow = (video) => {
    video.requestVideoFrameCallback((shown) => {
      const tile = video.closest('[data-camera]');
      if (tile?.querySelector('video') === video) look(tile, shown);
      follow(video);
    });
  };
  const followed = new WeakSet();
  const meet = () => {
    for (const video of document.querySelectorAll('[data-camera] video')) {
      if (followed.has(video)) continue;
      followed.add(video);
      follow(video);
    }
  };

  let turn = 0;
  const next = () => {
    const tiles = document.querySelectorAll('[data-camera]');
    if (tiles.length > 0) look(tiles[turn++ % tiles.length]);
    // At random, and so at every age of a picture: a steady pace could keep step with them.
    setTimeout(next, (0.9 + 0.2 * Math.random()) * Math.max(every / Math.max(tiles.length, 1), least));
  };

  if (isEach) {
    meet();
    new MutationObserver(meet).observe(document, { childList: true, subtree: true });
  } else next();
}
"""


async def read_clocks(page: Page, *specs: Spec, is_each: bool = False) -> None:
    """From now on the clocks in all tiles are read; each shows pictures of one of these kinds.

    In turn, a tile about every 0.4 s and no more than 32 in a second: to read a picture costs the page's own
    thread milliseconds, and more of them would hold up the very pictures whose age is asked for. `is_each`:
    each picture as it is shown, for who asks when tiles move; then the ages are not to be believed.
    """
    layouts = {f"{one.width}x{one.height}": _digits(Layout(one.width, one.height)) for one in specs}
    (fps,), (loop,) = {one.fps for one in specs}, {one.loop_seconds for one in specs}
    pace = {"every": 400, "least": 31, "isEach": is_each}
    await page.evaluate(_SAMPLE, {"digits": _FONT, "fps": fps, "loop": loop, "layouts": layouts, **pace})


async def forget_ages(page: Page) -> None:
    """Count from now on."""
    await page.evaluate("window.pixelAges = {}, window.readings = []")


async def ages(page: Page) -> Mapping[str, Sequence[float]]:
    """Seconds from the camera to the screen of what was shown at each look, by camera."""
    found: dict[str, list[float]] = await page.evaluate("window.pixelAges")
    return found


async def readings(page: Page) -> Sequence[float]:
    """Milliseconds that each look took of the page's thread."""
    found: list[float] = await page.evaluate("window.readings")
    return found


async def moving_since(page: Page) -> Mapping[str, float]:
    """When (ms, as `performance.now()` counts) each tile was first seen to move."""
    found: dict[str, float] = await page.evaluate("window.firstClocks")
    return found


def _digits(layout: Layout) -> dict[str, int]:
    box = layout.place(0)
    return {"left": box.left, "top": box.top, "dot": layout.dot}
