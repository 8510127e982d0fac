"""What the three witnesses say together: the clients' log, the database, the mail server.

In the words of Jepsen's set checker (Reliability 2). A filing is known by its mark, a word of the
client's own in its text, so that no key of ours is a witness in its own cause.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from appeals.domain.vocabulary import NoticeChannel, NoticeKind
from appeals.models.appeal import Appeal, Statement
from appeals.models.notice import Notice

Stored = Sequence[tuple[str, str]]
"""Mark and number of each appeal in the database."""


@dataclass
class ClientLog:
    """What the clients saw: a line is written after the answer has arrived, never before.

    `receipts` are the numbers that were shown, by mark; `unanswered` counts the requests that had
    to be sent again; `odd` are the answers that no client should get, whatever is killed.
    """

    attempted: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    receipts: dict[str, str] = field(default_factory=dict)
    unanswered: int = 0
    odd: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Verdict:
    """How many filings were tried and acknowledged, and what became of them.

    `lost` were acknowledged and are not there; `unexpected` are there and nobody tried them;
    `recovered` are there though no answer arrived; `duplicated` are there more than once;
    `misnamed` are there under another number than their receipt's.
    """

    attempts: int
    acknowledged: int
    lost: int
    unexpected: int
    recovered: int
    duplicated: int
    misnamed: int

    @classmethod
    def of(cls, log: ClientLog, stored: Stored) -> "Verdict":
        """Compare what was acknowledged with what is there."""
        times = Counter(mark for mark, _ in stored)
        return cls(
            attempts=len(log.attempted),
            acknowledged=len(log.acknowledged),
            lost=len(log.acknowledged - times.keys()),
            unexpected=len(times.keys() - log.attempted),
            recovered=len((log.attempted & times.keys()) - log.acknowledged),
            duplicated=sum(count > 1 for count in times.values()),
            misnamed=len(set(log.receipts.items()) - set(stored)),
        )

    @property
    def holds(self) -> bool:
        """Tell whether nothing was lost and nothing came twice."""
        return not (self.lost or self.unexpected or self.duplicated or self.misnamed)


@dataclass(frozen=True)
class LetterCounts:
    """How the filings were told of: in the books, and at the mail server.

    `missing` filings have no notice and `doubled` ones two; `unsent` letters never left or were
    parked; `untold` are in the books as sent and did not arrive, themselves or the letter that
    they were joined to; `strange` arrived and are not in the books. `repeated` arrivals carry the
    Message-ID of one before: allowed, and shown.
    """

    letters: int
    missing: int
    doubled: int
    unsent: int
    untold: int
    strange: int
    repeated: int

    @property
    def holds(self) -> bool:
        """Tell whether every notice is once in the books, and each of them arrived."""
        return not (self.missing or self.doubled or self.unsent or self.untold or self.strange)


def stored(session: Session) -> Stored:
    """Give mark and number of every appeal that is there."""
    query = sa.select(Statement.subject, Appeal.number).join(Appeal)
    return [(mark, number) for mark, number in session.execute(query)]


def compare_letters(session: Session, arrived: Iterable[str]) -> LetterCounts:
    """Compare the filings, their notices in the books, and the letters that arrived."""
    arrivals = Counter(_notice_of(each) for each in arrived)
    rows = session.execute(
        sa.select(Notice.id, Notice.appeal_id, Notice.kind, Notice.sent_at, Notice.joined_to).where(
            Notice.channel == NoticeChannel.EMAIL
        )
    ).all()
    receipts = Counter(row.appeal_id for row in rows if row.kind is NoticeKind.FILED)
    filed = set(session.scalars(sa.select(Appeal.id)))
    sent = {row.joined_to or row.id for row in rows if row.sent_at}
    return LetterCounts(
        letters=len(rows),
        missing=len(filed - receipts.keys()),
        doubled=sum(count > 1 for count in receipts.values()),
        unsent=sum(row.sent_at is None for row in rows),
        untold=len(sent - arrivals.keys()),
        strange=len(arrivals.keys() - {row.id for row in rows}),
        repeated=sum(arrivals.values()) - len(arrivals),
    )


def _notice_of(message_id: str) -> int:
    """Read the notice's id out of "<notice.17.20260302@host>"."""
    return int(message_id.split(".")[1])
