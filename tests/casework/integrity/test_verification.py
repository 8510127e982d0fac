"""What no move made is found: in the history, the state, the promises, the classification."""

from datetime import date

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.cases import hash_chain
from appeals.casework.handling import contacts
from appeals.casework.integrity.verification import verify_all_appeals
from appeals.domain.contact import ContactDetails
from appeals.domain.people import STRANGER
from appeals.domain.states import State
from appeals.domain.vocabulary import Duty
from appeals.models.appeal import Move
from appeals.models.handling import Deadline
from appeals.models.organisation import CalendarDay
from appeals.reference.reference_data import mark_reference_changed
from tests.casework.reading import link_of
from tests.cast import shanghai
from tests.factories import appeal_in, record_erasure

TAMPERED = {
    "UPDATE move SET at = at + interval '1 s' WHERE seq = 2": "not what was sealed",
    'UPDATE move SET facts = facts || \'{"a": "b"}\' WHERE seq = 3': "not what was sealed",
    "UPDATE move SET words = 'other' WHERE action = 'answer'": "not those committed to",
    "UPDATE move SET words = 'other' WHERE action = 'sign'": "not those committed to",
    "UPDATE move SET committed = repeat('0', 64) WHERE action = 'answer'": "not what was sealed",
    "UPDATE move SET salt = '' WHERE action = 'answer'": "not those committed to",
    "UPDATE deadline SET due_at = due_at + interval '1 day' WHERE duty = 'finish'": "due_at",
    "UPDATE deadline SET original_due_at = due_at - interval '1 s' WHERE n = 1": "original_due_at",
    "UPDATE deadline SET met_at = started_at WHERE duty = 'finish'": "met_at",
    "DELETE FROM deadline WHERE duty = 'sign'": "deadlines",
    "UPDATE round SET answered_at = answered_at - interval '1 day'": "answered_at",
    "UPDATE dispatch SET department = 'water'": "department",
    "UPDATE appeal SET kind = 'praise'": "kind",
    "UPDATE appeal SET category = 'water'": "category",
    "UPDATE appeal SET channel = 'phone'": "channel",
    "UPDATE appeal SET filed_at = filed_at - interval '1 s'": "filed_at",
}


def find_problems(act: Act) -> list[tuple[str, str]]:
    act.session.flush()  # the rows are read as they are stored
    return [
        (each.number, each.sentence)
        for checked in verify_all_appeals(act)
        for each in checked.problems
    ]


@pytest.mark.parametrize("state", list(State))
def test_an_appeal_that_only_moves_touched_holds(act: Act, state: State) -> None:
    appeal_in(act, state)
    assert find_problems(act) == []


@pytest.mark.parametrize("tampering", TAMPERED)
def test_what_no_move_made_is_found(act: Act, tampering: str) -> None:
    number = appeal_in(act, State.CLOSED).number
    act.session.flush()  # tampered with below
    act.session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
    act.session.execute(sa.text("ALTER TABLE move DISABLE TRIGGER USER"))
    act.session.execute(sa.text(tampering))
    problems = find_problems(act)
    assert {each for each, _ in problems} == {number}
    assert any(TAMPERED[tampering] in what for _, what in problems)


def test_the_chain_holds_when_words_and_salt_are_erased_and_that_is_recorded(act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED)
    act.session.flush()  # erased below
    erased = act.session.scalars(
        sa.text(
            "UPDATE move SET words = NULL, salt = '' WHERE words IS NOT NULL RETURNING committed"
        )
    ).all()
    assert erased
    assert all(erased)
    number, what = find_problems(act)[0]
    assert number == appeal.number
    assert what.endswith("were emptied without a recorded erasure")
    record_erasure(act, appeal)
    assert find_problems(act) == []


@pytest.mark.parametrize(
    "change", ["words = 'other'", "words = NULL", "words = NULL, salt = '', facts = '{}'"]
)
def test_the_database_lets_words_go_only_with_their_salt_and_alone(act: Act, change: str) -> None:
    appeal_in(act, State.CLOSED)
    act.session.flush()  # changed below
    with (
        pytest.raises(sa.exc.IntegrityError, match="never changes"),
        act.session.begin_nested(),
    ):
        act.session.execute(sa.text(f"UPDATE move SET {change} WHERE words IS NOT NULL"))  # noqa: S608 - the test's own


def test_the_chain_holds_when_a_statement_and_its_salt_are_erased_and_that_is_recorded(
    act: Act,
) -> None:
    appeal = appeal_in(act, State.CLOSED)
    act.session.flush()  # erased below
    empty = ", ".join(f"{name} = ''" for name in hash_chain.STATEMENT_COLUMNS)
    act.session.execute(sa.text(f"UPDATE statement SET {empty}"))  # noqa: S608 - our own names
    changed = [(appeal.number, "the statement is not the one committed to")]
    assert find_problems(act) == changed
    act.session.execute(sa.text("UPDATE move SET salt = '' WHERE seq = 1"))
    assert find_problems(act) == changed
    record_erasure(act, appeal)
    assert find_problems(act) == []


def test_a_contact_emptied_with_its_salt_holds_only_where_an_erasure_is_recorded(act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED)
    contact = ContactDetails("Li", "13987654321", "")
    contacts.change_contact(act.by(STRANGER), appeal, contact, confidential=False)
    act.session.flush()  # emptied below
    act.session.execute(sa.text("UPDATE contact_version SET name = '', phone = '', email = ''"))
    emptied = "UPDATE move SET salt = '' WHERE action = 'change_contact' RETURNING seq"
    seq = act.session.scalar(sa.text(emptied))
    what = f"the contact of move {seq} is not the one committed to"
    assert find_problems(act) == [(appeal.number, what)]
    record_erasure(act, appeal)
    assert find_problems(act) == []


def test_a_filing_from_before_statements_were_committed_to_holds(act: Act) -> None:
    appeal = appeal_in(act, State.FILED)
    act.session.flush()  # made older below
    first = act.session.scalars(sa.select(Move)).one()
    act.session.execute(sa.text("ALTER TABLE move DISABLE TRIGGER USER"))
    first.committed = ""
    link = first.row_hash = link_of(act.secret, hash_chain.NO_LINK, first)
    appeal.head_hmac = hash_chain.make_head_hmac(act.secret, appeal.id, 1, link)
    assert find_problems(act) == []
    act.session.execute(sa.text("ALTER TABLE move ENABLE TRIGGER USER"))


def test_a_promise_made_before_the_next_years_notice_still_holds(act: Act) -> None:
    in_december = act.at(shanghai("2026-12-30 09:00"))
    appeal_in(in_december, State.SIGNED)
    finish = act.session.scalars(sa.select(Deadline).where(Deadline.duty == Duty.FINISH)).one()
    assert finish.due_at == shanghai("2027-01-06 23:59:59")
    act.session.add(CalendarDay(day=date(2027, 1, 1), working=False, name="元旦"))
    mark_reference_changed(act.session, "with the notice of 2027")
    assert find_problems(act) == []


def test_a_changed_day_of_a_known_year_is_found(act: Act) -> None:
    appeal_in(act, State.SIGNED)
    act.session.add(CalendarDay(day=date(2026, 3, 4), working=False, name="?"))
    mark_reference_changed(act.session, "changed behind the promises")
    assert find_problems(act)
