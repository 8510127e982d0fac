"""Files an appeal, once per form: number, query code, suggested department, first move."""

from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.case_rows import FormHashes, NewAppeal, SuggestedDepartment, insert_appeal
from appeals.cases.driver import MoveRequest, start_case
from appeals.casework.handling import citizen_sessions, notices
from appeals.casework.handling.form_keys import FORM_LOCK, form_already_sent, hash_key, lock_number
from appeals.casework.handling.moves import mark_dirty
from appeals.casework.handling.statement_texts import check_statement, clean_statement
from appeals.domain import numbers, routing
from appeals.domain.calendar import city_day
from appeals.domain.filing import Filing
from appeals.domain.messages import message
from appeals.domain.people import CENTRE, Role
from appeals.domain.states import Action
from appeals.domain.vocabulary import YesNo
from appeals.models.appeal import Appeal, Move
from appeals.models.attachment import Attachment
from appeals.models.citizen import OpenedAppeal
from appeals.reference.reference_data import Reference, load_reference

APPEAL_OF_FORM = sa.select(Appeal).where(Appeal.form_key_hash == sa.bindparam("key_hash"))
LOCK_AND_NEW_ID = sa.select(FORM_LOCK, sa.Sequence("appeal_id_seq").next_value())
"""Takes the form's lock and an id for its appeal in one round trip."""
NO_RULE = message("No routing rule matched: the dispatcher decides.")


@dataclass(frozen=True)
class Receipt:
    """What the person is shown: the appeal, its number, and its query code in plain text.

    The code is empty once the centre has issued another, because the old one no longer works.
    `is_repeat` means that the form was sent before.
    """

    appeal: Appeal
    number: str
    code: str
    is_repeat: bool = False


def file_appeal(act: Act, filing: Filing, form_key: str, *, urgent: bool = False) -> Receipt:
    """File one appeal, once per `form_key` (the form's random one-time key).

    With `urgent` it is urgent whatever its category says; only the centre may say so.

    The code is derived from the key and the server's secret, so that sending the form again shows
    the same receipt, for an hour and only to whoever sent it first; only hashes are stored. The
    form's photos are filed with it. Raises Refused: not now, if the form was sent before with other
    content, by another session or over an hour ago; not valid, for an unknown code, a text that is
    empty or too long, or an invalid e-mail address.
    """
    city = load_reference(act)
    given = {"urgent": YesNo.YES.value} if urgent and act.actor.role in CENTRE else {}
    case, first = start_case(city, filing, MoveRequest(Action.FILE, given, act.now, act.actor))
    filing = replace(filing, **check_statement(clean_statement(vars(filing)), act.reach))
    key_hash = hash_key(form_key)
    code = numbers.derive_code(act.secret, form_key)
    new_id = _lock_form(act, key_hash)
    before = act.session.scalar(APPEAL_OF_FORM, {"key_hash": key_hash})
    if before is not None:
        return _receipt_of_repeat(act, before, filing, code)
    number = numbers.make_number(new_id, city_day(act.now).year, act.secret)
    hashes = FormHashes(key_hash, filing.digest(), numbers.hash_code(act.secret, number, code))
    suggested = suggest_department(city, filing, city_day(act.now))
    appeal = insert_appeal(act, NewAppeal(new_id, number, filing, case, [first], suggested, hashes))
    _file_photos(act, appeal)
    citizen_sessions.open_filed_appeal(act, appeal)
    notices.write_move_notices(act, appeal, first, case)
    mark_dirty(act, case)
    return Receipt(appeal, number, code)


def find_sent_appeal(act: Act, form_key: str) -> Appeal | None:
    """Return the appeal that a form was sent as; only the form's session may learn its number."""
    return act.session.scalar(APPEAL_OF_FORM, {"key_hash": hash_key(form_key)})


