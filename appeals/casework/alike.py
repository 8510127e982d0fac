"""Histories that are alike, told apart by PostgreSQL, so that one of each kind is played again.

The one rule copies moments, departments and places; it never asks which. So two appeals whose
moves and rows are the same but for those go right or wrong together. Their common form is a text:
every input and every stored column, where a moment stands as the number of the move that made
it, a department as the number of the sending that named it, a place as “as filed”. What cannot be
said so, and what the chain does not cover, puts the appeal's own id into its form: it is then the
only one of its kind, and is played itself. Due moments are counted apart (`casework/counted.py`);
of those that a guard compares with a move the form says where they lie among such moves
(decision 0011).
"""

from collections.abc import Sequence

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.links import INTACT, STATED
from appeals.database import Base
from appeals.domain.effects import UNTIMED
from appeals.domain.guards import COMPARED
from appeals.domain.lifecycle import IMPORTED, MOVES
from appeals.domain.rule_book import Book
from appeals.domain.states import Action
from appeals.domain.vocabulary import Duty
from appeals.models.appeal import Appeal
from appeals.models.handling import COLUMNS, LISTS, OfAppeal, names_of

Span = tuple[int, int]
"""The first and the last id."""
AS_FILED = ("category", "district", "street", "channel")
UNREAD = ("how", "result", "reason")
"""Facts that no effect reads and no column shows; the chain covers them."""
AS_IT_STANDS = (
    "kind", "urgent", "investigation", "days", "officer", "outcome", "solved", "satisfaction",
    UNTIMED, IMPORTED,
)  # fmt: skip
"""Facts that the form repeats. Any other names a moment or a place, and makes a form of its own."""
KNOWN = {
    "untold": ["department", *AS_FILED, *UNREAD],
    "as_it_stands": list(AS_IT_STANDS),
    "compared": [duty.value for duty in COMPARED],
    "guarded": [move.action.value for move in MOVES if move.guards],
    "amend": Action.AMEND.value,
}


def forms(act: Act, book: Book, span: Span) -> Sequence[tuple[bytes, Sequence[int]]]:
    """Give the digest of each form among the appeals of the span, and the ids that have it."""
    eras = sorted({row.valid_from for row in book.limits} | {*book.since.values()})
    known = {**KNOWN, "first": span[0], "last": span[1], "eras": eras}
    return [(form, ids) for form, ids in act.session.execute(FORMS, known)]


def _number(column: str, known: str) -> str:
    """Say a value by a number that is `known` of it, none as 0, an unknown one by the id."""
    return f"CASE WHEN {column} IS NULL THEN 0 ELSE coalesce({known}, -moved.it) END"


def _place(column: str, array: str) -> str:
    return _number(column, f"array_position({array}, {column})")


def _same(column: str, other: str) -> str:
    return f"CASE WHEN {column} IS NOT DISTINCT FROM {other} THEN 0 ELSE -moved.it END"


def _filed(column: str) -> str:
    return _same(column, f"filed ->> '{column.split('.')[1]}'")


SAID = {
    "appeal.holder": _place("appeal.holder", "departments"),
    "appeal.category": _filed("appeal.category"),
    "appeal.district": _filed("appeal.district"),
    "appeal.street": _filed("appeal.street"),
    "appeal.channel": _filed("appeal.channel"),
    "amendment.category": _filed("amendment.category"),
    "amendment.district": _filed("amendment.district"),
    "amendment.street": _filed("amendment.street"),
    "dispatch.department": _place("dispatch.department", "departments"),
    "dispatch.sign_due_at": _place("dispatch.sign_due_at", "signs"),
    "dispatch.contact_due_at": _place("dispatch.contact_due_at", "contacts"),
    "round.original_due_at": _place("round.original_due_at", "finishes"),
    "round.extended_due_at": _number("round.extended_due_at", "NULL"),
    "deadline.department": _place("deadline.department", "departments"),
    "deadline.amount": "coalesce(deadline.amount::text, 'none of ' || moved.it)",
    "deadline.original_due_at": "CASE WHEN deadline.duty = ANY(:compared)"
    " THEN width_bucket(deadline.original_due_at, guarded) ELSE 0 END",
    "deadline.due_at": _same("deadline.due_at", "deadline.original_due_at"),
    "deadline.warn_at": "0",
    "deadline.escalate_at": "0",
}
"""How a column is said that is neither a moment of a move nor repeated as it stands."""


def _said(column: sa.Column[object]) -> str:
    name = f"{column.table.name}.{column.name}"
    plain = _place(name, "ats") if isinstance(column.type, sa.DateTime) else name
    return SAID.get(name, plain)


