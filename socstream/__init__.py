"""socstream: IP cameras as live pictures that never lie.

An operator's wish (a camera) is stored; a stream's condition exists only in memory. One asyncio task per
camera turns the first into the second: it runs FFmpeg, watches the playlist that FFmpeg writes, and restarts
it with growing pauses. Handlers read memory and files, and may only wish.

clock, config   time as an argument; every setting
redaction, logs what must never be told; log lines without it, and without endless repeats
turn            writes one after the other, each to its end
model           what is true: plain values and the rules between them
hls             where it is kept: names, playlists, the timeline, the disk
live            what is happening now: access units, the current group of pictures, fan-out
ffmpeg          how it is made: flags, one child process, what its words mean
supervision     who keeps it alive: a worker for each camera, the supervisor
board           what every stream is doing now
store           what is remembered: SQLite
cameras         the wanted set: store first, then supervise
walls           what people arranged and share
events          what changed: WebSocket clients, alerts, the ledger of outages
audit           who did what: written behind, in a chain
pictures        the newest JPEG of each camera
gateway         cameras that somebody else turns into HLS
access          who may do what: users, passwords, tokens, grants
api             who asks: every URL in one table
ops             who looks after us
ui              what is seen: the page, and the hook that builds it
demo            what stands in: virtual cameras with faults to order
foreign         what files of other programs say of cameras, for transfer
app             the composition root, with engine, entrance and upkeep; footing, stopping, frugality,
                demo_wall, probing, user_commands, store_commands and __main__ stand beside it

`tests/test_rooms.py` holds who may import whom. Nothing is imported here: the build reads this file.
"""

__version__ = "0.1.0"
