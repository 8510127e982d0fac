"""What the documents and the project file say stands somewhere, stands there."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from appeals.settings import Settings
from appeals.web.app import create_app

ROOT = Path(__file__).parents[2]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")),
    *(ROOT / "docs").glob("*.md"),
    *DECISIONS,
]
FILE = re.compile(r"`([\w.-][\w./-]*\.(?:py|md|csv|toml|yml|scss|html|txt|sh|conf|lock))\b")
FOLDER = re.compile(r"`([\w.-]+(?:/[\w.-]+)*)/`")
FOLDERS_MADE_WHILE_RUNNING = {"originals", "var"}
FILES_MADE_WHILE_RUNNING = {"erasures.txt"}
NAME_IN_FILE = re.compile(r"`([\w./-]+\.py): (\w+)")
TEST = re.compile(r"`([\w./-]+\.py)::([^`]*)`")
SECURITY = ROOT / "docs" / "security.md"
ASVS_SECTIONS = (5, 4, 7, 4, 4, 8, 6, 4, 2, 7, 7, 3, 4, 3, 4, 5, 3)
"""How many sections each of the 17 chapters of OWASP ASVS 5.0.0 has."""
ASVS_ROW = re.compile(r"^\| (\d+)\.(\d+) [^|]+ \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
WITHOUT_A_TEST = ("Does not apply: ", "Level 3 only", "Open: ")
ROUTE = re.compile(r"`(/[^`\s?]*)")
FOLDERS_OF_A_MACHINE = ("/var/", "/data/", "/archive/", "/srv/")
DECISION = re.compile(r"\b[Dd]ecisions? (\d+)")
FOLDERS = ("appeals", "worker", "tests", "templates", "static", "deploy", "docs", "tools")
FILES = {
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*"), *(each for name in FOLDERS for each in (ROOT / name).rglob("*")))
}


def files_named(name: str) -> list[Path]:
    """Return the files of the project that have this path, or end in it."""
    return [ROOT / path for path in FILES if path == name or path.endswith(f"/{name}")]


def found_in_documents(pattern: re.Pattern[str]) -> set[tuple[str, tuple[str, ...]]]:
    """Return the groups of each place where a pattern matches, with the document's name."""
    return {
        (path.name, match.groups())
        for path in DOCUMENTS
        for match in pattern.finditer(path.read_text("utf-8"))
    }


def paths_of_tree(block: str) -> Iterator[Path]:
    """Yield the path of each line of a drawn tree, two spaces a level."""
    above: list[str] = []
    for line in block.splitlines():
        if match := re.match(r"( *)([\w.]+/?)(?: {2,}|$)", line):
            depth = len(match[1]) // 2
            above[depth:] = [match[2].removesuffix("/")]
            yield ROOT.joinpath(*above)


def test_a_file_that_a_document_names_is_there() -> None:
    named = found_in_documents(FILE)
    assert len(named) > 50
    missing = {each for each in named if not files_named(each[1][0])}
    assert {each for each in missing if each[1][0] not in FILES_MADE_WHILE_RUNNING} == set()


def test_a_folder_that_a_document_names_is_there() -> None:
    named = found_in_documents(FOLDER)
    assert len(named) > 15
    missing = {each for each in named if not any(path.is_dir() for path in files_named(each[1][0]))}
    assert {each for each in missing if each[1][0] not in FOLDERS_MADE_WHILE_RUNNING} == set()


def test_a_name_that_a_document_places_in_a_file_stands_there() -> None:
    placed = found_in_documents(NAME_IN_FILE)
    assert len(placed) > 50
    missing = {
        (document, f"{file}: {name}")
        for document, (file, name) in placed
        if not any(re.search(rf"\b{name}\b", path.read_text("utf-8")) for path in files_named(file))
    }
    assert missing == set()


