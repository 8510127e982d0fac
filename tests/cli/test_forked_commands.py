"""What the tests' own server forks is a process of its own, as a start would make it."""

import os
import signal
import subprocess

from tests.forked_commands import APPEALS, ROOT, run_appeals, run_program


def test_a_forked_command_says_and_ends_as_a_started_one() -> None:
    for words in (("--help",), ("verify", "--nonsense"), ("report", "compile", "March")):
        started = subprocess.run(
            [APPEALS, *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
        forked = run_appeals(*words, environment=os.environ)
        assert (forked.args, forked.returncode) == (started.args, started.returncode)
        assert (forked.stdout, forked.stderr) == (started.stdout, started.stderr)


def test_a_forked_program_has_its_own_environment_folder_input_and_number() -> None:
    told = "import os, sys; print([*os.environ], os.getcwd(), repr(sys.stdin.read()), os.getpid())"
    first, second = (run_program(told, {"ONLY": "this"}).stdout.split() for _ in range(2))
    assert first[:-1] == second[:-1] == ["['ONLY']", str(ROOT), "''"]
    assert len({first[-1], second[-1], str(os.getpid())}) == 3


def test_a_forked_program_that_is_killed_or_fails_says_how() -> None:
    killed = run_program("import os; os.kill(os.getpid(), 9)", os.environ)
    assert killed.returncode == -signal.SIGKILL
    failed = run_program("raise ValueError('a reason')", os.environ)
    assert (failed.returncode, failed.stderr.splitlines()[-1]) == (1, "ValueError: a reason")
