"""Names are the trade's words, and say one thing each.

Whoever looks for a part of the system searches for its usual name. A participle, a bare verb or one
class name for three things leads nowhere.
"""

import ast
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.house.source_code import CODE, EVERYTHING, ROOT, parse_file, relative_name

NO_NAMES = {
    *("kept", "found", "told", "asked", "stood", "beside", "anew", "alike", "drawn", "pictured"),
    *("printed", "counted", "watched", "standing", "marks", "asof"),
}
"""Participles and paraphrases that stood for trade words: cache, snapshot, chart, comparison."""
NOT_FOUND = ("not", "found")
BARE_VERBS = {
    *("of", "read", "keep", "give", "find", "take", "tell", "stand", "write", "make", "do", "get"),
    *("put", "see", "show", "say", "said", "come", "go", "list", "load", "save", "send", "hold"),
    *("add", "end", "ask", "check", "count", "told", "kept", "found", "known", "made", "done"),
    *("fill", "split", "join", "move", "open", "close"),
}
AS_IT_WAS = {
    ROOT / "tests" / "upgrade" / "write_old_database.py",
    *(ROOT / "migrations").rglob("*.py"),
}
"""Run by the code of the release before, or a migration: it is not changed once it has run."""
MOST_MODULES = 20
MOST_CLASSES_OF_A_NAME = 2
MOST_CONTRACTS = 10


def words_of(name: str) -> list[str]:
    """Return the words of a name in snake or camel case, in small letters."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def find_forbidden_words(name: str) -> set[str]:
    words = words_of(name)
    if NOT_FOUND in pairwise(words):
        words.remove("found")
    return NO_NAMES & set(words)


def module_level_functions(tree: ast.Module) -> Iterator[str]:
    """Yield the functions' names, but those of commands, which are called as the command is."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            decorators = [ast.unparse(each) for each in node.decorator_list]
            if not any(".command(" in each for each in decorators):
                yield node.name


def is_bare_verb(function: str) -> bool:
    return function.strip("_") in BARE_VERBS


def test_modules_and_classes_are_named_by_the_trades_words() -> None:
    wrong = {}
    for path in set(EVERYTHING) - AS_IT_WAS:
        classes = [each for each in ast.walk(parse_file(path)) if isinstance(each, ast.ClassDef)]
        for name in (path.stem, *(each.name for each in classes)):
            if words := find_forbidden_words(name):
                wrong[f"{relative_name(path)}: {name}"] = words
    assert wrong == {}


def test_a_function_of_a_module_is_named_by_a_verb_and_its_object() -> None:
    wrong = [
        f"{relative_name(path)}: {name}"
        for path in EVERYTHING
        if path not in AS_IT_WAS
        for name in module_level_functions(parse_file(path))
        if is_bare_verb(name)
    ]
    assert wrong == []


def test_a_folder_holds_at_most_twenty_modules() -> None:
    folders = Counter(path.parent for path in CODE if path.name != "__init__.py")
    many = {relative_name(path): n for path, n in folders.items() if n > MOST_MODULES}
    assert many == {}, "Cut the folder by parts of the field."


def test_no_class_name_stands_in_three_modules() -> None:
    modules = defaultdict(list)
    for path in EVERYTHING:
        for node in parse_file(path).body:
            if isinstance(node, ast.ClassDef):
                modules[node.name].append(relative_name(path))
    many = {name: each for name, each in modules.items() if len(each) > MOST_CLASSES_OF_A_NAME}
    assert many == {}


def test_there_are_at_most_ten_import_contracts() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    assert len(contracts) <= MOST_CONTRACTS, "Name packages, not lists of modules."


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ages_asof", {"asof"}),
        ("CasesFound", {"found"}),
        ("KeptPages", {"kept"}),
        ("test_pictures_drawn", {"drawn"}),
        ("not_found", set()),
        ("NotFound", set()),
        ("foundation", set()),
        ("OutstandingCases", set()),
    ],
)
def test_a_forbidden_word_in_a_name_is_seen(name: str, words: set[str]) -> None:
    assert find_forbidden_words(name) == words


@pytest.mark.parametrize(
    ("name", "is_bare"),
    [("of", True), ("_read", True), ("publish_edition", False), ("timeline", False)],
)
def test_a_bare_verb_is_seen(name: str, *, is_bare: bool) -> None:
    assert is_bare_verb(name) is is_bare
