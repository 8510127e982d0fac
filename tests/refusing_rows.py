"""Rows that the database refuses: a fault of one row, wherever it is written from."""

import sqlalchemy as sa
from sqlalchemy.orm import Session


def refuse_rows(session: Session, table: str, condition: str) -> None:
    """Let the database refuse every new row of `table` for which the SQL condition holds."""
    session.execute(
        sa.text(
            "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'poison'; END $$"
        )
    )
    session.execute(
        sa.text(
            f"CREATE TRIGGER poison BEFORE INSERT ON {table} FOR EACH ROW "
            f"WHEN ({condition}) EXECUTE FUNCTION poison()"
        )
    )


def accept_rows(session: Session) -> None:
    """Let the database take every row again."""
    session.execute(sa.text("DROP FUNCTION poison CASCADE"))
