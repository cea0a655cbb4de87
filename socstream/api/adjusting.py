"""The settings in force, and the parts of the API that follow them while the server runs."""

from aiohttp import web

from socstream.api.cors import CORS
from socstream.api.forwarded import Proxies
from socstream.api.hosts import Hosts
from socstream.api.keys import PLAYLISTS, Settings
from socstream.api.networks import Networks
from socstream.api.rates import Rates
from socstream.clock import Clock


class Adjustable:
    """The parts that a setting is given to once; `settings` for those who look it up each time."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.cors = CORS(settings.cors_origins)
        self.hosts = Hosts(settings.allowed_hosts)
        self.proxies = Proxies(settings.trusted_proxies)
        self.scrapers = Networks(settings.scrapers)
        self.rates = Rates(settings.requests_per_second, settings.request_burst, clock)


ADJUSTABLE = web.AppKey("adjustable", Adjustable)


def adjust(app: web.Application, settings: Settings) -> None:
    """These settings from now on; no request that is under way is touched, and no socket."""
    parts = app[ADJUSTABLE]
    parts.settings = settings
    parts.cors.origins = settings.cors_origins
    parts.hosts.become(settings.allowed_hosts)
    parts.proxies.networks.become(settings.trusted_proxies)
    parts.scrapers.become(settings.scrapers)
    parts.rates.become(settings.requests_per_second, settings.request_burst)
    app[PLAYLISTS].become(settings.manifest_wait_timeout, settings.held_requests_per_client)
