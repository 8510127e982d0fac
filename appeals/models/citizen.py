"""Which appeals a citizen's browser session, her device and her helper may open."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base


class OpenedAppeal(Base):
    """An appeal that a citizen's browser session opened, by its query code or by filing it.

    Only the hash of the session's random id is stored. The row is deleted when the citizen has this
    computer forget the session, and after two days at most; without it, no cookie opens the appeal.
    It opens nothing once the query code was replaced (`code_generation`). Until `receipt_until` the
    session that filed the appeal may see the receipt again. A row with `code_generation` -1 opens
    nothing: with it, a session that was replaced on filing requests the receipt once more. One with
    -2 was opened with the helper's code `helper_code_id`, for what a helper may do; a process of
    the previous release opens nothing with it.

    There is no foreign key to the appeal: checking it would wait for whoever is changing the
    appeal.
    """

    __tablename__ = "opened_appeal"
    __table_args__ = (sa.Index("ix_opened_appeal_opened_at", "opened_at"),)

    session_hash: Mapped[bytes] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code_generation: Mapped[int]
    opened_at: Mapped[datetime]
    receipt_until: Mapped[datetime | None]
    helper_code_id: Mapped[int | None]


class HelperCode(Base):
    """A code that a citizen gave another person, her helper, for one appeal (Rules 3).

    Only its keyed hash is stored. It is in force until `ended_at`, and never beyond the query code
    that it was given under (`code_generation`); an appeal has at most one that has not ended.
    `name` is the citizen's word for the helper, such as “daughter”, or empty. An erasure deletes
    the rows.
    """

    __tablename__ = "helper_code"
    __table_args__ = (
        sa.Index("ix_helper_code_appeal_id", "appeal_id"),
        sa.Index(
            "one_helper_code_in_force",
            "appeal_id",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    appeal_id: Mapped[int] = mapped_column(sa.ForeignKey("appeal.id"))
    name: Mapped[str]
    code_hash: Mapped[bytes]
    code_generation: Mapped[int]
    given_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class HelperVisit(Base):
    """A time at which a helper looked at the appeal; her moves are recorded as moves."""

    __tablename__ = "helper_visit"
    __table_args__ = (sa.Index("ix_helper_visit_code_id_at", "code_id", "at"),)

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    code_id: Mapped[int] = mapped_column(sa.ForeignKey("helper_code.id"))
    at: Mapped[datetime]


class DeviceAppeal(Base):
    """An appeal on the list that a citizen's device keeps (`/appeals/mine`).

    The device has a cookie with a random id; only its hash is stored. The row opens the appeal
    until `until_at`, unless the query code was replaced (`code_generation`), and never while the
    appeal is confidential or restricted: such a one needs its query code each time (Rules 3).

    There is no foreign key to the appeal, as in `OpenedAppeal`.
    """

    __tablename__ = "device_appeal"
    __table_args__ = (sa.Index("ix_device_appeal_until_at", "until_at"),)

    device_hash: Mapped[bytes] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code_generation: Mapped[int]
    until_at: Mapped[datetime]


class TelephoneCode(Base):
    """A one-time code asked for by a citizen's browser session, for a telephone.

    There is one row for a session, the newest; the code itself is derived from `nonce`
    (`casework/following/telephone_codes.py`). `tries` counts what was compared with it. At
    `next_try_at` a worker sends it; it is NULL once that is over. `language` is that of the page.
    """

    __tablename__ = "telephone_code"
    __table_args__ = (
        sa.Index("one_code_per_session", "session_hash", unique=True),
        sa.Index("ix_telephone_code_expires_at", "expires_at"),
        sa.Index(
            "ix_telephone_code_next_try_at",
            "next_try_at",
            postgresql_where=sa.text("next_try_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    session_hash: Mapped[bytes]
    telephone: Mapped[str]
    nonce: Mapped[bytes]
    language: Mapped[str]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    sendings: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
