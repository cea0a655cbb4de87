"""How long a page takes from the list of cameras to the first picture of each that moves under no veil."""

from collections.abc import Mapping

from playwright.async_api import BrowserContext, Page

from tests.rigs.patience import until

_NOTE = """
performance.setResourceTimingBufferSize(10_000);
window.listedAt = null;
window.firstPictures = {};
new MutationObserver(() => {
  for (const tile of document.querySelectorAll('[data-camera]')) {
    const { dataset } = tile;
    window.listedAt ??= performance.now();
    const { totalVideoFrames } = tile.querySelector('video').getVideoPlaybackQuality();
    if (dataset.state !== 'live' || totalVideoFrames === 0) continue;
    window.firstPictures[dataset.camera] ??= performance.now();
  }
}).observe(document, { attributeFilter: ['data-state'], childList: true, subtree: true });
"""


async def note(context: BrowserContext) -> None:
    """From now on the pages of this window note when their tiles show a picture for the first time."""
    await context.add_init_script(_NOTE)


async def first_pictures(page: Page, count: int, within: float) -> Mapping[str, float]:
    """Seconds from the list to the first picture, by camera, once so many have one."""

    async def look() -> Mapping[str, float] | None:
        listed, shown = await page.evaluate("[window.listedAt, window.firstPictures]")
        return {key: (at - listed) / 1000 for key, at in shown.items()} if len(shown) >= count else None

    return (await until(f"{count} pictures", look, within))[0]
