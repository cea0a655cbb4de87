"""socstream, with two ways to make it stand still from outside. For `ServerProcess(module=MODULE)`.

STAND_STILL  for how many seconds
SIGUSR1      only the event loop: Python's other threads go on
SIGUSR2      all of Python: a call into C keeps the interpreter's lock
"""

import ctypes
import os
import signal
import sys
import time

from socstream.__main__ import main

MODULE = "tests.rigs.standing_still"

LOOP = signal.SIGUSR1
INTERPRETER = signal.SIGUSR2


def _keep_the_lock(seconds: int) -> None:
    # PyDLL, unlike CDLL, keeps the lock. `sleep` tells what is left when a signal ends it: uvloop has one for
    # each child that ends.
    while seconds:
        seconds = ctypes.PyDLL(None).sleep(seconds)


if __name__ == "__main__":
    seconds = int(os.environ["STAND_STILL"])
    signal.signal(LOOP, lambda *_: time.sleep(seconds))
    signal.signal(INTERPRETER, lambda *_: _keep_the_lock(seconds))
    sys.exit(main())