def test_a_test_that_a_document_names_is_there() -> None:
    named = found_in_documents(TEST)
    assert len(named) > 50
    assert {
        (document, f"{file}::{name}")
        for document, (file, name) in named
        if not (ROOT / file).is_file()
        or not re.search(
            rf"^def {re.escape(name)}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE
        )
    } == set()


def test_every_section_of_asvs_has_a_row_with_a_test_or_the_reason_why_not() -> None:
    rows = ASVS_ROW.findall(SECURITY.read_text("utf-8"))
    assert [(int(chapter), int(section)) for chapter, section, _, _ in rows] == [
        (chapter, section)
        for chapter, count in enumerate(ASVS_SECTIONS, 1)
        for section in range(1, count + 1)
    ]
    assert [
        (chapter, section)
        for chapter, section, how, tests in rows
        if not (TEST.search(tests) or how.startswith(WITHOUT_A_TEST))
    ] == []


def test_a_route_that_a_document_names_is_served(settings: Settings) -> None:
    routes = create_app(settings).url_map.bind("localhost")
    named = {
        (document, route)
        for document, (route,) in found_in_documents(ROUTE)
        if not route.startswith(FOLDERS_OF_A_MACHINE)
    }
    assert len(named) > 5
    assert {each for each in named if not routes.allowed_methods(each[1])} == set()


def texts_that_cite() -> Iterator[Path]:
    """Yield the documents, the project file and every source that may cite a decision."""
    yield from (*DOCUMENTS, ROOT / "CHANGELOG.md", ROOT / "pyproject.toml")
    for folder in ("appeals", "worker", "tests", "migrations", "tools", "templates", "deploy"):
        for ending in ("py", "html", "conf"):
            yield from (ROOT / folder).rglob(f"*.{ending}")


def test_a_decision_that_is_cited_is_listed_under_its_four_digits() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")
    listed = set(re.findall(r"^\| \[?(\d{4})\b", index, re.MULTILINE))
    cited = {
        (path.name, number)
        for path in texts_that_cite()
        for number in DECISION.findall(path.read_text("utf-8"))
    }
    assert len(cited) > 10
    assert {each for each in cited if each[1] not in listed} == set()


def test_the_tree_that_the_architecture_draws_is_the_tree_on_disk() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    drawn = set(paths_of_tree(text.split("```")[1]))
    packages = {
        path.parent for name in ("appeals", "worker") for path in (ROOT / name).rglob("*.py")
    }
    loose = {*(ROOT / "appeals").glob("*.py")} - {ROOT / "appeals" / "__init__.py"}
    tools = {ROOT / "tools" / name for name in ("bench", "gallery")}
    assert packages - {ROOT / "appeals"} - drawn == set()
    assert loose - drawn == set()
    assert tools - drawn == set()
    assert {path for path in drawn if not path.exists()} == set()


def test_every_decision_has_a_number_a_title_a_date_and_a_status_and_is_listed_with_them() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")
    for path in DECISIONS:
        title, empty, facts = path.read_text("utf-8").splitlines()[:3]
        number, title = title.removeprefix("# ").split(". ", 1)
        dated = re.fullmatch(r"Date: (\d{4}-\d\d-\d\d) · Status: (.+)", facts)
        assert path.name.startswith(f"{number}-")
        assert empty == ""
        assert dated is not None, path.name
        assert f"| [{number}]({path.name}) | {title} | {dated[1]} | {dated[2]} |" in index


def test_the_numbers_of_decisions_have_no_unexplained_gap() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")
    numbers = [int(number) for number in re.findall(r"^\| \[?(\d{4})\b", index, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_file_that_the_project_file_names_is_there() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    ignores = tomllib.loads(text)["tool"]["ruff"]["lint"]["per-file-ignores"]
    assert {pattern for pattern in ignores if not any(ROOT.glob(pattern))} == set()
    named = re.findall(r"\b(LICEN[CS]E\w*|[A-Z]{4,}\.md)\b", text)
    assert {name for name in named if not (ROOT / name).exists()} == set()
