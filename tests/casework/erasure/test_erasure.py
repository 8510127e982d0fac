"""Erasure: every word and contact of a finished appeal goes, and chain, seals and figures hold."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError

from appeals.act import Act
from appeals.casework.erasure.erasure import (
    delete_erased_files,
    erase_again,
    erase_appeals,
    find_erasable,
)
from appeals.casework.erasure.retention import count_due, erase_by_rule
from appeals.casework.handling import contacts, moves
from appeals.casework.handling.filing import file_appeal
from appeals.casework.integrity.verification import verify_all_appeals
from appeals.casework.photos.photo_decoding import Upload
from appeals.casework.search.search_index import index_marked_appeals
from appeals.database import Base
from appeals.domain.calendar import Period, city_day
from appeals.domain.contact import ContactDetails
from appeals.domain.people import STRANGER
from appeals.domain.refusals import Refused
from appeals.domain.rule_book import RuleChange
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import ErasedBy, Kind
from appeals.models.appeal import Appeal
from appeals.models.citizen import HelperCode
from appeals.models.erasure import Erasure, Retention
from appeals.models.organisation import RecordedRuleChange
from appeals.models.staff import HeldForm
from appeals.reference.reference_data import mark_reference_changed
from appeals.reporting.editions import editions
from tests.cast import ZHAO, shanghai
from tests.factories import a_filing, appeal_in, path_to, played
from tests.photos import jpeg, store_uploads
from tests.published import published

CANARIES = ("canary", "13912345678", "13987654321")
WORDS = "canary words of a step"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "files"


def a_life(act: Act, photos: Path, **facts: object) -> Appeal:
    """File an appeal that has a canary wherever a person can write, and close it."""
    key = "k" * 43
    store_uploads(act.by(STRANGER), photos, key, [Upload("lamp.jpg", jpeg(size=(2800, 2100)))])
    filed = a_filing(
        subject="canary subject", detail="canary detail", address="canary road 3",
        contact_name="canary Wang", contact_phone="13912345678", contact_email="canary@example.org",
        **facts,
    )  # fmt: skip
    appeal = file_appeal(act.by(STRANGER), filed, key).appeal
    path = path_to(State.CLOSED)
    for step, move in enumerate(path, start=1):
        given = {"words": WORDS} if any(need.name == "words" for need in move.fields) else {}
        played(act.later(step * timedelta(hours=1)), appeal, move.action, **given)
    contact = ContactDetails("canary Li", "13987654321", "")
    late = act.later(timedelta(hours=30)).by(STRANGER)
    contacts.change_contact(late, appeal, contact, confidential=True)
    sent_to = f"/desk/appeals/{appeal.number}/answer"
    held = HeldForm(
        staff_id=ZHAO.staff_id, path=sent_to, fields=[["words", WORDS]], held_at=act.now
    )
    act.session.add(held)
    act.session.add(
        HelperCode(
            appeal_id=appeal.id,
            name="canary daughter",
            code_hash=b"",
            code_generation=0,
            given_at=act.now,
        )
    )
    act.session.flush()
    index_marked_appeals(act)
    return appeal


def count_canaries(act: Act) -> dict[str, int]:
    """Count the rows of every table and text column that hold a canary."""
    counts = {}
    act.session.flush()
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if not isinstance(column.type, sa.Text | sa.String | JSONB | sa.ARRAY):
                continue
            text = sa.cast(column, sa.Text)
            holds = sa.or_(*(text.contains(canary) for canary in CANARIES))
            count = act.session.scalar(sa.select(sa.func.count()).select_from(table).where(holds))
            if count:
                counts[f"{table.name}.{column.name}"] = count
    return counts


def problems(act: Act) -> list[str]:
    act.session.expire_all()
    return [each.sentence for batch in verify_all_appeals(act) for each in batch.problems]


def test_nothing_that_a_person_wrote_is_left_and_everything_verifies(
    act: Act, photos: Path
) -> None:
    appeal = a_life(act, photos)
    other = appeal_in(act, State.CLOSED, subject="another subject")
    before = count_canaries(act)
    assert {
        "statement.subject", "statement.contact_phone", "contact_version.phone", "move.words",
        "notice.recipient", "held_form.fields", "search_words.words", "helper_code.name",
    } <= before.keys()  # fmt: skip
    files = [each for each in photos.rglob("*") if each.is_file()]
    assert len(files) == 3  # preview, thumbnail and original
    act.session.commit()
    late = act.later(timedelta(days=40))
    published(late, Period.month("2026-03"))
    assert erase_appeals(late, [appeal.id], ErasedBy.REQUEST) == 1
    assert count_canaries(act) == {}
    assert problems(act) == []
    assert [finding.holds for finding in editions.verify_editions(late)] == [True]
    assert delete_erased_files(late, photos) == 3
    assert [each for each in photos.rglob("*") if each.is_file()] == []
    stays = act.session.get_one(Appeal, appeal.id)
    assert (stays.number, stays.district, stays.state) == (appeal.number, "370202", State.CLOSED)
    assert act.session.scalar(sa.text("SELECT subject FROM statement WHERE appeal_id = :id"),
                              {"id": other.id}) == "another subject"  # fmt: skip


def test_what_is_erased_is_erased_once_and_moves_no_more(act: Act, photos: Path) -> None:
    appeal = a_life(act, photos)
    late = act.later(timedelta(hours=40))
    assert erase_appeals(late, [appeal.id], ErasedBy.REQUEST) == 1
    assert erase_appeals(late, [appeal.id], ErasedBy.REQUEST) == 0
    assert erase_again(late, [appeal.number, "QD26-0000-0000-0"]) == 0
    with pytest.raises(Refused, match="erased already"):
        find_erasable(late, [appeal.number])
    with pytest.raises(Refused, match="was erased"):
        moves.make_move(
            late.by(STRANGER), appeal, Action.RATE, {"solved": "yes", "satisfaction": "5"}
        )
    for statement in ("UPDATE erasure SET erased_by = 'rule'", "DELETE FROM erasure"):
        with pytest.raises(IntegrityError), act.session.begin_nested():
            act.session.execute(sa.text(statement))


@pytest.mark.parametrize(
    ("change", "since", "holds"),
    [
        ("UPDATE erasure SET erased_by = 'rule'", 0, False),
        ("UPDATE erasure SET erased_at = erased_at + interval '1 s'", 0, False),
        ("UPDATE erasure SET mac = NULL", 0, False),
        ("UPDATE erasure SET mac = NULL", 50, True),
    ],
)
def test_an_erasure_is_believed_by_its_hmac_or_from_before_it_had_to_bear_one(
    act: Act, photos: Path, change: str, since: int, *, holds: bool
) -> None:
    """`since` says how many hours after the filing erasures had to bear an HMAC."""
    appeal = a_life(act, photos)
    late = act.later(timedelta(hours=40))
    erase_appeals(late, [appeal.id], ErasedBy.REQUEST)
    assert problems(act) == []
    row = sa.update(RecordedRuleChange).where(RecordedRuleChange.name == RuleChange.SIGNED_ERASURES)
    act.session.execute(row.values(since=act.now + timedelta(hours=since)))
    mark_reference_changed(act.session, "since when erasures are signed")
    act.session.execute(sa.text("SET LOCAL session_replication_role = replica"))
    act.session.execute(sa.text(change))
    assert any("does not match its HMAC" in each for each in problems(act)) is not holds
    assert (problems(act) == []) is holds


@pytest.mark.parametrize("state", [state for state in State if state.is_open])
def test_an_appeal_that_is_being_handled_is_not_erased(act: Act, state: State) -> None:
    appeal = appeal_in(act, state)
    with pytest.raises(Refused, match="still being handled"):
        find_erasable(act, [appeal.number])
    assert erase_appeals(act, [appeal.id], ErasedBy.OPERATOR) == 0


def test_a_photo_that_another_appeal_has_too_keeps_its_file(act: Act, photos: Path) -> None:
    appeal = a_life(act, photos)
    act.session.execute(
        sa.text(
            "INSERT INTO attachment "
            "(form_key_hash, source_hash, image, thumbnail, original, kept_at) "
            "SELECT 'x', source_hash, image, thumbnail, original, kept_at FROM attachment"
        )
    )
    erase_appeals(act.later(timedelta(hours=40)), [appeal.id], ErasedBy.REQUEST)
    assert delete_erased_files(act, photos) == 0
    assert len([each for each in photos.rglob("*") if each.is_file()]) == 3


def test_the_rule_of_years_erases_what_is_older_by_kind(act: Act) -> None:
    help_, praise = (appeal_in(act, State.CLOSED, kind=kind) for kind in (Kind.HELP, Kind.PRAISE))
    open_ = appeal_in(act, State.SIGNED, kind=Kind.HELP)
    assert erase_by_rule(act.later(timedelta(days=4000))) == 0, "never, to begin with"
    since = city_day(act.now)
    act.session.add(Retention(kind=Kind.HELP, valid_from=since, years=3))
    act.session.flush()
    almost, over = (act.at(shanghai(text)) for text in ("2029-03-02 12:00", "2029-03-04 00:10"))
    assert (count_due(almost), erase_by_rule(almost)) == ([], 0)
    assert count_due(over) == [(Kind.HELP, "2026-03", 1)]
    assert erase_by_rule(over) == 1
    assert act.session.scalars(sa.select(Erasure.appeal_id)).all() == [help_.id]
    assert erase_by_rule(over) == 0
    assert {praise.id, open_.id}.isdisjoint(act.session.scalars(sa.select(Erasure.appeal_id)))
    act.session.add(Retention(kind=Kind.PRAISE, valid_from=since + timedelta(days=5000), years=1))
    act.session.flush()
    assert erase_by_rule(over) == 0, "a row that has not begun"
    assert problems(act) == []
