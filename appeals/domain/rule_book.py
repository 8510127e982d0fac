"""The rule book: the calendar, the limits, and since when each guard, effect and duty holds.

A changed rule holds for moves made from a recorded moment on (Rules 1): a row of `rule_change`,
which the migration that brings the change inserts. A move is made and later replayed by the rules
of its own time, so a history that was valid when it was written stays valid.
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
"""The start of a change in a database that had no moves when the change was installed."""


class RuleChange(StrEnum):
    """The rule changes so far; each value is the name of a row in `rule_change`."""

    RATING_VERSIONS = "rating_versions"
    """A round has at most three versions of a rating (Rules 3)."""
    FOLLOW_UP_HEARS = "follow_up_hears"
    """A follow-up needs an answer to count as reached, and never replaces the citizen's own
    rating (Rules 3, 4)."""
    TRY_CONTACT = "try_contact"
    """A department records failed tries, or that the citizen cannot be reached (Rules 1)."""
    CHANGE_CONTACT = "change_contact"
    """New action: a citizen changes the contact details (Rules 3)."""
    REVERSE = "reverse"
    """New action: a supervisor reverses a mistake of the centre (Rules 3)."""
    COMPLAINED_DEPARTMENT = "complained_department"
    """A restricted appeal is never sent to the department that it is about (Rules 3)."""
    FOLLOW_UP_DAYS = "follow_up_days"
    """Three failed tries meet the follow-up duty only if made on at least two days (Rules 2)."""
    WHOLE_SECONDS = "whole_seconds"
    """What happens within the second of a due moment meets it (Rules 1)."""
    URGING = "urging"
    """New actions: the department is urged, an enquiry is recorded (Rules 8)."""
    FOR_CALLERS = "for_callers"
    """The centre makes moves for a caller, whom it must have recognised (Rules 8)."""
    HAND_OVER = "hand_over"
    """New action: the successor of a department that ended takes over its open cases."""
    RETURN_DECISION = "return_decision"
    """New duty: the centre decides within a limit on a return that was asked (Rules 2)."""
    REGULAR_MAILS = "regular_mails"
    """Lists of work and briefs are mailed; before it, workers of the previous release still run,
    which cannot read such notices."""
    CITIZEN_MESSAGES = "citizen_messages"
    """Messages to citizens keep to their hours and are joined, and they are reminded to rate;
    before it, workers of the previous release still run, which know none of this."""
    HELPER_CODES = "helper_codes"
    """A citizen gives another person a code (Rules 3); before it, processes of the previous release
    still run, which cannot read moves of the role “helper”."""
    KEYED_LINKS = "keyed_links"
    """Links of the hash chain are HMACs; before it, processes of the previous release still
    write plain hashes."""
    SIGNED_ERASURES = "signed_erasures"
    """Erasures carry an HMAC; before it, processes of the previous release write some without."""


@dataclass(frozen=True)
class Since(Generic[R]):
    """A rule that holds since a change; earlier moves follow `before`, or no rule if it is None."""

    change: RuleChange
    rule: R | None = None
    before: R | None = None


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One dated limit; a `kind` of None holds for every kind.

    `duty` is a `Duty` value or `EXTENSION` (the longest extension, in working days). A row for
    urgent appeals never holds for ordinary ones, nor the reverse; a row for investigations holds
    only for them.
    """

    duty: str
    kind: Kind | None
    urgent: bool
    investigation: bool
    limit: Limit
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules that moves are played by: calendar, limits, and the start of each rule change.

    `since` maps the name of a `RuleChange` to its moment; a change missing there always held.
    """

    calendar: Calendar
    limits: tuple[LimitRow, ...]
    since: Mapping[str, datetime] = field(default_factory=dict)

    def holds(self, change: RuleChange, at: datetime) -> bool:
        """Return whether a move made at `at` follows the changed rule."""
        return at >= self.since.get(change, ALWAYS)

    def in_force(self, rules: Iterable[R | Since[R]], at: datetime) -> Iterator[R]:
        """Yield the rules that hold for a move made at `at`, in order."""
        for each in rules:
            if not isinstance(each, Since):
                yield each
                continue
            rule = each.rule if self.holds(each.change, at) else each.before
            if rule is not None:
                yield rule

    def limit(self, duty: str, case: Case, at: datetime) -> Limit | None:
        """Return the limit that holds at `at`: the most specific row, then the newest.

        None means that the duty has no limit, so no deadline starts.
        """
        return self.find_limit(
            duty, at, kind=case.kind, urgent=case.urgent, investigation=case.investigation
        )

    def find_limit(
        self,
        duty: str,
        at: datetime,
        *,
        kind: Kind | None = None,
        urgent: bool = False,
        investigation: bool = False,
    ) -> Limit | None:
        """Return the limit that holds at `at` for appeals of a kind, by default an ordinary one."""
        rows = [
            row
            for row in self.limits
            if row.duty == duty
            and row.valid_from <= at
            and row.urgent == urgent
            and row.kind in {None, kind}
            and (not row.investigation or investigation)
        ]
        return max(rows, key=_limit_rank).limit if rows else None


def _limit_rank(row: LimitRow) -> tuple[bool, bool, datetime]:
    return (row.investigation, row.kind is not None, row.valid_from)
