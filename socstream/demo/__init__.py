"""WHAT STANDS IN: virtual RTSP cameras, with faults to order; for `demo`, the tests and the bench.

font      a 5x7 dot font
picture   frames with a name, a running clock and something that moves; and the clock read back
media     what a camera plays: access units and parameter sets, payloaded once
prepare   FFmpeg encodes what we draw, once for each Spec
rtp       payload formats, time stamps, sender reports
sdp       what DESCRIBE answers
auth      Basic and Digest, really checked
faults    everything that can be ordered
sender    media into one connection, in step with the clock
session   RTSP with one client
camera    VirtualCamera: the port, its sessions, its orders
"""
