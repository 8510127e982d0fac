"""What a process of a pool does when it starts (`concurrent.futures`, spawned)."""

import os
import signal
from multiprocessing import parent_process
from threading import Thread


def follow_parent() -> None:
    """Leave Ctrl-C to the parent, which ends its pool, and end when the parent dies.

    A killed parent closes no pool, and its processes would wait for work for ever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