def _row(table: sa.Table, names: Sequence[str]) -> str:
    return f"ROW({', '.join(_said(table.c[name]) for name in names)})::text"


def _list(name: str, table: type[OfAppeal], items: type[object]) -> str:
    """Say the rows of one list of each appeal; the promises first, for others refer to them."""
    own, more, also = table.__tablename__, "", ""
    if name == "deadlines":
        more = f"{_dues(Duty.SIGN)} AS signs, {_dues(Duty.CONTACT)} AS contacts, "
        more += f"{_dues(Duty.FINISH)} AS finishes, "
    elif name in ("rounds", "dispatches"):
        also = "LEFT JOIN deadlines USING (it) "
    row = _row(Base.metadata.tables[own], names_of(items))
    return f"""{name} AS MATERIALIZED (
    SELECT moved.it, {more}string_agg({row}, ';' ORDER BY {own}.n) AS said
    FROM moved JOIN {own} ON {own}.appeal_id = moved.it {also}
    WHERE {own}.appeal_id BETWEEN :first AND :last GROUP BY moved.it)"""  # noqa: S608 - our own names


def _dues(duty: Duty) -> str:
    return f"array_agg(original_due_at ORDER BY n) FILTER (WHERE duty = '{duty.value}')"


def _equal(array: str) -> str:
    """Say which members of an array are equal, so that a place in it means the same in all."""
    return f"""CASE WHEN cardinality({array}) > 1 THEN (
        SELECT string_agg(array_position({array}, one)::text, ',' ORDER BY n)
        FROM unnest({array}) WITH ORDINALITY AS each(one, n)) END"""  # noqa: S608 - our own names


MOVED = f"""linked AS (
    SELECT *, {INTACT} AS intact, lag(at) OVER history AS before
    FROM move WHERE appeal_id BETWEEN :first AND :last
    WINDOW history AS (PARTITION BY appeal_id ORDER BY seq)),
told AS (
    SELECT *, CASE WHEN facts = '{{}}' THEN facts ELSE facts - CAST(:untold AS text[]) END
        AS telling FROM linked),
moved AS MATERIALIZED (
    SELECT appeal_id AS it, max(seq) AS last,
        array_agg(at ORDER BY seq) AS ats,
        array_agg(at ORDER BY seq) FILTER (WHERE action = ANY(:guarded)) AS guarded,
        array_agg(facts ->> 'department' ORDER BY seq) FILTER (WHERE facts ? 'department')
            AS departments,
        (array_agg(facts) FILTER (WHERE seq = 1))[1] AS filed,
        (array_agg(salt) FILTER (WHERE seq = 1))[1] AS salt,
        max(committed) FILTER (WHERE seq = 1) AS committed,
        string_agg(concat_ws(' ', action, to_state, actor_role, width_bucket(at, :eras),
            CASE WHEN intact THEN 0 ELSE -appeal_id END,
            CASE WHEN at > before THEN 1 WHEN at = before OR seq = 1 THEN 0 ELSE -appeal_id END,
            CASE WHEN action = :amend OR telling - CAST(:as_it_stands AS text[]) <> '{{}}'
                THEN (-appeal_id)::text ELSE telling::text END), ';' ORDER BY seq) AS said
    FROM told GROUP BY appeal_id)"""  # noqa: S608 - our own names
ARRAYS = ("departments", "signs", "contacts", "finishes")
IN_ORDER = sorted(LISTS, key=lambda each: each[0] != "deadlines")
WHOLE = f"""CASE WHEN moves_made = cardinality(ats) AND moves_made = last AND {STATED}
    THEN 0 ELSE -appeal.id END"""
FORMS = sa.text(f"""WITH {MOVED}, {", ".join(_list(*each) for each in IN_ORDER)},
form AS (SELECT concat({WHOLE}, '|',
    {_row(Base.metadata.tables[Appeal.__tablename__], ("channel", *COLUMNS))}, '|', moved.said, '|',
    {", '|', ".join(_equal(array) for array in ARRAYS)}
    {"".join(f", '|', {name}.said" for name, _, _ in LISTS)}) AS said, array_agg(appeal.id) AS ids
FROM appeal LEFT JOIN moved ON moved.it = appeal.id
LEFT JOIN statement ON appeal_id = appeal.id AND appeal_id BETWEEN :first AND :last
{" ".join(f"LEFT JOIN {name} ON {name}.it = appeal.id" for name, _, _ in LISTS)}
WHERE appeal.id BETWEEN :first AND :last GROUP BY 1)
SELECT sha256(convert_to(said, 'UTF8')), ids FROM form""")  # noqa: S608 - our own names
