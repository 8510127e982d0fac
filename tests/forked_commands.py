"""Commands as real processes without a start each: a process with all modules loaded forks them.

A start of `appeals` imports for a second. The server here, one for each process of the tests, has
imported everything, has no thread and no connection, and forks twice for each command: the inner
process becomes the command, with arguments, environment, folder, standard files and signals of
its own; the outer one waits for it and reports how it ended.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from appeals.cli import LateGroup

ROOT = Path(__file__).resolve().parents[1]
APPEALS = str(Path(sys.executable).with_name("appeals"))
MAX_REQUEST_BYTES = 200_000
LIBRARIES = ("celery", "celery.signals", "redis", "alembic.command", "flask", "jinja2.ext")
"""What modules import that read settings while they are imported, so that they cannot be loaded."""


def run_appeals(*words: str, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run `appeals …` in the project's folder, as `subprocess.run` would."""
    return _run_forked([APPEALS, *words], environment)


def run_program(program: str, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run `python -c …` in the project's folder, as `subprocess.run` would."""
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(program)
        file.flush()
        return _run_forked([file.name], environment)


def _run_forked(
    arguments: list[str], environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    request = json.dumps([arguments, dict(environment)]).encode()
    assert len(request) < MAX_REQUEST_BYTES
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asking,
        Path(os.devnull).open() as nothing,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        asking.connect(_server())
        socket.send_fds(asking, [request], [nothing.fileno(), out.fileno(), err.fileno()])
        answer = asking.recv(100)
        assert answer, "the server of commands ended"
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    code = os.waitstatus_to_exitcode(int(answer))
    return subprocess.CompletedProcess(arguments, code, *texts)


@cache
def _server() -> str:
    """Start the server and return its address; it ends with this process."""
    address = f"\0appeals-commands-{os.getpid()}"
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listening.bind(address)
    listening.listen()
    server = subprocess.Popen(
        [sys.executable, "-c", f"from {__name__} import serve; serve({listening.fileno()})"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        pass_fds=[listening.fileno()],
    )
    listening.close()
    atexit.register(server.communicate)
    return address


def serve(handle: int) -> None:
    """Load all commands, then fork one for each request until standard input ends.

    Returns in the server alone and, in a forked process, when its command has ended.
    """
    _load_modules()
    with socket.socket(fileno=handle) as listening:
        while listening in select.select([listening, sys.stdin], [], [])[0]:
            connection, _ = listening.accept()
            if os.fork() == 0:
                break
            connection.close()
            _reap_processes()
        else:
            _reap_processes()
            return
    request, handles, _, _ = socket.recv_fds(connection, MAX_REQUEST_BYTES, 3)
    command = os.fork()
    if command:
        _, status = os.waitpid(command, 0)
        connection.send(str(status).encode())
        os._exit(0)
    connection.close()
    arguments, environment = json.loads(request)
    _become_command(arguments, environment, handles)


def _reap_processes() -> None:
    """Collect the outer processes that have ended, with the processor time that they took."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _load_modules() -> None:
    for place in LateGroup.command_paths.values():
        importlib.import_module(place.split(":")[0])
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.freeze()


def _become_command(arguments: list[str], environment: dict[str, str], handles: list[int]) -> None:
    """Be the command: what it raises ends this process as it ends any other."""
    for place, handle in enumerate(handles):
        os.dup2(handle, place)
        os.close(handle)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv = arguments
    runpy.run_path(arguments[0], run_name="__main__")
