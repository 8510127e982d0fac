"""Builds the image without Docker, starts what was built, and asks it for a page.

`python -m tests.deploy.image_build`, run by `.ci/run`. The Dockerfile's own RUN and COPY lines are
executed on the files that git knows, each stage in a folder of its own that stands for its root;
paths of the image are rewritten to lie in it. What the machine lacks is left out: packages of
Debian, accounts, the stages of other images, Node (the theme is the one of `make assets`).
The tree then runs on the packages of the production lock alone.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from appeals.operations.engines import embedded_engines
from appeals.operations.supervision import Program, Supervisor, wait_until
from tests.conftest import free_port

ROOT = Path(__file__).parents[2]
OURS = "python:"
"""Stages of this image are run here; those of any other are left out."""
LEFT_OUT = ("apt-get", "ldconfig", "useradd")
"""First words of the RUN lines that would change the machine."""
IMAGE_PATHS = ("/app", "/venv", "/data", "/usr/local/bin")
NO_EFFECT = {"USER", "VOLUME", "EXPOSE"}
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
CITY_NAME = "市民诉求"
LEFT_OUT_COMMANDS = (
    ["appeals", "demo"],
    ["appeals", "simulate", "--from", "2020-01-01", "--to", "2020-02-01", "--appeals", "10"],
)
NOT_IN_IMAGE = "Made-up appeals are not part of the production image"


class CannotBuild(Exception):  # noqa: N818 - one sentence for whoever builds
    """A line of the Dockerfile cannot be executed."""


@dataclass
class Stage:
    """One stage: the folder that stands for its root, and what its lines have set so far."""

    root: Path
    is_ours: bool
    folder: str = "/"
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": SYSTEM_PATH})
    command: list[str] = field(default_factory=list)

    def here(self, text: str) -> str:
        """Rewrite the image's absolute paths to lie in this stage's folder."""
        paths = "|".join(map(re.escape, IMAGE_PATHS))
        return re.sub(rf"(?<![\w./-])({paths})(?=[/\s:=]|$)", rf"{self.root}\1", text)

    def place(self, path: str) -> Path:
        """Return where a path of the image lies; a relative one is in the working folder."""
        return self.root / str(Path(self.folder) / path).lstrip("/")

    def variables(self) -> dict[str, str]:
        """Return the environment of what runs in the stage; our own Python goes before others."""
        path = f"{self.here(self.environment['PATH'])}:{Path(sys.executable).parent}"
        kept = {name: os.environ[name] for name in os.environ if name.startswith("PIP_")}
        fixed = {"HOME": str(self.root), "PIP_QUIET": "1"}
        return {**kept, **fixed, **self.environment_here(), "PATH": path}

    def environment_here(self) -> dict[str, str]:
        """Return the ENV of the stage with its paths rewritten."""
        return {name: self.here(value) for name, value in self.environment.items()}


def instructions(dockerfile: str) -> Iterator[tuple[str, str]]:
    """Yield each instruction and its arguments; lines that go on are joined, comments dropped."""
    lines = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word, rest.strip()


def build(dockerfile: str, context: Path, under: Path) -> Stage:
    """Execute every line and return the last stage. Raises `CannotBuild`."""
    stages: dict[str, Stage] = {}
    stage: Stage | None = None
    for word, rest in instructions(dockerfile):
        if word == "FROM":
            image, _, name = rest.partition(" AS ")
            name = name or str(len(stages))
            stage = stages[name] = Stage(under / name, image.startswith(OURS))
            stage.place("/").mkdir(parents=True)
        elif stage is None:
            raise CannotBuild(f"{word} stands before FROM.")
        elif stage.is_ours:
            execute(word, rest, stage, stages, context)
    if stage is None:
        raise CannotBuild("The Dockerfile has no FROM.")
    return stage


def execute(word: str, rest: str, stage: Stage, stages: dict[str, Stage], context: Path) -> None:
    """Execute one line in its stage."""
    if word == "RUN":
        run_line(rest, stage)
    elif word == "COPY":
        copy(shlex.split(rest), stage, stages, context)
    elif word == "WORKDIR":
        stage.folder = str(Path(stage.folder) / rest)
        stage.place(".").mkdir(parents=True, exist_ok=True)
    elif word == "ENV":
        for pair in shlex.split(rest):
            name, _, value = pair.partition("=")
            stage.environment[name] = value.replace(f"${name}", stage.environment.get(name, ""))
    elif word == "CMD":
        stage.command = json.loads(rest)
    elif word not in NO_EFFECT:
        raise CannotBuild(f"This builder does not know {word}.")


def run_line(command: str, stage: Stage) -> None:
    """Execute a RUN line; what it says goes to our own output."""
    if command.split(maxsplit=1)[0] in LEFT_OUT:
        print(f"left out: RUN {command}", flush=True)
        return
    print(f"RUN {command}", flush=True)
    stage.place("/usr/local/bin").mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["/bin/sh", "-c", stage.here(command)],
        cwd=stage.place("."),
        env=stage.variables(),
        check=False,
    )
    if done.returncode:
        raise CannotBuild(f"RUN {command} ended with {done.returncode}.")


def copy(words: list[str], stage: Stage, stages: dict[str, Stage], context: Path) -> None:
    """Execute a COPY line: from the context, from another of our stages, or leave it out."""
    source = context
    if words[0].startswith("--from="):
        name = words.pop(0).removeprefix("--from=")
        if name not in stages:
            print(f"left out: COPY from {name}", flush=True)
            return
        source = stages[name].root if stages[name].is_ours else context
    *paths, target = words
    for path in paths:
        # Of a stage that was left out we take what the context has in the same place.
        found = source / re.sub(r"^/app/" if source == context else r"^/", "", path)
        if not found.exists():
            raise CannotBuild(f"COPY {path}: there is no such file in the build.")
        place = stage.place(target)
        if found.is_dir():
            shutil.copytree(found, place, symlinks=True, dirs_exist_ok=True)
        else:
            into = place / found.name if target.endswith((".", "/")) else place
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, into)


def context_of(root: Path, folder: Path) -> Path:
    """Copy what git knows and .dockerignore does not name, and the theme that Node would build."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True
    )
    ignored = list_ignored_paths((root / ".dockerignore").read_text("utf-8"))
    for name in filter(None, listed.stdout.split("\0")):
        if (root / name).is_file() and not is_within(name, ignored):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, folder / name)
    shutil.copytree(root / "static" / "build", folder / "static" / "build")
    return folder


