"""WHAT STANDS IN: virtual RTSP cameras, with faults to order; for `demo`, the tests and the bench.

camera    VirtualCamera: one port, its sessions, its orders; begin here
faults    everything that can be ordered
media     Spec and Media: what a camera plays, payloaded once and shared
prepare   FFmpeg encodes what we draw, once for each Spec
picture   frames with a name, a running clock and something that moves; and the clock read back
font      a 5x7 dot font
port      a TCP port that can refuse, or not answer, and keeps its number
session   RTSP with one client
messages  its requests and answers as text
auth      Basic and Digest, really checked
sdp       what DESCRIBE answers
sender    media into one connection
pace      which unit is due when, in step with the clock
rtp       payload formats, time stamps, sender reports
device    what all sessions of one camera share
"""
