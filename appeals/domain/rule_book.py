"""The rule book: calendar, limits, and since when a guard, an effect or a duty holds (Rules 1).

A change of the rules holds for moves made from a moment on. That moment is a row of `rule_change`,
inserted by the migration that brings the change. A move is made, and later replayed, by the rules
that held at its own time, so a history that was right when it was written stays right.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Generic, TypeVar

from appeals.domain.calendar import Calendar
from appeals.domain.case import Case
from appeals.domain.clocks import Limit
from appeals.domain.vocabulary import Kind

R = TypeVar("R")
EXTENSION = "extension"
ALWAYS = datetime(1900, 1, 1, tzinfo=UTC)
"""Since when a change holds in a database that held no move when the change came."""


class RuleChange(StrEnum):
    """The changes of the rules so far; the value is the name of the row in `rule_change`."""

    RATING_VERSIONS = "rating_versions"
    """A round takes at most three versions of a rating (Rules 3)."""
    FOLLOW_UP_HEARS = "follow_up_hears"
    """A follow-up reaches who answers, and never replaces the citizen's own rating (Rules 3, 4)."""
    TRY_CONTACT = "try_contact"
    """A department records failed tries, or that there is no way to reach the citizen (Rules 1)."""
    CHANGE_CONTACT = "change_contact"
    """A citizen changes her contact (Rules 3); a new action."""
    REVERSE = "reverse"
    """A supervisor takes back a mistake of the centre (Rules 3); a new action."""
    COMPLAINED_DEPARTMENT = "complained_department"
    """A restricted appeal is not sent to the department that it is about (Rules 3)."""
    FOLLOW_UP_DAYS = "follow_up_days"
    """Three tries keep the promise of a follow-up only on at least two days (Rules 2)."""
    WHOLE_SECONDS = "whole_seconds"
    """What happens within the second of a due moment meets it (Rules 1)."""
    KEYED_LINKS = "keyed_links"
    """A move's link in the hash chain is an HMAC; until then processes of the release before still
    make plain ones."""
    SIGNED_ERASURES = "signed_erasures"
    """A recorded erasure bears an HMAC; until then processes of the release before record some
    without."""


@dataclass(frozen=True)
class Since(Generic[R]):
    """A rule that holds since a change; before it `before` held, or nothing."""

    change: RuleChange
    rule: R | None = None
    before: R | None = None


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One dated limit; a field that is None holds for every value of it.

    `duty` is a `Duty` value or `EXTENSION` (the most that an extension may add). A row for an
    urgent or investigated appeal never holds for an ordinary one, nor the other way round.
    """

    duty: str
    kind: Kind | None
    urgent: bool
    investigation: bool
    limit: Limit
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class RuleBook:
    """What a move is played by: the calendar, the limits, and since when each rule holds.

    `since` gives the moment of each `RuleChange`, by name; one that is not there always held.
    """

    calendar: Calendar
    limits: tuple[LimitRow, ...]
    since: Mapping[str, datetime] = field(default_factory=dict)

    def holds(self, change: RuleChange, at: datetime) -> bool:
        """Return whether a move made at `at` is played by the rules as changed."""
        return at >= self.since.get(change, ALWAYS)

    def in_force(self, rules: Iterable[R | Since[R]], at: datetime) -> Iterator[R]:
        """Return the rules that hold for a move made at `at`, in their order."""
        for each in rules:
            if not isinstance(each, Since):
                yield each
                continue
            rule = each.rule if self.holds(each.change, at) else each.before
            if rule is not None:
                yield rule

    def limit(self, duty: str, case: Case, at: datetime) -> Limit | None:
        """Find the limit that holds at `at`, the most particular and newest; None: no promise."""
        rows = [row for row in self.limits if row.duty == duty and _limit_applies(row, case, at)]
        return max(rows, key=_limit_rank).limit if rows else None


def _limit_applies(row: LimitRow, case: Case, at: datetime) -> bool:
    return (
        row.valid_from <= at
        and row.urgent == case.urgent
        and row.kind in {None, case.kind}
        and (not row.investigation or case.investigation)
    )


def _limit_rank(row: LimitRow) -> tuple[bool, bool, datetime]:
    return (row.investigation, row.kind is not None, row.valid_from)
