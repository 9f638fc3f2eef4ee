"""The lessons in a terminal: `python -m lessons` lists them, `python -m lessons basic --store NAME` walks one on a store."""

import os
import signal
import sys
import threading

READER_ENDED = 141
"""The exit status when nothing reads the output any more, the same as in a shell: 128 plus the number of SIGPIPE."""

if __name__ == "__main__":
    # Python has None for an output that the caller has closed, as in `2>&-`. A write to it would end in status 1: findings.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the imports are done, Ctrl+C ends the process at once
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
        # The program that reads the output has ended, as `head` does. The rest of the output is thrown away.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = READER_ENDED
    if sys.argv[1:2] == ["contract"] and any(not thread.daemon for thread in threading.enumerate()[1:]):
        # A wrong class can leave a thread that never ends, and Python would wait for it.
        sys.stdout.flush()
        os._exit(status)
    sys.exit(status)
