"""How gunicorn serves, in `appeals up` and in the image alike; the address comes by `-b`."""

import ctypes
import gc

from gunicorn.workers.base import Worker

from appeals.operations.built_files import check_built_files
from appeals.operations.supervision import CannotStart
from appeals.settings import Settings

M_ARENA_MAX = -8
"""The number by which glibc's `mallopt` knows how many heaps a process may have."""

# Here, in the master: a worker that cannot start would be tried again.
Settings.or_exit()
try:
    check_built_files()
except CannotStart as why:
    raise SystemExit(str(why)) from None

wsgi_app = "appeals.web.app:create_app()"
workers = 2
worker_class = "appeals.operations.paced_worker.PacedWorker"  # threads; slow clients are sent away
threads = 32  # most wait: for a slow client, a photo, a lock; a page that needs none finds one free
timeout = 30
graceful_timeout = 10
keepalive = 5
max_requests = 20_000  # a leak never grows beyond this
max_requests_jitter = 2_000
control_socket_disable = True


allocator = ctypes.CDLL(None)
if hasattr(allocator, "mallopt"):  # glibc: else every thread keeps a heap, 7 MB in all, of its own
    allocator.mallopt(M_ARENA_MAX, 1)  # here, in the master: workers inherit it


def post_worker_init(worker: Worker) -> None:
    """Leave what a worker has loaded out of every later collection of garbage."""
    del worker
    gc.collect()
    gc.freeze()
