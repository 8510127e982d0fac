"""The city's configuration as one file: written from what is in force, and read and checked.

The file has neither personal data nor secrets: departments, categories, limits, routing rules,
years until erasure, for whom the second factor is demanded, the campaign's texts. Its places only
say of which city it is. `configuration_import.py` changes the city's rows to those of a file.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from appeals.act import Act
from appeals.casework.configuration.rule_effects import describe_rule
from appeals.domain import configuration as tables
from appeals.domain.calendar import city_day
from appeals.domain.configuration import ConfiguredTable, RowFacts
from appeals.domain.messages import join_texts, message
from appeals.domain.moves.needs import Input, Need
from appeals.domain.people import STAFF
from appeals.domain.refusals import not_valid
from appeals.domain.text.cleaning import clean_line
from appeals.domain.vocabulary import Term
from appeals.reference.configured_rows import SINGLE_ROW_KEY, ConfiguredRow, read_rows_on
from appeals.reference.reference_data import IMPORTED_TIER, Reference, load_reference

FORMAT, VERSION = "appeals-configuration", 1
PLACES = "places"
FILE_TABLES = (
    tables.DEPARTMENTS,
    tables.CATEGORIES,
    tables.LIMITS,
    tables.RULES,
    tables.RETENTION,
    tables.FACTOR_DEMANDS,
    tables.CAMPAIGN,
)
"""In the order in which they are imported: each refers only to those before it."""
ENDING_TABLES = (tables.CATEGORIES, tables.DEPARTMENTS)
"""Tables whose rows end on a day that the file names, in the order in which they end."""
END, SUCCESSOR, PARENT = tables.ENDS.name, tables.SUCCESSOR.name, "parent_code"
END_FIELDS = frozenset({END, SUCCESSOR})
MAX_ROWS = 2000
"""The most rows of a table in a file."""


@dataclass(frozen=True)
class ConfigurationFile:
    """The rows of a file by table, those of an absent table left out, and the places it knows."""

    rows: Mapping[str, Sequence[RowFacts]]
    places: Sequence[RowFacts]


def export_configuration(act: Act) -> str:
    """Return the configuration in force today as JSON, a row a line."""
    city, today = load_reference(act), city_day(act.now)
    parts: dict[str, Sequence[RowFacts]] = {PLACES: _list_places(city)}
    for table in FILE_TABLES:
        parts[table.name] = [*read_current_rows(act, table, today).values()]
    head = {"format": FORMAT, "version": VERSION, "exported_on": today.isoformat()}
    lines = [f'"{name}": {json.dumps(value)}' for name, value in head.items()]
    for name, rows in parts.items():
        listed = ",\n  ".join(json.dumps(dict(row), ensure_ascii=False) for row in rows)
        lines.append(f'"{name}": [\n  {listed}\n]' if rows else f'"{name}": []')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def read_configuration(act: Act, text: str) -> ConfigurationFile:
    """Return the rows of a file.

    Raises:
        Refused: Not valid, in words, for what is no such file, one of another version or of another
            city, and one with an unknown part, field or value, or a row that is there twice.
    """
    content = _read_json(text)
    places = _read_rows(PLACES, {"code", PARENT, "zh", "en"}, content.get(PLACES, []))
    _check_city(load_reference(act), places)
    rows = {
        table.name: _read_table(table, content[table.name])
        for table in FILE_TABLES
        if table.name in content
    }
    return ConfigurationFile(rows, places)


def list_unknown_places(act: Act, file: ConfigurationFile) -> list[str]:
    """Return the names of places that the file knows and this installation does not.

    Places come with the installation: no file adds them.
    """
    known = load_reference(act).areas
    codes = {place.get("code", ""): place.get("zh", "") for place in file.places}
    return [name or code for code, name in codes.items() if code not in known]


def _read_json(text: str) -> dict[str, Any]:
    try:
        content: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise not_valid("file", message("This is no configuration file: it is not JSON.")) from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise not_valid("file", message("This is no configuration file of this system."))
    if content.get("version") != VERSION:
        raise not_valid(
            "file", message("This configuration file is of another version of the system.")
        )
    known = {"format", "version", "exported_on", PLACES, *(table.name for table in FILE_TABLES)}
    unknown = [clean_line(name) for name in content if name not in known]
    if unknown:
        raise not_valid(
            "file", message("The part “%(name)s” of the file is not known.", name=unknown[0])
        )
    return content


def _check_city(city: Reference, places: Sequence[RowFacts]) -> None:
    """Refuse the file of another city: none of its districts is one of ours."""
    here = city.children(city.offered(city.areas), None)
    there = [place for place in places if not place.get(PARENT)]
    if not {row.code for row in here} & {place.get("code") for place in there}:
        raise not_valid(
            "file",
            message(
                "This is the configuration of another city: its districts are %(there)s, those of "
                "this city %(here)s. Nothing is changed.",
                there=join_texts(place.get("zh", "") for place in there) if there else "–",
                here=join_texts(here),
            ),
        )


def _read_table(table: ConfiguredTable, given: object) -> Sequence[RowFacts]:
    rows = _read_rows(table, _file_fields(table), given)
    for number, row in enumerate(rows, 1):
        _check_row(table, row, number)
    keys = Counter(key_of_row(table, row) for row in rows if table is not tables.RULES)
    for key, count in keys.items():
        if count > 1:
            raise not_valid(
                "file",
                message("“%(key)s” is in the part “%(part)s” twice.", key=key, part=table),
            )
    return rows


def _check_row(table: ConfiguredTable, row: RowFacts, number: int) -> None:
    """Refuse a row without its key, and one whose field has a value that its list has not."""
    key = table.fields[0]
    if table not in (tables.RULES, tables.CAMPAIGN) and not row.get(key.name):
        raise not_valid(
            "file",
            message(
                "Row %(number)s of the part “%(part)s” lacks “%(field)s”.",
                number=number,
                part=table,
                field=key,
            ),
        )
    for need in table.fields:
        if not _is_known_term(need, row.get(need.name)):
            raise not_valid(
                "file",
                message(
                    "Row %(number)s of the part “%(part)s”: “%(value)s” is not known as "
                    "“%(field)s”.",
                    number=number,
                    part=table,
                    value=row[need.name],
                    field=need,
                ),
            )


def _is_known_term(need: Need, text: str | None) -> bool:
    """Return whether a field that has a closed list has a value of it, or none."""
    terms: Iterable[Term] = STAFF if need.input is Input.ROLE else need.choices or ()
    values = {term.value for term in terms}
    return text is None or not values or text in values


def _read_rows(part: object, names: frozenset[str] | set[str], given: object) -> list[RowFacts]:
    if not isinstance(given, list):
        raise not_valid("file", message("The part “%(part)s” of the file is no list.", part=part))
    if len(given) > MAX_ROWS:
        raise not_valid(
            "file",
            message("The part “%(part)s” has more than %(most)s rows.", part=part, most=MAX_ROWS),
        )
    return [_read_row(part, names, row, number) for number, row in enumerate(given, 1)]


def _read_row(
    part: object, names: frozenset[str] | set[str], row: object, number: int
) -> dict[str, str]:
    is_row = isinstance(row, dict) and all(isinstance(text, str) for text in row.values())
    if not isinstance(row, dict) or not is_row or not row.keys() <= names or not _has_days(row):
        raise not_valid(
            "file",
            message(
                "Row %(number)s of the part “%(part)s” has a field that is not known, a value that "
                "is no text, or a day that is none.",
                number=number,
                part=part,
            ),
        )
    return {name: cleaned for name, text in row.items() if (cleaned := clean_line(text))}


def _has_days(row: Mapping[str, str]) -> bool:
    try:
        return END not in row or date.fromisoformat(row[END]).isoformat() == row[END]
    except ValueError:
        return False


def _file_fields(table: ConfiguredTable) -> frozenset[str]:
    """Return the fields of a row in a file: not since when it holds here."""
    ends = END_FIELDS if table in ENDING_TABLES else frozenset[str]()
    return frozenset(
        {need.name for need in table.fields} - {tables.BEGINS.name} - END_FIELDS | ends
    )


def read_current_rows(act: Act, table: ConfiguredTable, day: date) -> dict[str, RowFacts]:
    """Return the rows in force on a day, and those that ended, as a file has them, by key."""
    city = load_reference(act)
    if table is tables.RULES:
        return {str(rule.line): describe_rule(rule) for rule in city.rules_on(day)}
    return {
        key: _select_file_fields(table, row.facts)
        for key, row in read_rows_on(act, table, day).items()
        if not _is_imported(city, table, row)
    }


def _select_file_fields(table: ConfiguredTable, facts: RowFacts) -> dict[str, str]:
    shown = tables.show_limit(facts) if table is tables.LIMITS else facts
    names = _file_fields(table)
    return {name: text for name, text in shown.items() if name in names}


def _is_imported(city: Reference, table: ConfiguredTable, row: ConfiguredRow) -> bool:
    if table is tables.CATEGORIES:
        return city.categories[row.key].is_imported
    return row.facts.get("tier") == IMPORTED_TIER


def key_of_row(table: ConfiguredTable, facts: RowFacts) -> str:
    """Return the key of a file's row; rules have none and get their name."""
    if table is tables.LIMITS:
        return tables.limit_key({"duty": "", **facts})
    if table in tables.SINGLE_ROW_TABLES:
        return SINGLE_ROW_KEY
    return facts.get(table.fields[0].name, "")


def _list_places(city: Reference) -> list[RowFacts]:
    """Return the city's districts, streets and towns."""
    return [
        {
            "code": area.code,
            **({PARENT: area.parent} if area.parent else {}),
            "zh": area.zh,
            "en": area.en,
        }
        for area in sorted(city.areas.values(), key=lambda area: area.code)
    ]
