"""Whether the rows still say what happened, for every appeal there is.

Of the histories that are alike one is held against the rules for all (`casework/alike.py`); one
that the database cannot vouch for is looked at itself (`casework/replaying.py`).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework import replaying
from appeals.casework.alike import Span, forms
from appeals.casework.bulk import remembering
from appeals.casework.counted import Counted, miscounted
from appeals.models.appeal import Appeal
from appeals.reference import reference

AT_ONCE = 5_000
SETTINGS = ("jit = off", "work_mem = '32MB'")
"""For statements that touch thousands of rows once: nothing to compile, nothing to spill."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with one appeal, in a sentence for the operator."""

    number: str
    what: str


@dataclass(frozen=True)
class Checked:
    """How many appeals were looked at, and what was found."""

    count: int
    problems: tuple[Problem, ...]


def spans(act: Act) -> list[Span]:
    """Give spans of ids that hold every appeal, to be checked one by one or side by side."""
    first = act.session.scalar(sa.select(sa.func.min(Appeal.id)))
    last = act.session.scalar(sa.select(sa.func.max(Appeal.id)))
    if first is None or last is None:
        return []
    return [(begin, begin + AT_ONCE - 1) for begin in range(first, last + 1, AT_ONCE)]


@dataclass(frozen=True)
class Right:
    """The forms and the promises found right so far, for all who check side by side."""

    forms: set[bytes] = field(default_factory=set)
    promises: set[Counted] = field(default_factory=set)


class Verifier:
    """Checks span after span, and remembers which forms and which promises are right."""

    def __init__(self, act: Act, right: Right | None = None) -> None:
        """Take the rules and the calendar as they are now, and what is known to be right by them.

        What is shared was found by the same rules, from the same snapshot.
        """
        self.act = act
        self.book = remembering(reference(act).book)
        self.right = Right() if right is None else right
        for setting in SETTINGS:
            act.session.execute(sa.text(f"SET LOCAL {setting}"))

    def __call__(self, span: Span) -> Checked:
        """Check one appeal of each new form, all of a form that does not hold, all miscounted."""
        wrong = miscounted(self.act, self.book, span, self.right.promises)
        alike = {form: set(ids) for form, ids in forms(self.act, self.book, span)}
        new = {form: ids - wrong for form, ids in alike.items() if form not in self.right.forms}
        first = {form: min(ids) for form, ids in new.items() if ids}
        found = self._played({*wrong, *first.values()})
        self.right.forms.update(form for form, id_ in first.items() if not found[id_])
        rest = [new[form] - {id_} for form, id_ in first.items() if found[id_]]
        found |= self._played(set().union(*rest))
        problems = (problem for id_ in sorted(found) for problem in found[id_])
        return Checked(sum(map(len, alike.values())), tuple(problems))

    def _played(self, ids: Collection[int]) -> dict[int, list[Problem]]:
        """Hold each of these appeals against its own history."""
        return {
            kept.id: [Problem(kept.number, what) for what in replaying.problems(kept, self.book)]
            for kept in replaying.read(self.act, ids)
        }


def verify(act: Act, of: Sequence[Span] | None = None) -> Iterator[Checked]:
    """Check every appeal, or those of some spans; a span is read and forgotten."""
    return map(Verifier(act), spans(act) if of is None else of)
