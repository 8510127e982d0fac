"""Appeals from another system's CSV, through the same filing and moves, at their own times.

Rules 6: times the source lacks stay empty, no promised time means no finish duty, a promised
time before the start is kept. The key is (source, reference), so a second run adds none.
"""

import csv
import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.bulk import AT_ONCE, Bulk, History, Played, Step
from appeals.casework.copying import learn
from appeals.casework.filing import Filing
from appeals.domain.effects import IMPORTED, PROMISED, UNTIMED
from appeals.domain.needs import WORDS
from appeals.domain.refusals import Refused, not_valid
from appeals.domain.states import Action
from appeals.domain.vocabulary import Channel, Kind, YesNo
from appeals.mapping import Cells, ColumnMapping, new_code
from appeals.models.appeal import Appeal
from appeals.models.organisation import Area, Category, Department
from appeals.reference import reference, touch

YES = YesNo.YES.value
CELL_MOST = 10_000_000
FIRST = (("accepted", Action.ACCEPT), ("dispatched", Action.DISPATCH))
THEN = (
    ("signed", Action.SIGN),
    ("contacted", Action.CONTACT),
    ("answered", Action.ANSWER),
    ("closed", Action.CLOSE),
)
"""The way of an appeal from filing to closing, and the column of each step's time."""


@dataclass(frozen=True)
class Line:
    """One row of the file: its number without the header, the file's line, and its cells."""

    number: int
    line: int
    cells: Cells


@dataclass(frozen=True)
class Batch:
    """What came of some rows."""

    imported: int
    already_here: int
    refused: tuple[tuple[Line, Refused], ...]


