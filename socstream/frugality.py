"""How much memory the C library keeps for us: no more than is good for a small box."""

import ctypes

_M_ARENA_MAX = -8  # malloc.h
_ARENAS = 2
"""Pools of free memory. glibc would have one for each of our threads: 85 MB resident instead of 65."""


def keep_little() -> None:
    """To be called before there are threads; does nothing where the C library is not glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)
