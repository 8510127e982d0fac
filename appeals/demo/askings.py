"""What a citizen of a made-up city does while she waits: she urges, asks how it stands, adds.

Also the step of a life, which `demo/lives.py` writes, and what a life is about.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from appeals.demo.filings import FiledMatter, Style
from appeals.demo.matters import Phrases
from appeals.demo.seeded_random import make_random
from appeals.domain.case import Case
from appeals.domain.moves.needs import CHANNEL, RECOGNISED_BY
from appeals.domain.people import Role
from appeals.domain.states import WITH_DEPARTMENT, Action
from appeals.domain.vocabulary import Channel, RecognisedBy

LONG_WAIT = timedelta(hours=20)
"""After so long without a step a citizen may ask."""
ASKED_SHARE = 0.08
CALLER_SHARE = 0.5
"""Share of those who filed themselves and ask by telephone."""
CALLER_ACTIONS = ((Action.URGE, Action.ENQUIRE, Action.ADD), (5, 4, 1))
CALLER = {CHANNEL: Channel.PHONE.value, RECOGNISED_BY: RecognisedBy.KEPT_NUMBER.value}
"""What the centre records of a caller whom it recognised by her number."""


@dataclass(frozen=True, slots=True)
class LifeStep:
    """One move of a life: its time, the role of who makes it, its values.

    An officer or leader is one of the department that holds the appeal. Who is assigned is left to
    the player.
    """

    at: datetime
    role: Role
    action: Action
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LifeFacts:
    """What a life is about: the case as it goes, what was filed, and the department in charge.

    With `sure` exactly the named events happen, otherwise they are random.
    """

    case: Case
    filed: FiledMatter
    department: str
    sure: frozenset[str] | None = None


def list_askings(
    life: LifeFacts, last: datetime, next_at: datetime, phrases: Phrases
) -> Iterator[LifeStep]:
    """Yield what the citizen does while she waits long: she urges, or calls (Rules 8).

    Nothing else of the life depends on it: it has a random generator of its own.
    """
    case, span = life.case, next_at - last
    if case.state not in WITH_DEPARTMENT or span < LONG_WAIT:
        return
    rng = make_random((case.filed_at, life.filed.matter.subject, last))
    if rng.random() >= ASKED_SHARE:
        return
    at = last + timedelta(seconds=int(span.total_seconds() * rng.uniform(0.3, 0.9)))
    calls = life.filed.style is Style.OPERATOR or rng.random() < CALLER_SHARE
    if calls:
        action = rng.choices(*CALLER_ACTIONS)[0]
        words = {"words": phrases.pick(rng, "more", "")} if action is Action.ADD else {}
        yield LifeStep(at, Role.OPERATOR, action, {**CALLER, **words})
    elif case.citizen_urged_at is None:
        yield LifeStep(at, Role.CITIZEN, Action.URGE)
