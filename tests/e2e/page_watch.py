"""What a tile showed over time: for how long it lied, and when its pictures moved again."""

from collections.abc import Sequence

from attrs import frozen
from playwright.async_api import Page

_WATCH = """() => {
  window.trail = {};
  setInterval(() => {
    for (const tile of document.querySelectorAll('[data-camera]')) {
      const { totalVideoFrames } = tile.querySelector('video').getVideoPlaybackQuality();
      const trail = (window.trail[tile.dataset.camera] ??= []);
      trail.push([Date.now() / 1000, tile.dataset.state, totalVideoFrames]);
    }
  }, 100);
}"""

STILL = 0.5
"""Seconds without a new frame after which a picture counts as standing still."""


@frozen
class Look:
    """One look at a tile. `at`: wall clock; `moves`: a frame came in the last half second."""

    at: float
    state: str
    moves: bool


@frozen
class Story:
    """All looks at one tile, oldest first."""

    looks: Sequence[Look]

    def back(self, since: float, until: float) -> float | None:
        """Seconds from `since` to pictures that say LIVE and move until the end; None when they do not."""
        looks = [look for look in self.looks if since <= look.at <= until]
        bad = [look.at for look in looks if look.state != "live" or not look.moves]
        if not looks or (bad and bad[-1] >= looks[-1].at - STILL):
            return None
        return max(bad, default=since) - since

    def longest_lie(self) -> float:
        """The longest time in seconds that the tile said LIVE on a picture that stood still."""
        longest, began = 0.0, None
        for look in self.looks:
            if look.state == "live" and not look.moves:
                began = look.at if began is None else began
                longest = max(longest, look.at - began + STILL)
            else:
                began = None
        return longest


async def watch(page: Page) -> None:
    """From now on the page remembers what its tiles show."""
    await page.evaluate(_WATCH)


async def story(page: Page, camera_id: str) -> Story:
    """What the tile has shown since `watch`."""
    trail = await page.evaluate("id => window.trail[id] ?? []", camera_id)
    looks, moved_at, frames = [], 0.0, -1
    for at, state, count in trail:
        if count != frames:
            frames, moved_at = count, at
        looks.append(Look(at, state, at - moved_at < STILL))
    return Story(looks)
