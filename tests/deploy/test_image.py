"""The builder of `make image` does what each line of the Dockerfile says, or refuses it."""

from pathlib import Path

import pytest

from tests.deploy.image_build import ROOT, CannotBuild, build, instructions

KNOWN = {"FROM", "RUN", "COPY", "WORKDIR", "ENV", "USER", "VOLUME", "EXPOSE", "CMD"}
SMALL = """
FROM python:3.13-slim AS first
WORKDIR /app
RUN mkdir -p /venv && echo one > /venv/file
FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH
WORKDIR /app
COPY --from=first /venv /venv
COPY kept more/
RUN apt-get install -y nothing
RUN test "$(cat /venv/file)" = one \\
    && cp more/kept copied
CMD ["gunicorn", "-b", "0.0.0.0:8000"]
"""


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "kept").write_text("kept")
    return tmp_path / "context"


def test_every_instruction_of_our_dockerfile_is_known() -> None:
    assert {word for word, _ in instructions((ROOT / "Dockerfile").read_text("utf-8"))} <= KNOWN


def test_lines_run_in_the_folder_of_their_stage(context: Path, tmp_path: Path) -> None:
    stage = build(SMALL, context, tmp_path / "stages")
    assert (stage.root / "app" / "copied").read_text() == "kept"
    assert stage.command == ["gunicorn", "-b", "0.0.0.0:8000"]
    assert stage.variables()["PATH"].startswith(f"{stage.root}/venv/bin:")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("RUN false", "ended with 1"),
        ("COPY nowhere .", "no such file"),
        ("ADD kept .", "does not know ADD"),
    ],
)
def test_a_line_that_cannot_be_executed_stops_the_build(
    context: Path, tmp_path: Path, line: str, why: str
) -> None:
    with pytest.raises(CannotBuild, match=why):
        build(f"FROM python:3.13-slim\n{line}\n", context, tmp_path / "stages")