def list_ignored_paths(dockerignore: str) -> list[str]:
    """Return the paths that .dockerignore leaves out; of patterns, git knows no file anyway."""
    lines = [line.strip() for line in dockerignore.splitlines()]
    return [line for line in lines if line and not line.startswith(("#", "**/"))]


def is_within(name: str, paths: Iterable[str]) -> bool:
    """Return whether a file is one of the paths or below one."""
    return any(name == path or name.startswith(f"{path}/") for path in paths)


@contextmanager
def engines(folder: Path) -> Iterator[tuple[Supervisor, dict[str, str]]]:
    """Give the embedded engines, which stand in for the servers of a machine room."""
    supervisor = Supervisor()
    folder.mkdir()
    try:
        yield (
            supervisor,
            {
                "APPEALS_DATABASE_URL": embedded_engines.start_engine(
                    supervisor, embedded_engines.prepare_postgres(folder)
                ),
                "APPEALS_REDIS_URL": embedded_engines.start_engine(
                    supervisor, embedded_engines.prepare_valkey(folder)
                ),
                "APPEALS_SECRET_KEY": "only for this build: forty characters long",
            },
        )
    finally:
        supervisor.stop()


def page_of(stage: Stage, folder: Path) -> str:
    """Migrate a database with the built tree, serve it by its CMD, and return the first page."""
    with engines(folder) as (supervisor, settings):
        environment = stage.variables() | settings
        for command in (["appeals", "prepare"], ["python", "-c", "import worker.tasks"]):
            subprocess.run(
                ["/usr/bin/env", *command], cwd=stage.place("."), env=environment, check=True
            )
        for command in LEFT_OUT_COMMANDS:
            check_left_out(command, stage, environment)
        port = free_port()
        command = [word.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for word in stage.command]
        program = Program("web", ("/usr/bin/env", *command), environment, folder=stage.place("."))
        page = Page(f"http://127.0.0.1:{port}/")
        wait_until(page.answers, supervisor.start(program), seconds=120)
        return page.text


def check_left_out(command: list[str], stage: Stage, environment: dict[str, str]) -> None:
    """Check that a command that is not in the image says so. Raises `CannotBuild`."""
    done = subprocess.run(
        ["/usr/bin/env", *command],
        cwd=stage.place("."),
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 1 or not done.stderr.startswith(NOT_IN_IMAGE):
        raise CannotBuild(f"{' '.join(command)} said: {done.stderr}")


@dataclass
class Page:
    """One page of the website, once it answers."""

    address: str
    text: str = ""

    def answers(self) -> bool:
        """Ask for it in Chinese; keep its text."""
        asked = urllib.request.Request(self.address, headers={"Accept-Language": "zh"})
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                self.text = answer.read().decode()
        except OSError:
            return False
        return True


def main() -> int:
    """Build, start, ask; 0 when the page came, in Chinese."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="appeals-image-") as name:
        under = Path(name)
        under.chmod(0o755)  # PostgreSQL may run as another account
        context = context_of(ROOT, under / "context")
        try:
            stage = build((ROOT / "Dockerfile").read_text("utf-8"), context, under / "stages")
            page = page_of(stage, under / "data")
        except CannotBuild as why:
            print(f"The image cannot be built: {why}", file=sys.stderr)
            return 1
    if CITY_NAME not in page or "提交" not in page:
        print("The image's first page is not in Chinese.", file=sys.stderr)
        return 1
    print(f"image built, started and asked for a page in {time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
