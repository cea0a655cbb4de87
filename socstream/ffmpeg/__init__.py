"""HOW IT IS MADE: everything that knows FFmpeg, from finding it to reading its last words.

binary     find it, its version, and whether it has what we need
command    every flag, and the ffconcat script that hides the URL
tap        what it writes beside the segments, read without fail
process    one child, from spawn to reaped
diagnosis  what its stderr says, redacted, as a failure of the closed set
probe      what a camera sends, without keeping it
still      one picture out of one keyframe
"""
