"""The settings of gunicorn: what its workers inherit."""

import subprocess
import sys
from pathlib import Path

from appeals.operations.built_files import ROOT
from appeals.settings import Settings

HEAPS = """
import ctypes, runpy, sys, threading
runpy.run_path("deploy/gunicorn.py")
library, both = ctypes.CDLL(None), threading.Barrier(4)
library.fopen.restype = ctypes.c_void_p

def work():
    both.wait()
    library.malloc(1000)
    both.wait()

threads = [threading.Thread(target=work) for _ in range(4)]
for each in threads:
    each.start()
for each in threads:
    each.join()
if hasattr(library, "malloc_info"):
    written = ctypes.c_void_p(library.fopen(sys.argv[1].encode(), b"w"))
    library.malloc_info(0, written)
    library.fclose(written)
"""
"""Lets four threads take memory at once and writes what heaps there are (glibc tells it)."""


def test_the_threads_of_a_worker_share_one_heap(settings: Settings, tmp_path: Path) -> None:
    told = tmp_path / "heaps"
    subprocess.run(
        [sys.executable, "-c", HEAPS, str(told)],
        env=settings.for_children(),
        cwd=ROOT,
        check=True,
    )
    heaps = told.read_text().count("<heap nr=") if told.exists() else 1
    assert heaps == 1
