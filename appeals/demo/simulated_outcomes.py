"""Running shares of a simulated year, steered to the targets."""

from dataclasses import dataclass

from appeals.domain.case import Case
from appeals.reporting.measures.conditions import SATISFIED

OPEN_SHARE = 1 - 0.9929
DISSATISFIED_SHARE = 1 - 0.9543
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
    """Counts simulated cases as the report will: still open, finally dissatisfied (Rules 4)."""

    def __init__(self) -> None:
        """Start with the year's last days, whose open cases are open in the normal course."""
        self.played = 0
        self.open, self.dissatisfied = ShareTarget(0), ShareTarget(DISSATISFIED_SHARE)
        self.some_stay_open = False

    def let_some_stay_open(self, left: int) -> None:
        """Raise the target of open cases for the rest, so that the year's share is reached.

        The last days are counted by then; the share of valid appeals is assumed equal among `left`.
        """
        valid = self.open.counted / self.played if self.played else 1
        self.open, self.some_stay_open = self.open.target_for_rest(OPEN_SHARE, left * valid), True

    def count(self, case: Case) -> None:
        """Count a valid appeal's completion and, if closed, the rating of its last round."""
        self.played += 1
        early = case.withdrawn_at and not case.round.first_dispatched_at
        if not case.not_accepted_at and not early:
            done = case.answered_on_spot_at or case.withdrawn_at
            self.open.count(is_hit=not (done or all(each.closed_at for each in case.rounds)))
        for said in case.ratings:
            if said.satisfaction and said.until_at is None and said.round_n == case.round.n:
                self.dissatisfied.count(is_hit=said.satisfaction not in SATISFIED)
