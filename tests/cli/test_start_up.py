"""A start with a wrong setting says which one, in one sentence, and stops (Reliability 3)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from appeals.cli import LateGroup
from tests.conftest import free_port

ROOT = Path(__file__).parents[2]
APPEALS = (str(Path(sys.executable).with_name("appeals")),)
NOBODY = "postgresql://appeals:not-to-be-shown@127.0.0.1:1/appeals"
GOOD = {
    "APPEALS_DATABASE_URL": NOBODY,
    "APPEALS_REDIS_URL": "redis://127.0.0.1:1/0",
    "APPEALS_SECRET_KEY": "only for the tests: forty characters long",
}
WRONG = {
    "short secret key": ("APPEALS_SECRET_KEY", "too short", "at least 32 bytes"),
    "example of a secret key": ("APPEALS_SECRET_KEY", "changeme" * 6, "must be random"),
    "database of another kind": ("APPEALS_DATABASE_URL", "mysql://127.0.0.1/x", "postgresql://"),
    "database with a wrong port": ("APPEALS_DATABASE_URL", "postgresql://h:x/y", "be a number"),
    "unreachable database": ("APPEALS_DATABASE_URL", NOBODY, "does not serve"),
    "owner's database of another kind": (
        "APPEALS_OWNER_DATABASE_URL",
        "mysql://127.0.0.1/x",
        "postgresql://",
    ),
    "seals to no address": ("APPEALS_SEAL_MAIL", "the keeper", "an e-mail address"),
    "redis of another kind": ("APPEALS_REDIS_URL", "http://127.0.0.1:6379", "redis://"),
    "redis without a host": ("APPEALS_REDIS_URL", "redis:///0", "must name a host"),
    "port that is none": ("APPEALS_PORT", "80000", "from 1 to 65535"),
    "mail server without a scheme": ("APPEALS_SMTP_URL", "mail.example.org:25", "smtp://"),
    "mail server without a host": ("APPEALS_SMTP_URL", "smtp://:25", "must name a host"),
    "sender of text messages too long": (
        "APPEALS_SMS_SENDER",
        "市民诉求中心服务热线台",
        "at most 10",
    ),
    "sender with brackets": ("APPEALS_SMS_SENDER", "【12345】", "no brackets"),
    "gateway without a key": ("APPEALS_SMS_URL", "https://sms.example.org", "the gateway's key"),
    "reports to no address": ("APPEALS_SECURITY_CONTACT", "the desk", "mailto:"),
    "address without a scheme": ("APPEALS_BASE_URL", "appeals.example.org", "https://"),
    "address with a query": ("APPEALS_BASE_URL", "https://example.org/?a=1", "a path at most"),
    "data in what is no folder": ("APPEALS_DATA_DIR", "/dev/null/data", "must be a folder"),
    "campaign without a name": ("APPEALS_CAMPAIGN_NAME_ZH", " ", "one line of text"),
    "site code of nine digits": ("APPEALS_SITE_CODE", "370200001", "ten digits"),
    "ICP number without its province": ("APPEALS_ICP_NUMBER", "ICP备05000000号", "an ICP number"),
    "number of no police": ("APPEALS_POLICE_NUMBER", "公网安备 1号", "a number of the police"),
    "telephone in words": ("APPEALS_TELEPHONE", "call us", "a telephone number"),
    "campaign on two lines": ("APPEALS_CAMPAIGN_NAME_EN", "Two\nlines", "one line of text"),
}


def run_command(
    command: tuple[str, ...], folder: Path, **settings: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command in an environment that has only these settings of ours."""
    inherited = {name: text for name, text in os.environ.items() if name[:8] != "APPEALS_"}
    return subprocess.run(
        command,
        env={**inherited, "APPEALS_DATA_DIR": str(folder), **settings},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def refusal(done: "subprocess.CompletedProcess[str]", code: int = 1) -> str:
    """Give the one sentence of a refusal on standard error."""
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert "Traceback" not in done.stderr
    assert "not-to-be-shown" not in done.stderr
    return done.stderr.strip()


STARTED_BELOW = {"backup", "import", "report", "staff", "up", "verify"}


@pytest.mark.parametrize("command", sorted(LateGroup.command_paths.keys() - STARTED_BELOW))
def test_each_command_starts_by_itself(command: str, tmp_path: Path) -> None:
    """Elsewhere the tests fork commands from a process that has loaded all of them."""
    done = run_command((*APPEALS, command, "--help"), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: appeals {command} ")


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_setting_is_named(what: str, tmp_path: Path) -> None:
    name, value, why = WRONG[what]
    settings = {**GOOD, "APPEALS_PORT": str(free_port()), name: value}
    sentence = refusal(run_command((*APPEALS, "up"), tmp_path, **settings))
    assert len(sentence.splitlines()) == 1
    assert name in sentence
    assert why in sentence


PROCESSES = {
    "web": ("-m", "gunicorn", "-c", "deploy/gunicorn.py", "-b", "127.0.0.1:1"),
    "worker": ("-m", "celery", "-A", "worker.app", "worker"),
    "beat": ("-m", "celery", "-A", "worker.app", "beat"),
    "migrations": ("-m", "alembic", "upgrade", "head"),
}


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("missing", GOOD)
def test_each_process_refuses_to_start_without_a_setting(
    process: str, missing: str, tmp_path: Path
) -> None:
    settings = {name: value for name, value in GOOD.items() if name != missing}
    done = run_command((sys.executable, *PROCESSES[process]), tmp_path, **settings)
    assert refusal(done) == f"The setting {missing} is missing."


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "secret-key").mkdir(mode=0o700)
    engines = {name: GOOD[name] for name in GOOD if name != "APPEALS_SECRET_KEY"}
    sentence = refusal(run_command((*APPEALS, "verify"), tmp_path, **engines))
    assert sentence == f"{tmp_path / 'secret-key'} cannot be used: Is a directory"


def test_a_secret_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    kept = tmp_path / "secret-key"
    kept.write_text("a key that was copied here with cp, and so is for all to read")
    kept.chmod(0o644)
    engines = {name: GOOD[name] for name in GOOD if name != "APPEALS_SECRET_KEY"}
    sentence = refusal(run_command((*APPEALS, "verify"), tmp_path, **engines))
    assert f"The file {kept}, which holds APPEALS_SECRET_KEY, can be read by others" in sentence


@pytest.mark.parametrize(
    "command", [("verify",), ("report", "verify"), ("staff", "add", "zhao", "--role", "operator")]
)
def test_a_command_whose_database_is_away_says_so(command: tuple[str, ...], tmp_path: Path) -> None:
    sentence = refusal(run_command((*APPEALS, *command), tmp_path, **GOOD))
    assert sentence.startswith("The database (APPEALS_DATABASE_URL) does not serve: ")


@pytest.mark.parametrize(
    ("words", "about"),
    [
        (("up", "--port", "0"), "--port"),
        (("import", "nowhere.csv", "--mapping", "messages.toml"), "nowhere.csv"),
        (("report", "compile", "March"), "PERIOD"),
        (("backup", "/nowhere/at/all/archive"), "no folder /nowhere/at/all"),
    ],
)
def test_wrong_usage_is_another_matter(words: tuple[str, ...], about: str, tmp_path: Path) -> None:
    assert about in refusal(run_command((*APPEALS, *words), tmp_path, **GOOD), code=2)
