"""What a move works on: its case, its input and the rules of its moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from appeals.domain.case import Case
from appeals.domain.people import Role
from appeals.domain.rule_book import RuleBook

MoveInput = Mapping[str, str]
"""The values of a move's form as text, keyed by the names in `needs.NEEDS`."""
IMPORTED = "imported"
"""Set on every move of an import: it starts no deadline of ours (Rules 6)."""
UNTIMED = "untimed"
"""Set on an imported move whose time the source lacks (Rules 6).

Its stamp stays empty, except where an appeal ends without closing (not accepted, answered on the
spot, withdrawn): these are counted by their stamp.
"""
PROMISED = "promised"
"""The due moment promised by another system, ISO 8601; empty if it promised none.

On a dispatch it is the finish; on a granted extension, the extended finish.
"""


@dataclass(frozen=True, slots=True)
class MoveContext:
    """What guards and effects get: the case that they read and change, and all they may know.

    Attributes:
        case: The case; only effects change it.
        given: The input of the move; empty while a page asks which moves are open.
        role: The role of whoever makes the move.
        now: The moment of the move, aware UTC.
        book: The rules, of which those in force at `now` hold.
    """

    case: Case
    given: MoveInput
    role: Role
    now: datetime
    book: RuleBook

    @property
    def known_moment(self) -> datetime | None:
        """The moment of the move; None if it was imported from a source that lacks it."""
        return None if UNTIMED in self.given else self.now
