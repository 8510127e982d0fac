"""Checking a database for a city's reference rows, and loading the missing ones.

Each kind of rows is checked by itself: a department created by an import is not a prepared city.
"""

from datetime import UTC, date, datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.configuration.calendar_changes import calendar_digest
from appeals.database import Base, make_engine, make_session_factory
from appeals.domain.configuration import CATEGORIES
from appeals.domain.messages import Message, context_message, join_texts, message
from appeals.domain.people import SYSTEM
from appeals.domain.refusals import not_now
from appeals.models.appeal import Appeal
from appeals.models.configuration import RecordedChange
from appeals.models.organisation import (
    Area,
    CalendarDay,
    Category,
    Department,
    LimitOfDuty,
    RoutingRule,
)
from appeals.models.staff import StaffMember
from appeals.operations.city_loading import load_table, read_file_rows
from appeals.reference.reference_data import IMPORTED_TIER, mark_reference_changed
from appeals.reference.topic_search import OTHER_TOPIC
from appeals.settings import Settings

NEEDED_KINDS: dict[type[Base], Message] = {
    Area: context_message("what a city lacks", "districts"),
    Department: context_message("what a city lacks", "departments"),
    Category: context_message("what a city lacks", "categories"),
    CalendarDay: context_message("what a city lacks", "calendar"),
    LimitOfDuty: context_message("what a city lacks", "limits"),
}
"""Kinds of reference rows without which nothing can be filed, promised or counted."""
TOPICS_NAME = context_message("what a city lacks", "words of categories")
RULES_NAME = context_message("what a city lacks", "routing rules")
PREPARATION_TIMEOUT_SECONDS = 300
UNFINISHED_DEMO_FILE = "demo-unfinished"
"""Marker in the data folder while a demo city is created; it stays after an interruption."""
DEMO_ACCOUNTS_FILE = "demo-accounts.json"
DEMO_APPEALS_FILE = "demo-appeals.json"
"""Files of the data folder with the passwords and query codes of a demo city, mode 0600."""
Kinds = dict[type[Base], Message]


def list_lacking_kinds(act: Act) -> Kinds:
    """Return the kinds with no rows other than imported ones."""
    return {table: names for table, names in NEEDED_KINDS.items() if not _has_own_rows(act, table)}


def check_prepared(act: Act) -> None:
    """Refuse (not now) to work on a city without some kind of reference rows."""
    if lacking := list_lacking_kinds(act):
        raise not_now(
            message(
                "The city is not prepared, it lacks: %(kinds)s. Run `appeals prepare` first.",
                kinds=join_texts(lacking.values()),
            )
        )


def prepare_city(read: Settings) -> bool:
    """Load the reference rows that the city lacks; return whether it has no staff and no appeals.

    Each kind of rows is looked at by itself; one that the city has is left alone. Raises Refused
    (not now) on a demo city that was begun and not finished.
    """
    engine = make_engine(read.database_url, statement_seconds=PREPARATION_TIMEOUT_SECONDS)
    try:
        with make_session_factory(engine).begin() as session:
            act = Act(session, SYSTEM, datetime.now(UTC), read.secret_key)
            complete_city(act)
            is_empty = not (_has_rows(act, Appeal) or _has_rows(act, StaffMember))
    finally:
        engine.dispose()
    if not is_empty and (read.data_dir / UNFINISHED_DEMO_FILE).exists():
        raise not_now(
            message(
                "The demo city was begun here and not finished: remove the data folder %(folder)s "
                "(and empty a database of your own), then start again.",
                folder=read.data_dir,
            )
        )
    return is_empty


def _has_rows(act: Act, table: type[Base]) -> bool:
    return bool(act.session.scalar(sa.select(sa.exists(sa.select(table)))))


def complete_city(act: Act) -> list[str]:
    """Load each kind of rows that the city lacks, and return their names in English.

    A kind that has rows belongs to the administrators and is left alone, but for the words of
    categories that nobody changed and the category “other”. The files' routing rules are loaded
    only where the city has every department, category and area that they name.
    """
    lacking: Kinds = list_lacking_kinds(act)
    for table in lacking:
        load_table(act, table)
    if CalendarDay not in lacking and _fill_earlier_years(act):
        lacking[CalendarDay] = NEEDED_KINDS[CalendarDay]
    if Category not in lacking and _bring_topics_up_to_date(act):
        lacking[Category] = TOPICS_NAME
    if not _has_own_rows(act, RoutingRule) and _has_rows_of_rules(act):
        load_table(act, RoutingRule)
        lacking[RoutingRule] = RULES_NAME
    if lacking:
        mark_reference_changed(act.session, calendar_digest(act))
    return [name.label("en") for name in lacking.values()]


def _fill_earlier_years(act: Act) -> bool:
    """Load the days before the calendar's first, as a single year may have been imported alone."""
    first = act.session.scalar(sa.select(sa.func.min(CalendarDay.day)))
    earlier = [
        row
        for row in read_file_rows(CalendarDay)
        if first is not None and isinstance(day := row["day"], date) and day < first
    ]
    if earlier:
        act.session.execute(sa.insert(CalendarDay), earlier)
    return bool(earlier)


def _bring_topics_up_to_date(act: Act) -> bool:
    """Bring the files' words to the categories whose words no administrator changed.

    The category “other” is added where the city has the files' categories without it.
    """
    columns = Category.__table__.columns
    before, after = RecordedChange.before["words"], RecordedChange.after["words"]
    changed = sa.select(RecordedChange.key).where(
        RecordedChange.of == CATEGORIES.name, before.astext.is_distinct_from(after.astext)
    )
    known = {
        code: (zh, words)
        for code, zh, words in act.session.execute(
            sa.select(*columns["code", "zh", "words"]).where(columns["code"].not_in(changed))
        )
    }
    there = set(act.session.scalars(sa.select(columns["code"])))
    rows = {str(row["code"]): row for row in read_file_rows(Category)}
    newer = {
        code: row["words"]
        for code, row in rows.items()
        if code in known and known[code][0] == row["zh"] and known[code][1] != row["words"]
    }
    for code, words in newer.items():
        act.session.execute(sa.update(Category).where(Category.code == code).values(words=words))
    lacks_other = OTHER_TOPIC not in there and len(set(rows) & there) == len(rows) - 1
    if lacks_other:
        act.session.execute(sa.insert(Category), [rows[OTHER_TOPIC]])
    return bool(newer) or lacks_other


def _has_own_rows(act: Act, table: type[Base]) -> bool:
    """Return whether a kind has rows that were not created by an import."""
    rows = sa.select(sa.literal(1)).select_from(table)
    columns = table.__table__.columns
    if table is Category:
        rows = rows.where(columns["imported"].is_(False))
    elif table in {Area, Department}:
        rows = rows.where(columns["tier"] != IMPORTED_TIER)
    return bool(act.session.scalar(sa.select(rows.exists())))


def _has_rows_of_rules(act: Act) -> bool:
    """Return whether the city has every row that the files' routing rules name."""
    rules = read_file_rows(RoutingRule)
    named: dict[type[Base], tuple[str, ...]] = {
        Department: ("department_code",), Category: ("category",), Area: ("district", "street"),
    }  # fmt: skip
    for table, columns in named.items():
        asked = {rule[column] for rule in rules for column in columns} - {None}
        there = act.session.scalars(sa.select(table.__table__.columns["code"]))
        if asked - set(there):
            return False
    return True
