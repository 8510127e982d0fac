"""Several tabs of one person: a page that waits keeps no other page of the same person waiting."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from time import sleep

import psycopg

from appeals.domain.people import Role
from tests.cast import CAST
from tests.faults.browser import Answer
from tests.served.browser import ServedPerson
from tests.served.conftest import Served

IDLE = timedelta(minutes=2)
"""Long enough ago that the next page writes that the session is in use."""
TRIES = 3
"""A busy machine may take longer for a page than the server waits for a lock."""
WAITS = """
    SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE %s AND wait_event_type = 'Lock'
"""


def test_a_page_that_waits_holds_up_no_other_tab_of_the_same_person(served: Served) -> None:
    assert any(other_tabs_answer_while_one_waits(served) for _ in range(TRIES))


def other_tabs_answer_while_one_waits(served: Served) -> bool:
    """Hold one page at the table that it reads; meanwhile open others as the same person.

    In the last of the other tabs the person signs out, which writes the session's row too.
    """
    person = ServedPerson(served.address)
    served.sign_in(person, Role.ADMINISTRATOR)
    with (
        ThreadPoolExecutor(1) as tab,
        psycopg.connect(served.city.database, autocommit=True) as looking,
        psycopg.connect(served.city.database) as holding,
    ):
        looking.execute(
            "UPDATE staff_session SET seen_at = seen_at - %s WHERE staff_id = %s",
            (IDLE, CAST[Role.ADMINISTRATOR].staff_id),
        )
        holding.execute("LOCK TABLE change IN ACCESS EXCLUSIVE MODE")
        held = tab.submit(person.get, f"{person.home}/admin/changes")
        wait_for_lock(looking, held)
        other = person.open("/admin/notices")
        signed_out = person.send(other, "/sign-out")
        in_time = not held.done()
        holding.rollback()
        statuses = [other.answer.status, signed_out.answer.status, held.result().status]
        return in_time and statuses == [200, 200, 200]


def wait_for_lock(looking: psycopg.Connection, held: "Future[Answer]") -> None:
    """Wait until the held page stands at the lock."""
    while not looking.execute(WAITS, ("%FROM change%",)).fetchone():
        assert not held.done(), "the page did not read what is locked"
        sleep(0.02)
