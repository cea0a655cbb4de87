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

if __name__ == "__main__":
    seconds = int(os.environ["STAND_STILL"])
    signal.signal(LOOP, lambda *_: time.sleep(seconds))
    # PyDLL, unlike CDLL, keeps the lock. Any other signal would end this sleep.
    signal.signal(INTERPRETER, lambda *_: ctypes.PyDLL(None).sleep(seconds))
    sys.exit(main())
