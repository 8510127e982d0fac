"""The tests' clock of a database: its `clock_timestamp()` can be set ahead and back.

A function of that name in a schema that is searched before PostgreSQL's own answers instead; the
product's code knows nothing of it.
"""

from datetime import timedelta

import psycopg
from psycopg import sql

SET_UP = """
CREATE SCHEMA test_clock;
CREATE TABLE test_clock.shift (by interval NOT NULL);
INSERT INTO test_clock.shift VALUES ('0');
CREATE FUNCTION test_clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
  'SELECT pg_catalog.clock_timestamp() + (SELECT by FROM test_clock.shift)';
GRANT USAGE ON SCHEMA test_clock TO PUBLIC;
GRANT SELECT ON test_clock.shift TO PUBLIC;
"""
SEARCH = "ALTER DATABASE {} SET search_path = test_clock, pg_catalog, public"


def install(url: str) -> None:
    """Give a database a clock that can be shifted; connections opened from now on go by it."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(SET_UP)
        name = connection.info.dbname
        connection.execute(sql.SQL(SEARCH).format(sql.Identifier(name)))


def shift(url: str, by: timedelta) -> None:
    """Set the clock so far ahead (back, where negative) of the real one."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("UPDATE test_clock.shift SET by = %s", [by])
