"""A process of a lane: `python -m lrtui.engine.worker DESCRIPTOR`. It trains what it is told.

It is told through a socket, and ends when nobody is at the other end.
"""

import os
import signal
import sys
import threading
from multiprocessing.connection import Connection

LOOK_SECONDS = 0.2
"""So often it is told how far runs are within their epochs."""


def main() -> None:
    """Work until the other end hangs up."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # the process that started it decides what they mean
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    link = Connection(int(sys.argv[1]))
    from lrtui.engine.workshop import Workshop

    sending = threading.Lock()

    def send(answer: object) -> None:
        with sending:
            try:
                link.send(answer)
            except OSError:  # nobody listens any more
                os._exit(1)

    workshop = Workshop(link.recv(), send)

    def listen() -> None:
        while True:
            try:
                if link.poll(LOOK_SECONDS):
                    workshop.hear(link.recv())
            except (EOFError, OSError):
                os._exit(1)
            workshop.look()

    threading.Thread(target=listen, name="listener", daemon=True).start()
    workshop.work()
    os._exit(0)  # whatever libraries would do at the end is nothing to wait for


if __name__ == "__main__":
    main()
