"""The lessons in a terminal: `python -m lessons` lists them, `python -m lessons basic --store NAME` walks one on a store."""

import sys

from lessons.terminal.command_line import main

if __name__ == "__main__":
    sys.exit(main())
