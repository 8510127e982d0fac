"""How the appeals of a made-up city end: by kind, by channel, by department, and over all.

No figure is written directly. Which cases stay open or leave their citizens dissatisfied is drawn
so that the shares over all come to the targets; each report then finds them by counting.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from random import Random

from appeals.demo.filings import FiledMatter, Style
from appeals.demo.seeded_random import make_random
from appeals.domain.case import Case
from appeals.domain.vocabulary import Kind, Result
from appeals.reporting.measures.conditions import SATISFIED

ON_SPOT_SHARES: Mapping[Style, Mapping[Kind, float]] = {
    Style.OPERATOR: {
        Kind.CONSULTATION: 0.93, Kind.PRAISE: 0.75, Kind.OTHER: 0.9, Kind.SUGGESTION: 0.25,
        Kind.HELP: 0.1, Kind.COMPLAINT: 0.05, Kind.REPORT: 0.01,
    },
    Style.ONLINE: {
        Kind.CONSULTATION: 0.75, Kind.PRAISE: 0.5, Kind.OTHER: 0.7, Kind.SUGGESTION: 0.1,
        Kind.HELP: 0.03, Kind.COMPLAINT: 0.01,
    },
    Style.WRITTEN: {Kind.CONSULTATION: 0.3, Kind.PRAISE: 0.3, Kind.OTHER: 0.4},
    Style.VISIT: {Kind.CONSULTATION: 0.4},
    Style.MEETING: {Kind.CONSULTATION: 0.6},
    Style.TRANSFER_110: {},
    Style.UPPER_LEVEL: {},
}  # fmt: skip
"""Shares answered on the spot (Domain 3.2; 3.6 T2: nearly all by telephone, few in writing)."""
RATED_ONLINE_SHARES = {Style.OPERATOR: 0.08, Style.ONLINE: 0.35, Style.WRITTEN: 0.15}
OTHER_RATED_ONLINE_SHARE = 0.05
HARDNESS_OF_STYLE = {
    Style.ONLINE: 1.2, Style.WRITTEN: 1.5, Style.VISIT: 2, Style.UPPER_LEVEL: 1.9,
}  # fmt: skip
HARDNESS_OF_KIND = {
    Kind.CONSULTATION: 0.3, Kind.PRAISE: 0.05, Kind.OTHER: 0.5, Kind.HELP: 0.7, Kind.REPORT: 1.4,
}  # fmt: skip
HARDNESS_OF_RESULT = {
    Result.SOLVED: 0.35, Result.EXPLAINED: 1.2, Result.PARTLY: 1.3, Result.CANNOT: 2.2,
}  # fmt: skip
"""How much harder a case is than others, if it is not 1."""
RESULT_WEIGHTS: Mapping[Kind, tuple[int, int, int, int]] = {
    Kind.CONSULTATION: (40, 0, 60, 0),
    Kind.HELP: (76, 10, 9, 5),
    Kind.REPORT: (55, 15, 26, 4),
    Kind.SUGGESTION: (35, 20, 30, 15),
    Kind.PRAISE: (100, 0, 0, 0),
}
"""The weights of solved, partly solved, explained, not to be solved now; others as a complaint."""
COMPLAINT_RESULT_WEIGHTS = (62, 14, 17, 7)
NOT_SOLVED_SHARES = {Result.EXPLAINED: 0.03, Result.PARTLY: 0.2, Result.CANNOT: 0.5}
"""Shares of satisfied citizens who say that the matter is not solved."""


@dataclass(frozen=True)
class OutcomeTargets:
    """The shares of valid appeals that stay open, and of ratings that are dissatisfied."""

    open: float
    dissatisfied: float


ARTICLE_TARGETS = OutcomeTargets(1 - 0.9929, 1 - 0.9543)
"""One minus the completion and satisfaction rates of the article's year (Domain 1.5)."""


@dataclass
class ShareTarget:
    """A target share and the counts so far."""

    share: float
    counted: int = 0
    hits: int = 0

    @property
    def is_short(self) -> bool:
        """Return whether the share so far is below the target."""
        return self.hits < self.share * self.counted

    def count(self, *, is_hit: bool) -> None:
        """Count one more."""
        self.counted += 1
        self.hits += is_hit

    def target_for_rest(self, share: float, more: float) -> "ShareTarget":
        """Return the target for the next `more` cases with which all together reach `share`."""
        return ShareTarget(share + (share * self.counted - self.hits) / more)


class Outcomes:
    """Counts cases as the report will (Rules 4), and decides which go badly."""

    def __init__(self, rng: Random, targets: OutcomeTargets) -> None:
        """Start with cases whose open ones are open in the normal course."""
        self.rng = rng
        self.targets = targets
        self.played = 0
        self.open, self.dissatisfied = ShareTarget(0), ShareTarget(targets.dissatisfied)
        self.some_stay_open = False

    def let_some_stay_open(self, left: int) -> None:
        """Raise the target of open cases for the rest, so that the share over all is reached.

        The last days are counted by then; the share of valid appeals is assumed equal among `left`.
        """
        valid = self.open.counted / self.played if self.played else 1
        self.open = self.open.target_for_rest(self.targets.open, left * valid)
        self.some_stay_open = True

    def pick_result(self, case: Case, filed: FiledMatter) -> Result:
        """Pick the outcome that the department's answer states; help needed today is given."""
        is_of_today = filed.matter.since == "today"
        if is_of_today and case.kind is Kind.HELP:
            return Result.SOLVED
        *weights, cannot = RESULT_WEIGHTS.get(case.kind, COMPLAINT_RESULT_WEIGHTS)
        results = (Result.SOLVED, Result.PARTLY, Result.EXPLAINED, Result.CANNOT)
        return self.rng.choices(results, [*weights, 0 if is_of_today else cannot])[0]

    def stays_open(self, case: Case, filed: FiledMatter) -> bool:
        """Decide whether the department leaves the case unanswered."""
        return self.open.is_short and self.rng.random() < _hardness_of(case, filed)

    def is_dissatisfied(self, case: Case, filed: FiledMatter, result: Result) -> bool:
        """Decide whether the citizen is dissatisfied with the answer."""
        hardness = _hardness_of(case, filed) * HARDNESS_OF_RESULT[result]
        return self.dissatisfied.is_short and self.rng.random() < hardness

    def count_case(self, case: Case) -> None:
        """Count a valid appeal's completion and, if closed, the rating of its last round."""
        self.played += 1
        early = case.withdrawn_at and not case.round.first_dispatched_at
        if not case.not_accepted_at and not early:
            done = case.answered_on_spot_at or case.withdrawn_at
            self.open.count(is_hit=not (done or all(each.closed_at for each in case.rounds)))
        for said in case.ratings:
            if said.satisfaction and said.until_at is None and said.round_n == case.round.n:
                self.dissatisfied.count(is_hit=said.satisfaction not in SATISFIED)


def _hardness_of(case: Case, filed: FiledMatter) -> float:
    """Return the probability that a case goes badly while too few have."""
    own = HARDNESS_OF_STYLE.get(filed.style, 1) * HARDNESS_OF_KIND.get(case.kind, 1)
    return 0.3 * own * find_slowness(case.holder)


@cache
def find_slowness(department: str | None) -> float:
    """Return how slow and careless a department is, always the same: 1 on average."""
    return make_random(department).uniform(0.2, 1.8)
