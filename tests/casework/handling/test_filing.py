"""Filing: once per form, with a code that only its owner holds."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import knows_code, open_case
from appeals.casework.handling import filing
from appeals.casework.handling.citizen_sessions import (
    citizen_actor,
    delete_ended_sessions,
    open_appeal_by_code,
)
from appeals.casework.handling.filing import find_receipt
from appeals.casework.photos.photo_decoding import Upload
from appeals.domain.people import STRANGER, Actor
from appeals.domain.refusals import Refused, RefusedKind
from appeals.domain.states import State
from appeals.models.appeal import Appeal
from appeals.models.attachment import Attachment
from tests.cast import QIAN, ZHAO, shanghai
from tests.factories import a_filing, appeal_in, file_appeal
from tests.photos import jpeg, store_uploads

NOW = shanghai("2026-03-02 09:00")
CITIZEN = citizen_actor("the session of one browser", NOW)
ANOTHER = citizen_actor("the session of another", NOW)


def test_pressing_twice_files_once_and_shows_the_same_receipt(act: Act) -> None:
    first = filing.file_appeal(act.by(CITIZEN), a_filing(), "one form")
    again = filing.file_appeal(act.by(CITIZEN), a_filing(), "one form")
    assert (again.number, again.code) == (first.number, first.code)
    assert act.session.scalar(sa.select(sa.func.count()).select_from(Appeal)) == 1


def test_the_same_form_with_other_words_is_refused_and_nothing_is_lost(act: Act) -> None:
    first = filing.file_appeal(act.by(CITIZEN), a_filing(), "one form")
    with pytest.raises(Refused, match=first.number) as refused:
        filing.file_appeal(act.by(CITIZEN), a_filing(subject="别的事"), "one form")
    assert refused.value.kind is RefusedKind.NOT_NOW


@pytest.mark.parametrize("person", [ANOTHER, STRANGER])
def test_a_form_that_another_session_sent_is_refused_without_its_number(
    act: Act, person: Actor
) -> None:
    first = filing.file_appeal(act.by(CITIZEN), a_filing(), "one form")
    with pytest.raises(Refused, match="already sent") as refused:
        filing.file_appeal(act.by(person), a_filing(), "one form")
    assert first.number not in str(refused.value)
    assert find_receipt(act.by(person), "one form") is None


def test_the_photos_of_the_form_are_filed_with_the_first_move(act: Act, tmp_path: Path) -> None:
    photo, other = (Upload("a.jpg", jpeg(n)) for n in range(2))
    store_uploads(act, tmp_path, "one form", [photo])
    store_uploads(act, tmp_path, "another form", [other])
    receipt = filing.file_appeal(act.by(STRANGER), a_filing(), "one form")
    filed = act.session.scalars(sa.select(Attachment).where(Attachment.move_seq == 1)).all()
    assert [each.appeal_id for each in filed] == [receipt.appeal.id]
    store_uploads(act, tmp_path, "one form", [photo])  # pressed twice
    with pytest.raises(Refused, match="already sent"):
        store_uploads(act, tmp_path, "one form", [other])


def test_the_receipt_can_be_shown_again_from_the_forms_key(act: Act) -> None:
    first = filing.file_appeal(act.by(CITIZEN), a_filing(), "one form")
    again = find_receipt(act.by(CITIZEN), "one form")
    assert again is not None
    assert (again.number, again.code) == (first.number, first.code)
    assert find_receipt(act.by(CITIZEN), "another form") is None
    assert find_receipt(act.by(CITIZEN).later(timedelta(hours=1)), "one form") is None


def test_the_code_opens_its_own_appeal_however_it_is_typed(act: Act) -> None:
    mine, other = file_appeal(act), file_appeal(act)
    assert knows_code(act, mine.number, mine.code)
    assert knows_code(act, mine.number.lower(), mine.code.replace("-", " ").lower())
    assert not knows_code(act, mine.number, other.code)
    assert not knows_code(act, "QD26-0000-0000-0", mine.code)


def test_the_code_is_nowhere_in_the_database(act: Act) -> None:
    receipt = file_appeal(act)
    act.session.flush()  # every row is looked at
    tables = act.session.scalars(
        sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    ).all()
    for table in tables:
        held = act.session.scalars(sa.text(f'SELECT t::text FROM "{table}" t')).all()  # noqa: S608
        assert not [row for row in held if receipt.code in row or receipt.code[:9] in row]


def test_a_citizen_opens_only_the_numbers_she_has_shown_the_code_of(act: Act) -> None:
    mine, other = file_appeal(act), file_appeal(act)
    open_appeal_by_code(act.by(CITIZEN), mine.number)
    assert open_case(act.by(CITIZEN), mine.number).id == mine.appeal.id
    for person, number in (
        (CITIZEN, other.number),
        (ANOTHER, mine.number),
        (STRANGER, mine.number),
    ):
        with pytest.raises(Refused) as refused:
            open_case(act.by(person), number)
        assert refused.value.kind is RefusedKind.NOT_FOUND


def test_sessions_of_citizens_that_are_over_are_deleted(act: Act) -> None:
    filing.file_appeal(act.by(CITIZEN), a_filing(), "one form")
    filing.file_appeal(act.by(ANOTHER).later(timedelta(days=1)), a_filing(), "another form")
    assert delete_ended_sessions(act.later(timedelta(days=2, seconds=1))) == 1


def test_a_department_sees_the_cases_it_holds_and_no_others(act: Act) -> None:
    appeal = appeal_in(act, State.DISPATCHED)
    assert open_case(act.by(ZHAO), appeal.number) is appeal
    with pytest.raises(Refused):
        open_case(act.by(QIAN), appeal.number)


def test_a_code_the_city_does_not_have_is_refused_by_its_field(act: Act) -> None:
    for field, code in (("category", "none"), ("district", "1"), ("street", "370203001")):
        with pytest.raises(Refused) as refused:
            file_appeal(act, **{field: code})
        assert refused.value.field == field
