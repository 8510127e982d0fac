"""One appeal as a plain value: all that the rules read and write, independent of the database.

A move changes a `Case`; the database rows mirror it column by column under the same names. So
single moves, bulk writing and the replay share one set of rules.

A row that is superseded carries `until_at`, the moment of its successor, so that "as of T" is a
plain comparison. All moments are aware UTC; stamps are written once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from appeals.domain.clocks import LimitUnit
from appeals.domain.people import Role
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import DispatchEnd, Duty, Kind, Satisfaction, Solved

MAX_RATING_VERSIONS = 3
"""The first rating of a round and two changes (Rules 3)."""


@dataclass(slots=True)
class RoundFacts:
    """One handling of an appeal, from opening to closing.

    `answer_given_at` is the time of the answer that waits for review, `answered_at` the time of the
    answer that review accepted; the latter counts (Rules 1, "met by"). `rated_at`, `solved` and
    `satisfaction` belong to the last effective rating (Rules 4).
    """

    n: int
    opened_at: datetime
    first_dispatched_at: datetime | None = None
    original_due_at: datetime | None = None
    extension_asked_at: datetime | None = None
    extension_days: int | None = None
    extension_refused_at: datetime | None = None
    extension_granted_at: datetime | None = None
    extended_due_at: datetime | None = None
    answer_given_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    tried_at: datetime | None = None
    reached_at: datetime | None = None
    tries: int = 0
    rehandling_asked_at: datetime | None = None
    rehandling_refused_at: datetime | None = None
    rated_at: datetime | None = None
    solved: Solved | None = None
    satisfaction: Satisfaction | None = None
    until_at: datetime | None = None

    @property
    def due_at(self) -> datetime | None:
        """The current finish date: the extended one if an extension was granted."""
        return self.extended_due_at or self.original_due_at

    @property
    def extension_pending(self) -> bool:
        """Whether an extension was requested and is not decided yet."""
        return (
            self.extension_asked_at is not None
            and self.extension_granted_at is None
            and self.extension_refused_at is None
        )

    @property
    def rehandling_pending(self) -> bool:
        """Whether the citizen asked for another round and it is not decided yet."""
        return (
            self.rehandling_asked_at is not None
            and self.rehandling_refused_at is None
            and self.until_at is None
        )


@dataclass(slots=True)
class DispatchFacts:
    """One dispatch to one department; `n` counts over the appeal, from 1.

    Where its department ended, the successor's row continues it: `sent_at`, the dates and the
    stamps are those of the row before, `since_at` is when the successor took over.
    `unreachable_at` is set when the department had no way to reach the citizen; from then on no
    first contact is due.
    """

    n: int
    round_n: int
    department: str
    sent_at: datetime
    sign_due_at: datetime | None = None
    contact_due_at: datetime | None = None
    unreachable_at: datetime | None = None
    signed_at: datetime | None = None
    contacted_at: datetime | None = None
    return_asked_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    how_ended: DispatchEnd | None = None
    until_at: datetime | None = None
    since_at: datetime | None = None


@dataclass(slots=True)
class DeadlineFacts:
    """One deadline of a round or dispatch: what is due when, and how it ended.

    `n` counts over the appeal. `dispatch_n` is 0 for a deadline of the whole round. `ended_at` is
    set when the duty lapsed without being met (recall, withdrawal). The card is yellow from
    `warn_at`; the supervisor is notified at `escalate_at`.
    """

    n: int
    duty: Duty
    round_n: int
    dispatch_n: int
    started_at: datetime
    amount: int | None
    unit: LimitUnit | None
    original_due_at: datetime
    due_at: datetime
    warn_at: datetime
    escalate_at: datetime
    department: str | None = None
    met_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_running(self) -> bool:
        """Whether the deadline is neither met nor ended."""
        return self.met_at is None and self.ended_at is None


@dataclass(slots=True)
class RatingFacts:
    """One version of the rating of a round; the newest has no `until_at`.

    `heard` marks a rating that was given in a follow-up call, not by the citizen on the page.
    """

    n: int
    round_n: int
    rated_at: datetime
    solved: Solved | None
    satisfaction: Satisfaction | None
    until_at: datetime | None = None
    heard: bool = False


@dataclass(slots=True)
class ContactTryFacts:
    """One failed try of a department to reach the citizen; `n` counts over the appeal."""

    n: int
    dispatch_n: int
    tried_at: datetime
    message_left: bool


@dataclass(slots=True)
class AmendmentFacts:
    """The classification that was valid until the centre corrected it at `amended_at`."""

    n: int
    amended_at: datetime
    kind: Kind
    category: str
    district: str | None
    street: str | None
    urgent: bool


@dataclass(slots=True)
class ReversalFacts:
    """The stamps that were valid until the centre reversed its decision at `reversed_at` (Rules 3).

    `taken_back` is the state that the reversed decision had led to. The stamps are those of the
    appeal and of round `round_n`; None means that the stamp was not set.
    """

    n: int
    round_n: int
    reversed_at: datetime
    taken_back: State
    not_accepted_at: datetime | None
    answered_on_spot_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    tried_at: datetime | None
    reached_at: datetime | None


@dataclass(frozen=True, slots=True)
class RecordedMove:
    """One move as made; `seq` counts over the appeal, from 1, and `words` is its free text."""

    seq: int
    action: Action
    to_state: State
    at: datetime
    actor_role: Role
    staff_id: int | None
    department: str | None
    facts: Mapping[str, str]
    words: str | None


@dataclass(slots=True)
class Case:
    """An appeal with its rounds, dispatches, deadlines, ratings and corrections.

    `complained_department` is the department that a restricted appeal is about; None: not known
    yet. `urgings` counts over all rounds; `citizen_urged_at` is the citizen's own last one.
    """

    filed_at: datetime
    kind: Kind
    category: str
    district: str | None
    street: str | None
    urgent: bool
    restricted: bool = False
    complained_department: str | None = None
    state: State = State.FILED
    investigation: bool = False
    holder: str | None = None
    assignee: int | None = None
    question_open: bool = False
    code_generation: int = 0
    urgings: int = 0
    citizen_urged_at: datetime | None = None
    accepted_at: datetime | None = None
    not_accepted_at: datetime | None = None
    answered_on_spot_at: datetime | None = None
    withdrawn_at: datetime | None = None
    rounds: list[RoundFacts] = field(default_factory=list)
    dispatches: list[DispatchFacts] = field(default_factory=list)
    deadlines: list[DeadlineFacts] = field(default_factory=list)
    contact_tries: list[ContactTryFacts] = field(default_factory=list)
    ratings: list[RatingFacts] = field(default_factory=list)
    amendments: list[AmendmentFacts] = field(default_factory=list)
    reversals: list[ReversalFacts] = field(default_factory=list)

    @property
    def round(self) -> RoundFacts:
        """The current round, which is the newest."""
        return self.rounds[-1]

    @property
    def decided_at(self) -> datetime | None:
        """When the centre made the decision that it can still reverse (Rules 3)."""
        return self.not_accepted_at or self.answered_on_spot_at or self.round.closed_at

    @property
    def dispatch(self) -> DispatchFacts | None:
        """The newest dispatch; None before the first."""
        return self.dispatches[-1] if self.dispatches else None

    def running(self, duty: Duty) -> DeadlineFacts | None:
        """Return the running deadline of `duty`, if there is one."""
        return next((d for d in self.deadlines if d.duty is duty and d.is_running), None)

    @property
    def rating_versions(self) -> int:
        """Count the round's rating versions: each of the citizen's own, and all follow-ups as one.

        Follow-up calls must not use up the citizen's two changes.
        """
        heard = any(each.heard for each in self._rated)
        return sum(not each.heard for each in self._rated) + heard

    @property
    def rating_versions_left(self) -> int:
        """How many more times the citizen may rate the current round (Rules 3)."""
        return max(MAX_RATING_VERSIONS - self.rating_versions, 0)

    @property
    def is_rated_by_citizen(self) -> bool:
        """Whether the citizen rated the current round on the page, not in a follow-up call."""
        return any(not each.heard for each in self._rated)

    @property
    def _rated(self) -> list[RatingFacts]:
        return [each for each in self.ratings if each.round_n == self.round.n]

    @property
    def returns(self) -> int:
        """The number of returns granted in the current round."""
        return sum(
            d.how_ended is DispatchEnd.RETURNED
            for d in self.dispatches
            if d.round_n == self.round.n
        )
