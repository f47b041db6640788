"""`python -m desktop` is the command `xiangce`."""

from __future__ import annotations

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()  # child processes of an installed bundle start here too
    from desktop.app.cli import main

    sys.exit(main())
