"""What was acknowledged is there after `kill -9`, whenever that comes."""

import asyncio
import random

import pytest

from tests.rigs.clerk import Clerk
from tests.rigs.client import Client
from tests.rigs.server import ServerProcess

pytestmark = pytest.mark.engine

ROUNDS = 3
CLERKS = 4


async def test_nothing_acknowledged_is_lost(http: Client, server: ServerProcess) -> None:
    clerks = [Clerk(http, f"Clerk {number}") for number in range(CLERKS)]
    for _ in range(ROUNDS):
        work = [asyncio.create_task(clerk.work()) for clerk in clerks]
        await asyncio.sleep(random.uniform(0.3, 0.9))
        await server.kill()
        await asyncio.gather(*work)
        await server.start()
        cameras = (await http.get("cameras")).json
        for clerk in clerks:
            clerk.check(cameras)
    writes = sum(clerk.writes for clerk in clerks)
    print(f"{writes} acknowledged writes, {ROUNDS} times kill -9")
    assert writes > 20
