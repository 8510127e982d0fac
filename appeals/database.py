"""The declarative base, the names of constraints, the types, and the engine."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import Enum as PythonEnum
from typing import ClassVar

import psycopg
import sqlalchemy as sa
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from appeals.domain.vocabulary import Term

CONSTRAINT_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
RELEASE = 2
"""The release that writes, told to the database by every connection.

A compatibility trigger fills what a process of an earlier release does not write, and leaves the
writes of this one alone (decision 0012). Raise it with the first such trigger of a new release.
"""

CONNECT_TIMEOUT_SECONDS = 3
POOL_TIMEOUT_SECONDS = 2
"""How long a request waits for a connection: to be opened, or to be given back by another."""
ANSWER_GRACE_SECONDS = 0.25
"""How much longer than a statement may take the server may leave us without an answer."""


class Base(DeclarativeBase):
    """The base of every mapped class; moments are `timestamptz`, texts have no length."""

    metadata = sa.MetaData(naming_convention=CONSTRAINT_NAMES)
    type_annotation_map: ClassVar = {
        datetime: sa.DateTime(timezone=True),
        str: sa.Text(),
        bytes: sa.LargeBinary(),
        int: sa.BigInteger(),
    }


def _stored_values(terms: type[PythonEnum]) -> list[str]:
    return [str(term.value) for term in terms]


def enum_type(terms: type[Term], name: str | None = None) -> sa.Enum:
    """Give the column type of a closed list: text with a CHECK, stored by value."""
    return sa.Enum(
        terms,
        name=name or terms.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=None,
        values_callable=_stored_values,
    )


class BoundedConnection(psycopg.Connection[TupleRow]):
    """A connection that waits only so long for an answer, then closes.

    The server ends a statement that takes too long. One that hangs, or is cut off without a word,
    ends nothing, and TCP sees no fault: we would wait for ever.
    """

    answer_seconds: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for one answer. Raises OperationalError if none comes within `answer_seconds`."""
        try:
            return super().wait(gen, interval, timeout or self.answer_seconds)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()  # an answer may still come; nobody would know what to
            raise


def make_engine(url: str, *, statement_seconds: int = 5, pool_size: int = 5) -> sa.Engine:
    """Open an engine whose connections speak UTC, give up waiting for locks and never idle open.

    Args:
        url: the address of the database.
        statement_seconds: what one statement may take; reports and commands take more than a page
            may. With 0 neither it nor the wait for an answer has an end.
        pool_size: the connections that stay open.
    """
    options = (
        f"-c timezone=UTC -c statement_timeout={statement_seconds * 1000} "
        "-c idle_in_transaction_session_timeout=30000 -c lock_timeout=5000 "
        f"-c appeals.release={RELEASE}"
    )
    engine = sa.create_engine(
        url,
        hide_parameters=True,  # an error that is logged holds no citizen's words
        pool_size=pool_size,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        connect_args={"options": options, "connect_timeout": CONNECT_TIMEOUT_SECONDS},
    )

    def connect(
        _dialect: object, _record: object, words: list[str], named: dict[str, object]
    ) -> BoundedConnection:
        connection = BoundedConnection.connect(*words, **named)  # type: ignore[arg-type]  # libpq's
        connection.answer_seconds = (
            statement_seconds + ANSWER_GRACE_SECONDS if statement_seconds else None
        )
        return connection

    sa.event.listen(engine, "do_connect", connect)
    sa.event.listen(engine, "checkout", _check_still_open)
    return engine


def _check_still_open(connection: psycopg.Connection, *_of_the_pool: object) -> None:
    """Have the pool connect anew where the server went away while the connection was idle.

    An idle server says nothing; one that ended, or ends us, has left its last words to be read.
    Looking at the socket costs none of the round trips that a question would.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        raise sa.exc.InvalidatePoolError


@contextmanager
def try_advisory_lock(engine: sa.Engine, name: str) -> Iterator[bool]:
    """Hold the installation's lock of that name for the block; give False where another has it.

    The advisory lock is a connection's and not a transaction's: work of minutes holds no
    transaction, and a process that dies lets go of it.
    """
    key = sa.func.hashtextextended(name, 0)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(key))):
            yield False
            return
        try:
            yield True
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))


def make_session_factory(engine: sa.Engine) -> sessionmaker[Session]:
    """Give the factory of sessions; only the edges commit them."""
    return sessionmaker(engine, expire_on_commit=False)
