"""Erasure: which appeals had their personal data deleted, and the retention of each kind."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base, enum_type
from appeals.domain.vocabulary import ErasedBy, Kind


class Erasure(Base):
    """One erasure: which appeal, when and by whose decision, never what was deleted. Append-only.

    `request_id` is the two-person request behind it; without one, `erased_by` says whether it was
    the retention rule or the command line. `mac` is the HMAC over the other columns
    (`casework/erasure/erasure.py`), None where a release before this one recorded the erasure.
    """

    __tablename__ = "erasure"

    appeal_id: Mapped[int] = mapped_column(
        sa.ForeignKey("appeal.id"), primary_key=True, autoincrement=False
    )
    erased_at: Mapped[datetime]
    erased_by: Mapped[ErasedBy] = mapped_column(enum_type(ErasedBy))
    request_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_request.id"))
    mac: Mapped[bytes | None]


class ErasedFile(Base):
    """A photo's file that no row names any more; the row is deleted with the file."""

    __tablename__ = "erased_file"

    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)


class Retention(Base):
    """How many years after its last move an appeal of a kind is erased, from a day on; 0: never."""

    __tablename__ = "retention"
    __table_args__ = (sa.CheckConstraint("years BETWEEN 0 AND 100", name="years_of_a_life"),)

    kind: Mapped[Kind] = mapped_column(enum_type(Kind), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    years: Mapped[int]