@contextmanager
def lines_of(path: Path, mapping: ColumnMapping) -> Iterator[Iterator[Line]]:
    """Open a CSV (or .csv.gz) file and give its rows.

    Raises Refused (not valid) where a column is missing or the file is no text of its encoding.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    csv.field_size_limit(CELL_MOST)
    try:
        with opened(path, "rt", encoding=mapping.encoding, newline="") as text:
            rows = csv.DictReader(text, restval="")
            mapping.check_header(rows.fieldnames or ())
            yield (Line(n, rows.line_num, cells) for n, cells in enumerate(rows, start=1))
    except (UnicodeDecodeError, csv.Error, gzip.BadGzipFile) as wrong:
        raise not_valid(
            "file", f"无法读取文件：{wrong}。", f"The file cannot be read: {wrong}."
        ) from None


def run(
    act: Act, mapping: ColumnMapping, lines: Iterator[Line], *, keep: bool = True
) -> Iterator[Batch]:
    """Bring the rows in, 10,000 to a transaction; with `keep` false nothing stays."""
    seen: set[str] = set()
    while some := list(islice(lines, AT_ONCE)):
        act.session.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield _Intake(act, mapping, seen).bring(some)
        if keep:
            act.session.commit()
    if keep:
        learn(act)
        act.session.commit()
    else:
        act.session.rollback()


class _Intake:
    """One batch: which are here already, the rows they refer to, their histories."""

    def __init__(self, act: Act, mapping: ColumnMapping, seen: set[str]) -> None:
        self.act = act
        self.mapping = mapping
        self.seen = seen
        self.refused: list[tuple[Line, Refused]] = []
        self.codes = Codes(act, mapping)

    def bring(self, lines: Sequence[Line]) -> Batch:
        new = self._new(lines)
        histories = [(line, history) for line in new if (history := self._read(line))]
        self.codes.settle()
        bulk = Bulk(self.act)
        played = [each for line, one in histories if (each := self._played(bulk, line, one))]
        bulk.write(played)
        return Batch(len(played), len(lines) - len(new), tuple(self.refused))

    def _new(self, lines: Sequence[Line]) -> list[Line]:
        """Give the rows that are not here; two imports of one source queue at the lock."""
        source = self.mapping.source
        lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(source, 0))
        self.act.session.execute(sa.select(lock))
        references = [self.mapping.cell(line.cells, "reference") for line in lines]
        query = sa.select(Appeal.source_ref).where(
            Appeal.source == source, Appeal.source_ref == sa.any_(sa.literal(references, _TEXTS))
        )
        self.seen |= {ref for ref in self.act.session.scalars(query) if ref}
        new = []
        for line, ref in zip(lines, references, strict=True):
            if not ref or ref not in self.seen:
                new.append(line)
            if ref:
                self.seen.add(ref)
        return new

    def _read(self, line: Line) -> History | None:
        try:
            return self._history(line.cells)
        except Refused as refusal:
            self.refused.append((line, refusal))
            return None

    def _played(self, bulk: Bulk, line: Line, history: History) -> Played | None:
        try:
            return bulk.play(history)
        except Refused as refusal:
            self.refused.append((line, refusal))
            return None

    def _history(self, cells: Cells) -> History:
        reference_ = self.mapping.cell(cells, "reference")
        filed = self.mapping.moment(cells, "filed")
        if not reference_ or filed is None:
            raise _odd("没有编号或提交时间", "It has no reference or no time of filing")
        if filed > self.act.now:
            raise _odd("提交时间在将来", "It was filed in the future")
        text = partial(self.mapping.cell, cells)
        filing = Filing(
            kind=self.mapping.term(cells, "kind", Kind),
            channel=self.mapping.term(cells, "channel", Channel),
            category=self.codes.code(cells, "category") or "",
            district=self.codes.code(cells, "district"),
            complained_department=self.codes.code(cells, "complained_department", "department"),
            language=self.mapping.language,
            source=self.mapping.source,
            source_ref=reference_,
            subject=text("subject"),
            detail=text("detail"),
            address=text("address"),
            contact_name=text("contact_name"),
            contact_phone=text("contact_phone"),
            contact_email=text("contact_email"),
        )
        return History(filing, Step(Action.FILE, {IMPORTED: YES}, filed), self._steps(cells, filed))

    def _steps(self, cells: Cells, filed: datetime) -> list[Step]:
        """Give the moves as far as the times go; what the source does not time stays unstamped."""
        times = {name: self.mapping.moment(cells, name) for name, _ in (*FIRST, *THEN)}
        times["closed"] = times["closed"] or times["answered"]
        times["answered"] = times["answered"] or times["closed"]
        last = max((n for n, (name, _) in enumerate(THEN, 1) if times[name]), default=0)
        steps, at = list[Step](), filed
        for name, action in (*FIRST, *THEN[:last]):
            moment = times[name]
            at = moment or at
            given = {IMPORTED: YES, **({} if moment else {UNTIMED: YES})}
            steps.append(Step(action, {**given, **self._given(cells, action)}, at))
        if at > self.act.now:
            raise _odd("有一个时间在将来", "One of its times lies in the future")
        return steps

    def _given(self, cells: Cells, action: Action) -> dict[str, str]:
        if action is Action.ANSWER:
            return {WORDS: self.mapping.cell(cells, "reply")}
        if action is not Action.DISPATCH:
            return {}
        department = self.codes.code(cells, "department")
        if department is None:
            raise _odd("没有承办单位", "It names no department")
        promised = self.mapping.moment(cells, "promised")
        return {"department": department, PROMISED: promised.isoformat() if promised else ""}


_TEXTS = sa.ARRAY(sa.Text())


class Codes:
    """The reference rows a mapping's values mean: the city's own, or created under its prefix."""

    TABLES: tuple[tuple[str, type[Department | Category | Area]], ...] = (
        ("department", Department),
        ("category", Category),
        ("district", Area),
    )

    def __init__(self, act: Act, mapping: ColumnMapping) -> None:
        """Read the codes and labels there are."""
        self.act = act
        self.mapping = mapping
        self.created = False
        self.labels: dict[str, dict[str, str]] = {
            name: {row.code: row.zh for row in _rows_of(act, table)} for name, table in self.TABLES
        }
        self.by_label = {
            name: {label: code for code, label in rows.items() if self._ours(name, code)}
            for name, rows in self.labels.items()
        }

    def _ours(self, name: str, code: str) -> bool:
        return name not in self.mapping.create or code.startswith(f"{self.mapping.source}.")

    def code(self, cells: Cells, column: str, of: str | None = None) -> str | None:
        """Give the code that a row names, None for an empty cell; may create the row for it.

        `of` says which rows the column names, where they are not called as it is. Raises Refused
        for a value that is neither mapped nor allowed to be created.
        """
        text, name = self.mapping.cell(cells, column), of or column
        if not text or text in self.labels[name]:
            return text or None
        if text not in self.by_label[name]:
            if name not in self.mapping.create:
                raise _odd(f"没有“{text}”这一项", f"{name}：“{text}” is not mapped")
            self._create(name, text)
        return self.by_label[name][text]

    def _create(self, name: str, label: str) -> None:
        """Create a row; categories and districts stand under one of the source's name."""
        source = self.mapping.source
        parent = None if name == "department" else source
        if parent and parent not in self.labels[name]:
            self._add(name, source, source, None)
        self._add(name, new_code(source, label, self.labels[name]), label, parent)

    def _add(self, name: str, code: str, label: str, parent: str | None) -> None:
        table = dict(self.TABLES)[name]
        row = table(code=code, parent_code=parent, zh=label, en=label)
        if not isinstance(row, Category):
            row.tier = "imported"
        self.act.session.add(row)
        self.act.session.flush()  # the parent stands before its children
        self.labels[name][code] = label
        self.by_label[name][label] = code
        self.created = True

    def settle(self) -> None:
        """Let every process read the city anew if rows were created."""
        if self.created:
            touch(self.act.session, reference(self.act).book.calendar.version)
            self.act.session.flush()  # the version is asked for by a query of columns


def _rows_of(
    act: Act, table: type[Department | Category | Area]
) -> list[Department | Category | Area]:
    return list(act.session.scalars(sa.select(table)))


def _odd(zh: str, en: str) -> Refused:
    return not_valid("row", f"{zh}。", f"{en}.")