def find_receipt(act: Act, form_key: str) -> Receipt | None:
    """Return the receipt of a form, for an hour and only to the session that filed it (Rules 3)."""
    appeal = act.session.scalar(
        APPEAL_OF_FORM.join(OpenedAppeal, OpenedAppeal.appeal_id == Appeal.id).where(
            OpenedAppeal.session_hash == act.actor.session, OpenedAppeal.receipt_until > act.now
        ),
        {"key_hash": hash_key(form_key)},
    )
    return (
        _build_receipt(act, appeal, numbers.derive_code(act.secret, form_key)) if appeal else None
    )


def find_receipt_of_release_before(act: Act, form_key: str) -> Receipt | None:
    """Return the receipt for a cookie that a process of the previous release set.

    Such a cookie is valid for an hour after the last of those processes has ended. To be removed in
    the next release.
    """
    appeal = find_sent_appeal(act, form_key)
    return (
        _build_receipt(act, appeal, numbers.derive_code(act.secret, form_key)) if appeal else None
    )


def _build_receipt(act: Act, appeal: Appeal, code: str) -> Receipt:
    stands = appeal.code_hash == numbers.hash_code(act.secret, appeal.number, code)
    return Receipt(appeal, appeal.number, code if stands else "", is_repeat=True)


def _receipt_of_repeat(act: Act, before: Appeal, filing: Filing, code: str) -> Receipt:
    """Return the receipt of a form sent again, to whoever sent it first, within the hour."""
    is_own, is_shown = _check_sender(act, before)
    if before.form_digest != filing.digest() or not is_shown:
        raise form_already_sent(before.number if is_own else None)
    return _build_receipt(act, before, code)


def _check_sender(act: Act, appeal: Appeal) -> tuple[bool, bool]:
    """Return whether the actor sent the appeal's form, and whether the receipt may be shown."""
    if act.actor.role is Role.CITIZEN:
        opened = citizen_sessions.find_opened_appeal(act, appeal)
        until = opened.receipt_until if opened else None
        return opened is not None, until is not None and until > act.now
    first = sa.select(Move.staff_id).where(Move.appeal_id == appeal.id, Move.seq == 1)
    is_own = act.session.scalar(first) == act.actor.staff_id
    return True, is_own and appeal.filed_at + citizen_sessions.RECEIPT_LIFETIME > act.now


def _lock_form(act: Act, key_hash: bytes) -> int:
    """Lock the form until the transaction ends; return the id for its appeal."""
    asked = act.session.connection().execute(LOCK_AND_NEW_ID, {"form": lock_number(key_hash)})
    _locked, new_id = asked.one()
    return int(new_id)


def _file_photos(act: Act, appeal: Appeal) -> None:
    """File the form's photos with the first move; nobody adds any, as the form is locked."""
    of_form = (Attachment.form_key_hash == appeal.form_key_hash, Attachment.appeal_id.is_(None))
    act.session.execute(
        sa.update(Attachment).where(*of_form).values(appeal_id=appeal.id, move_seq=1)
    )


def suggest_department(city: Reference, filing: Filing, day: date) -> SuggestedDepartment:
    """Suggest a department by the routing rules of the day (Asia/Shanghai), with the reason.

    That no rule matched is stored too, for the dispatcher. The department that a restricted appeal
    is about is never suggested, nor one below it.
    """
    facts = routing.RoutingFacts(
        kind=filing.kind.value,
        category=filing.category,
        district=filing.district,
        street=filing.street,
        text=f"{filing.subject}\n{filing.detail}",
    )
    rules = city.rules_about(filing.category, day)
    if (complained := filing.complained_department) is not None:
        rules = tuple(rule for rule in rules if not city.is_within(rule.department, complained))
    found = routing.suggest_department(rules, facts, city.labels, city.place_labels)
    if found is None:
        return SuggestedDepartment(
            department=None,
            rule_id=None,
            zh=NO_RULE.label("zh"),
            en=NO_RULE.label("en"),
            alternatives="",
        )
    return SuggestedDepartment(
        department=found.department,
        rule_id=found.rule_id,
        zh=found.reason.label("zh"),
        en=found.reason.label("en"),
        alternatives=",".join(found.alternatives),
    )
