"""The declarative base, constraint names, column types, engine, sessions and advisory locks."""

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
"""The number of this release, set by every connection as `appeals.release`.

Compatibility triggers fill in what processes of earlier releases do not write, and leave rows
written by this one alone (decision 0012). Raise the number with the first such trigger of a new
release.
"""

CONNECT_TIMEOUT_SECONDS = 3
POOL_TIMEOUT_SECONDS = 2
"""How long a request waits for a new connection, and for a free one of the pool."""
ANSWER_GRACE_SECONDS = 0.25
"""Added to the statement timeout; after that the client closes the unresponsive connection."""


class Base(DeclarativeBase):
    """Base of every mapped class; datetimes are `timestamptz`, strings `text` without a length."""

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
    """Return the column type of a closed list: text with a CHECK, stored by value."""
    return sa.Enum(
        terms,
        name=name or terms.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=None,
        values_callable=_stored_values,
    )


class BoundedConnection(psycopg.Connection[TupleRow]):
    """A connection that closes if an answer takes longer than `answer_seconds`.

    The server's statement timeout does not help if the server hangs or the network drops packets
    silently; without a timeout of its own the process would wait for ever.
    """

    answer_seconds: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for one answer. Raises OperationalError if none comes within `answer_seconds`."""
        try:
            return super().wait(gen, interval, timeout or self.answer_seconds)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()  # a late answer would be taken for that of the next statement
            raise


def make_engine(url: str, *, statement_seconds: int = 5, pool_size: int = 5) -> sa.Engine:
    """Create the engine, with UTC and limits on statements, lock waits and idle transactions.

    Args:
        url: The address of the database.
        statement_seconds: The statement timeout; reports and commands need more than pages. 0 means
            no limit, neither for a statement nor for its answer.
        pool_size: Connections that stay open.
    """
    options = (
        f"-c timezone=UTC -c statement_timeout={statement_seconds * 1000} "
        "-c idle_in_transaction_session_timeout=30000 -c lock_timeout=5000 "
        f"-c appeals.release={RELEASE}"
    )
    engine = sa.create_engine(
        url,
        hide_parameters=True,  # keeps citizens' texts out of logged errors
        pool_size=pool_size,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        connect_args={"options": options, "connect_timeout": CONNECT_TIMEOUT_SECONDS},
    )

    def connect(
        _dialect: object, _record: object, words: list[str], named: dict[str, object]
    ) -> BoundedConnection:
        connection = BoundedConnection.connect(*words, **named)  # type: ignore[arg-type]  # of libpq
        connection.answer_seconds = (
            statement_seconds + ANSWER_GRACE_SECONDS if statement_seconds else None
        )
        return connection

    sa.event.listen(engine, "do_connect", connect)
    sa.event.listen(engine, "checkout", _check_still_open)
    return engine


def _check_still_open(connection: psycopg.Connection, *_of_the_pool: object) -> None:
    """Make the pool reconnect if the server has closed an idle connection.

    An idle socket with something to read means that the server ended the connection. Polling the
    socket saves the round trip of a test query.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        raise sa.exc.InvalidatePoolError


@contextmanager
def try_advisory_lock(engine: sa.Engine, name: str) -> Iterator[bool]:
    """Hold an advisory lock for the block; yield False if another process holds it.

    The lock belongs to a connection, not to a transaction: minutes of work keep no transaction
    open, and a process that dies releases its lock.
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
    """Return the session factory; only edges commit a session."""
    return sessionmaker(engine, expire_on_commit=False)
