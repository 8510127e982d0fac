"""No text of the program stands in Chinese in the code: the catalogues have it."""

import ast
import re
from pathlib import Path

from tests.house.source_code import CODE, ROOT, find_by_module, walk_texts

CHINESE = re.compile("[\u3400-\u9fff]")
DATA = {
    "appeals/addresses/telephones.py": "how people write an extension",
    "appeals/casework/accounts/password_strength.py": "words of the city in guessable passwords",
    "appeals/domain/other_authorities.py": "words by which people search",
    "appeals/domain/text/first_line.py": "signs that end a sentence",
    "appeals/domain/text/kind_words.py": "words by which the kind is proposed",
    "appeals/domain/text/short_texts.py": "greetings, titles and units in people's sentences",
    "appeals/domain/text/search_words.py": "the range of Chinese characters",
    "appeals/domain/text/word_index.py": "words that say nothing, and what follows a place",
    "appeals/imports/drafting.py": "headings and values of files of other systems",
    "appeals/imports/reference_rows.py": "endings of place names",
    "appeals/operations/paced_worker.py": "an answer before any language is known",
    "appeals/reference/place_search.py": "endings of place names",
    "appeals/reporting/audit/claimed_changes.py": "words of tables that others published",
    "appeals/reporting/audit/claimed_figures.py": "words of tables that others published",
    "appeals/reporting/findings/hot_topics.py": "words that are no topic",
    "appeals/reporting/tables/ranking.py": "names of the cities that weights come from",
    "appeals/settings.py": "the campaign's name, a setting of two languages",
    "appeals/web/admin/components.py": "examples of names on the page of components",
    "appeals/web/shared/display.py": "the range of Chinese characters",
    "appeals/web/hosts.py": "an answer before any language is known",
}
"""Modules with Chinese that is data, and what it is."""
WRITES_MADE_UP_DATA = "appeals/demo/"


def chinese_texts(tree: ast.Module) -> list[str]:
    """Return each text of the code with Chinese in it."""
    return [text for text in walk_texts(tree) if CHINESE.search(text)]


def test_a_chinese_text_in_code_is_found_and_a_docstring_is_not() -> None:
    tree = ast.parse('"""环比"""\nraise not_now(f"已超过{days}天", "")')
    assert chinese_texts(tree) == ["已超过{}天"]


def test_no_text_of_the_program_stands_in_chinese_in_the_code() -> None:
    found = find_by_module(CODE, chinese_texts)
    known = {name for name in found if name in DATA or name.startswith(WRITES_MADE_UP_DATA)}
    assert {name: texts for name, texts in found.items() if name not in known} == {}
    assert set(DATA) - set(found) == set(), "take the modules without Chinese out of DATA"


def test_no_template_has_chinese_of_its_own() -> None:
    paths: list[Path] = [path for path in (ROOT / "templates").rglob("*") if path.is_file()]
    assert len(paths) > 100
    found = {path.name for path in paths if CHINESE.search(path.read_text("utf-8"))}
    assert found == {"calendar.html"}, "which gives a holiday's name as an example"
