"""Through the real server: what was shown is in the access log, and no page waits for a move."""

from collections.abc import Sequence
from datetime import UTC, datetime

import psycopg
import pytest
import sqlalchemy as sa

from appeals.casework.records.access_log import derive_access_key, is_access_row_right
from appeals.domain.people import Role
from appeals.domain.states import State
from appeals.domain.vocabulary import AccessKind
from appeals.models.access_log import AccessLogRow
from tests.cast import CAST
from tests.served.city import MONTH
from tests.served.conftest import Figures, Served
from tests.served.test_case_lists import case_list


def list_logged(served: Served, role: Role, kind: AccessKind) -> Sequence[AccessLogRow]:
    with served.city.act(datetime.now(UTC)) as act:
        rows = act.session.scalars(
            sa.select(AccessLogRow)
            .where(AccessLogRow.staff_id == CAST[role].staff_id, AccessLogRow.kind == kind)
            .order_by(AccessLogRow.id)
        ).all()
        assert all(is_access_row_right(derive_access_key(act), row) for row in rows)
    return rows


@pytest.mark.usefixtures("nothing_failed")
def test_a_case_is_shown_and_logged_while_another_transaction_changes_it(served: Served) -> None:
    """A page that waited for the lock would be an error page after five seconds."""
    officer, appeal = served.person(Role.OFFICER), served.city.today[State.SIGNED]
    before = len(list_logged(served, Role.OFFICER, AccessKind.CASE_VIEWED))
    with psycopg.connect(served.city.database) as moving:
        moving.execute("SELECT FROM appeal WHERE number = %s FOR UPDATE", [appeal.number])
        assert officer.open(f"/desk/appeals/{appeal.number}").answer.status == 200
        rows = list_logged(served, Role.OFFICER, AccessKind.CASE_VIEWED)
        assert [row.appeal_id for row in rows[before:]] == [appeal.appeal.id]


@pytest.mark.usefixtures("nothing_failed")
def test_a_streamed_export_is_logged_with_the_number_of_its_rows(
    served: Served, published: Figures
) -> None:
    largest = max(
        (each for each in published if each["measure"] == "completion"),
        key=lambda each: each["denominator"],
    )
    asked = case_list(largest, met=False)
    before = len(list_logged(served, Role.ADMINISTRATOR, AccessKind.LIST_EXPORTED))
    length = asked.download(served.person(Role.ADMINISTRATOR))
    (row,) = list_logged(served, Role.ADMINISTRATOR, AccessKind.LIST_EXPORTED)[before:]
    assert length > 0
    assert row.detail["rows"] == str(length)
    assert MONTH in row.detail["file"]
