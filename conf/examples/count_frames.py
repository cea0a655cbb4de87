"""Count the frames of one camera at the live edge, and tell how old each is when it comes.

    SOCSTREAM_TOKEN=… python count_frames.py http://127.0.0.1:8000 CAMERA_ID [SECONDS]

Needs aiohttp, and a clock that agrees with the server's.
"""

import asyncio
import json
import os
import struct
import sys
import time
from statistics import median

import aiohttp

HEADER = struct.Struct(">HBBdd")  # stream, kind, flags, arrival, presentation
CONFIGURATION, KEYFRAME, OTHER = 0, 1, 2


async def count(server: str, camera_id: str, seconds: float, token: str) -> None:
    """Print what came of so many seconds of the camera's own time, from the first picture of now on."""
    url = f"{server}/api/security-operations/live"
    kinds, ages, until = {KEYFRAME: 0, OTHER: 0}, [], None
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
        session.ws_connect(url, max_msg_size=0) as socket,
    ):
        await socket.send_json({"type": "sub", "camera_id": camera_id, "form": "units"})
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                told = json.loads(message.data)
                print(told["type"], told.get("message", ""), flush=True)
                if told["type"] in ("refused", "unavailable", "overloaded"):
                    sys.exit(1)
                continue
            _, kind, _, arrived, shown = HEADER.unpack_from(message.data)
            age = time.time() - arrived / 1000
            if kind == CONFIGURATION or (until is None and age > 0.1):
                continue  # of the current group: what came before we did
            until = until or shown + 1000 * seconds
            if shown >= until:
                break
            kinds[kind] += 1
            ages.append(age)
    print(f"{len(ages)} frames in {seconds:g} s, {kinds[KEYFRAME]} of them keyframes")
    print(f"age: median {1000 * median(ages):.1f} ms, oldest {1000 * max(ages):.1f} ms")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    duration = float(sys.argv[3]) if len(sys.argv) == 4 else 5.0
    asyncio.run(count(sys.argv[1].rstrip("/"), sys.argv[2], duration, os.environ["SOCSTREAM_TOKEN"]))
