"""socstream that takes steps back after a second, not a minute. For `ServerProcess(module=MODULE)`."""

import sys

from socstream.__main__ import main
from socstream.ops import space

MODULE = "tests.engine.impatient"

if __name__ == "__main__":
    space._CALM = (1.0, 4.0)
    sys.exit(main())
