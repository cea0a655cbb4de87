"""The load generator wrk: as many requests as a server answers."""

import asyncio
import re
from collections.abc import Mapping

from attrs import frozen

from tests.bench import cores
from tests.bench.machine import cpu_seconds
from tests.bench.tools import tool

_TOTAL = re.compile(r"(\d+) requests in ([\d.]+)(ms|s|m)")
_TROUBLE = re.compile(r"Non-2xx or 3xx responses: \d+|Socket errors: .*")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}


@frozen
class Rate:
    """Answers per second, and CPU seconds of the server for each."""

    per_second: float
    cpu: float


async def load(url: str, headers: Mapping[str, str], connections: int, seconds: float, server: int) -> Rate:
    """Ask for one URL over and over; `server` is the process whose CPU time counts. AssertionError for an
    answer that is none.
    """
    given = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    words = (tool("wrk"), "-t1", f"-c{connections}", f"-d{seconds:.0f}s", *given, url)
    before = cpu_seconds(server)
    child = await asyncio.create_subprocess_exec(
        *cores.on(cores.CLIENT, *words), stdout=asyncio.subprocess.PIPE
    )
    output = (await child.communicate())[0].decode()
    used, total = cpu_seconds(server) - before, _TOTAL.search(output)
    assert total is not None, output
    trouble = _TROUBLE.search(output)
    assert trouble is None, f"{url}: {trouble and trouble[0]}"
    requests, took = int(total[1]), float(total[2]) * _UNITS[total[3]]
    return Rate(requests / took, used / requests)
