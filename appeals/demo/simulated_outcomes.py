"""What a made-up year comes to: counted as it goes, so that the rest can be drawn accordingly."""

from dataclasses import dataclass

from appeals.domain.case import Case
from appeals.reporting.measures.conditions import SATISFIED

OPEN_SHARE = 1 - 0.9929
DISSATISFIED_SHARE = 1 - 0.9543
"""One minus the completion and satisfaction rates of the article's year (Domain 1.5)."""


@dataclass
class ShareTarget:
    """A share that is to be found by counting: so many of all that are counted turn out so."""

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
        """Return the target of the next `more` cases by which all together reach `share`."""
        return ShareTarget(share + (share * self.counted - self.hits) / more)


class Outcomes:
    """Counts lives as the report will: open at the end, dissatisfied at last (Rules 4)."""

    def __init__(self) -> None:
        """Begin with the year's last days: what is open of them is so in the course of things."""
        self.played = 0
        self.open, self.dissatisfied = ShareTarget(0), ShareTarget(DISSATISFIED_SHARE)
        self.some_stay_open = False

    def let_some_stay_open(self, left: int) -> None:
        """From now on aim at more open cases, as many as make up the year's share.

        The last days are counted by then; of the `left` appeals the same share is valid.
        """
        valid = self.open.counted / self.played if self.played else 1
        self.open, self.some_stay_open = self.open.target_for_rest(OPEN_SHARE, left * valid), True

    def count(self, case: Case) -> None:
        """Count the completion of a valid appeal, and the rating of its last round if closed."""
        self.played += 1
        early = case.withdrawn_at and not case.round.first_dispatched_at
        if not case.not_accepted_at and not early:
            done = case.answered_on_spot_at or case.withdrawn_at
            self.open.count(is_hit=not (done or all(each.closed_at for each in case.rounds)))
        for said in case.ratings:
            if said.satisfaction and said.until_at is None and said.round_n == case.round.n:
                self.dissatisfied.count(is_hit=said.satisfaction not in SATISFIED)
