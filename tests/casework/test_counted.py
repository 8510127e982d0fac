"""What the clocks do not give is found, to the second, though each minute is counted once."""

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.bulk import remembering
from appeals.casework.counted import miscounted
from appeals.casework.verifying import spans
from appeals.domain.states import State
from appeals.domain.vocabulary import Duty
from appeals.models.handling import Deadline
from appeals.reference import reference
from tests.cast import shanghai
from tests.factories import appeal_in, later

STARTS = (
    "2026-03-02 09:00", "2026-03-02 09:00:20", "2026-03-02 10:00", "2026-03-02 10:00:00.5",
    "2026-03-02 11:59:59", "2026-03-02 12:40:07", "2026-03-02 17:30", "2026-03-06 17:29:30",
    "2026-03-07 03:00:40",
)  # fmt: skip
CHANGES = (
    "{} + interval '1 second'", "{} - interval '1 minute'", "{} + interval '0.5 second'",
    "date_trunc('minute', {})", "date_trunc('minute', {}) + interval '1 minute'",
)  # fmt: skip
STAMPS = {"due": ("original_due_at", "due_at"), "yellow": ("warn_at",), "late": ("escalate_at",)}


def wrong(act: Act) -> set[int]:
    book = remembering(reference(act).book)
    right = set[tuple[object, ...]]()
    found = (miscounted(act, book, span, right) for span in spans(act))  # type: ignore[arg-type]
    return set().union(*found)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("category", ["urban.noise", "water.burst"], ids=["ordinary", "urgent"])
def test_a_moment_changed_by_less_than_a_minute_is_found(
    act: Act, start: str, category: str
) -> None:
    sent = later(act.at(shanghai(start)), -2)
    appeal = appeal_in(sent, State.DISPATCHED, category=category)
    appeal_in(later(sent, 1 / 400), State.DISPATCHED, category=category)
    act.session.flush()  # the statements read the rows
    assert wrong(act) == set()
    signs = sa.select(Deadline.n).where(Deadline.appeal_id == appeal.id, Deadline.duty == Duty.SIGN)
    n = act.session.scalar(signs)
    for stamps in STAMPS.values():
        for change in CHANGES:
            new = change.format(stamps[0])
            told = ", ".join(f"{stamp} = {new}" for stamp in stamps)
            where = f"appeal_id = {appeal.id} AND n = {n}"
            with act.session.begin_nested() as example:
                moved = act.session.execute(
                    sa.text(f"UPDATE deadline SET {told} WHERE {where} AND {stamps[0]} <> {new}")  # noqa: S608
                )
                assert wrong(act) == ({appeal.id} if moved.rowcount else set())  # type: ignore[attr-defined]
                example.rollback()
