"""What `appeals --version` and `appeals --help` print."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import click
from click.testing import CliRunner

from appeals.cli import LateGroup
from appeals.cli import appeals as whole

APPEALS = str(Path(sys.executable).with_name("appeals"))
NAMES = {
    "": (
        "backup calendar clock config demo due erase import prepare reindex repair report restore "
        "seal simulate staff up verify"
    ),
    "calendar": "import show",
    "config": "export import",
    "clock": "accept",
    "report": "check compile publish review show verify",
    "staff": "add disable password reset-factor role",
}
"""Of `appeals` itself, and of each group."""


def list_commands(group: str) -> dict[str, str]:
    """Return the commands of a group with what its help says of each."""
    shown = CliRunner().invoke(whole, [*group.split(), "--help"], prog_name="appeals").stdout
    lines = shown.split("Commands:\n")[1].splitlines()
    return dict(line.split(maxsplit=1) for line in lines)


def test_the_version_is_that_of_the_package() -> None:
    done = subprocess.run([APPEALS, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"appeals {version('appeals')}\n"


def test_every_group_is_looked_at() -> None:
    assert isinstance(whole, LateGroup)
    context = click.Context(whole)
    commands = {name: whole.get_command(context, name) for name in whole.list_commands(context)}
    groups = {name for name, command in commands.items() if isinstance(command, click.Group)}
    assert groups == {*NAMES} - {""}


def test_commands_keep_their_names_and_say_in_a_whole_sentence_what_they_do() -> None:
    listed = {group: list_commands(group) for group in NAMES}
    assert {group: " ".join(lines) for group, lines in listed.items()} == NAMES
    sentences = [sentence for lines in listed.values() for sentence in lines.values()]
    assert [each for each in sentences if each.endswith("...") or not each.endswith(".")] == []
