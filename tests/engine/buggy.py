"""socstream with a bug: the counts over all cameras fail, and their exception tells whatever it can find.

For `ServerProcess(module=MODULE)`.
"""

import sys

from aiohttp import web

from socstream.api import handlers_status
from socstream.api.keys import SERVICES

MODULE = "tests.engine.buggy"


async def talkative(request: web.Request) -> web.Response:
    """What a careless line of code could put into an exception."""
    services = request.app[SERVICES]
    sources = [camera.source for camera in services.cameras.all()]
    urls = [source.connect_url() for source in sources]
    passwords = [source.credentials.password for source in sources if source.credentials is not None]
    key = services.settings.hardware_ingest_key
    # Line by line: what hides a header hides the rest of its line.
    texts = (key, *passwords, repr(passwords), *urls, request.rel_url, str(dict(request.headers)))
    raise RuntimeError("\n".join(map(str, texts)))


if __name__ == "__main__":
    handlers_status.metrics = talkative  # before the table of routes takes it up
    from socstream.__main__ import main

    sys.exit(main())
