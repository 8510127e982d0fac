"""The inbox: the notices for a member of staff that are shown on the desk, grouped by case.

They are addressed to her account or to her department; each person reads a department's notices
for herself. Those of restricted appeals are shown to people with the permission only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import visible_to
from appeals.cases.desk_notices import addressed_to_actor, is_unread, select_unread
from appeals.models.appeal import Appeal
from appeals.models.notice import Notice

PAGE_CASES = 20
MAX_COUNTED = 99
"""The header counts unread notices up to so many."""
Where = sa.ColumnElement[bool]


@dataclass(frozen=True)
class InboxNotice:
    """One notice, and whether the reader has read it."""

    notice: Notice
    is_read: bool


@dataclass
class InboxCase:
    """The notices about one case, the newest first; its number if the reader may open it.

    A notice about an account stands by itself, without a number.
    """

    number: str | None
    may_open: bool
    notices: list[InboxNotice] = field(default_factory=list)

    @property
    def has_unread(self) -> bool:
        """Return whether the reader has not read one of them."""
        return any(not each.is_read for each in self.notices)


@dataclass(frozen=True)
class InboxPage:
    """A page of cases, by their newest notice; `after` is the key of the next page."""

    cases: Sequence[InboxCase]
    after: int | None

    @property
    def newest(self) -> int:
        """Return the id of the newest notice on the page, 0 without any."""
        return max((each.notice.id for case in self.cases for each in case.notices), default=0)


def count_unread(act: Act) -> int:
    """Count the actor's unread notices, at most one more than `MAX_COUNTED`."""
    unread = select_unread(act).limit(MAX_COUNTED + 1).subquery()
    return act.session.scalar(sa.select(sa.func.count()).select_from(unread)) or 0


def load_inbox(act: Act, after: int | None = None) -> InboxPage:
    """Load one page of the actor's notices, in two statements.

    Args:
        act: Who reads.
        after: `InboxPage.after` of the page before; None for the first page.
    """
    group = sa.func.coalesce(Notice.appeal_id, -Notice.id)
    newest = sa.func.max(Notice.id)
    groups = (
        sa.select(group, newest)
        .where(*addressed_to_actor(act))
        .group_by(group)
        .order_by(newest.desc())
        .limit(PAGE_CASES + 1)
    )
    if after is not None:
        groups = groups.having(newest < after)
    found = act.session.execute(groups).all()
    shown = [key for key, _ in found[:PAGE_CASES]]
    cases = _load_cases(act, group.in_(shown)) if shown else {}
    more = len(found) > PAGE_CASES
    return InboxPage([cases[key] for key in shown], found[PAGE_CASES - 1][1] if more else None)


def _load_cases(act: Act, wanted: Where) -> dict[int, InboxCase]:
    rows = act.session.execute(
        sa.select(
            Notice, is_unread(act), Appeal.number, sa.func.coalesce(visible_to(act.actor), False)
        )
        .outerjoin(Appeal, Appeal.id == Notice.appeal_id)
        .where(*addressed_to_actor(act), wanted)
        .order_by(Notice.id.desc())
    )
    cases: dict[int, InboxCase] = {}
    for notice, unread, number, may_open in rows:
        case = cases.setdefault(notice.appeal_id or -notice.id, InboxCase(number, bool(may_open)))
        case.notices.append(InboxNotice(notice, not unread))
    return cases
