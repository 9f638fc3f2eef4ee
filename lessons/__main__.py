"""The lessons in a terminal: `python -m lessons` lists them, `python -m lessons basic --store NAME` walks one on a store."""

import os
import signal
import sys
import threading

READER_ENDED = 141
"""The exit status of a command whose output is no longer read, which shells give it too: 128 and the number of SIGPIPE."""

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends the process, until the next line has loaded what says Stopped
    from lessons.terminal.command_line import main
    from lessons.terminal.ctrl_c import STOPPED

    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        try:
            status = main()
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        status = STOPPED
    except BrokenPipeError:
        # What reads the output has ended, as `head` does: the rest goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = READER_ENDED
    if sys.argv[1:2] == ["contract"] and any(not thread.daemon for thread in threading.enumerate()[1:]):
        # A wrong class can leave a thread that never ends, and Python would wait for it.
        sys.stdout.flush()
        os._exit(status)
    sys.exit(status)
