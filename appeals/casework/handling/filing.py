"""Files an appeal, once per form: number, query code, suggested department, first move."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases import hash_chain
from appeals.cases.case_rows import build_new_rows
from appeals.casework.handling import citizen_sessions, filing_rows, notices
from appeals.casework.handling.form_keys import FORM_LOCK, form_already_sent, hash_key, lock_number
from appeals.casework.handling.moves import (
    check_complained_department,
    dirty_month_rows,
    record_move,
)
from appeals.casework.handling.statement_texts import check_statement, clean_statement
from appeals.casework.handling.telephone_columns import telephone_columns
from appeals.domain import numbers, routing
from appeals.domain.calendar import city_day
from appeals.domain.case import Case
from appeals.domain.contact import ContactDetails, ContactSettings
from appeals.domain.lifecycle import find_move_rule, play_move
from appeals.domain.moves.needs import COMPLAINED_DEPARTMENT, RESTRICTED, STATEMENT
from appeals.domain.people import Role
from appeals.domain.refusals import not_valid
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Channel, Kind, YesNo
from appeals.models.appeal import Appeal, Move, RoutingReason, Statement
from appeals.models.citizen import OpenedAppeal
from appeals.models.handling import CASE_COLUMNS
from appeals.reference.reference_data import Reference, load_reference

APPEAL_OF_FORM = sa.select(Appeal).where(Appeal.form_key_hash == sa.bindparam("key_hash"))
LOCK_AND_NEW_ID = sa.select(FORM_LOCK, sa.Sequence("appeal_id_seq").next_value())
"""Takes the form's lock and an id for its appeal in one round trip."""


@dataclass(frozen=True)
class Filing:
    """What a citizen or an operator files: texts as typed, and codes of reference data."""

    kind: Kind
    category: str
    subject: str
    detail: str
    channel: Channel = Channel.WEB
    district: str | None = None
    street: str | None = None
    address: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    confidential: bool = False
    publish: bool = False
    complained_department: str | None = None
    language: str = "zh"
    source: str | None = None
    source_ref: str | None = None

    @property
    def is_reachable(self) -> bool:
        """Whether the department will have a way to reach the citizen."""
        contact = ContactDetails(self.contact_name, self.contact_phone, self.contact_email)
        return contact.is_reachable(confidential=self.confidential)

    def digest(self) -> bytes:
        """Return the hash by which two submissions of one form are compared.

        A field that the previous release did not have is left out if empty, so that its hashes
        still match.
        """
        given = {**vars(self)}
        if self.complained_department is None:
            del given["complained_department"]
        return hashlib.sha256(
            json.dumps(given, ensure_ascii=False, sort_keys=True).encode()
        ).digest()


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


def file_appeal(act: Act, filing: Filing, form_key: str) -> Receipt:
    """File one appeal, once per `form_key` (the form's random one-time key).

    The code is derived from the key and the server's secret, so that sending the form again shows
    the same receipt, for an hour and only to whoever sent it first; only hashes are stored. The
    form's photos are filed with it. Raises Refused: not now, if the form was sent before with other
    content, by another session or over an hour ago; not valid, for an unknown code, a text that is
    empty or too long, or an invalid e-mail address.
    """
    city = load_reference(act)
    check_codes(filing, city, city_day(act.now))
    texts = check_statement(clean_statement(vars(filing)), act.reach)
    filing = replace(filing, **texts)
    key_hash = hash_key(form_key)
    code = numbers.derive_code(act.secret, form_key)
    new_id = _lock_form(act, key_hash)
    case = _build_case(act, filing, city)
    move = find_move_rule(Action.FILE, None, act.actor.role)
    play_move(case, move, {}, act.now, city.book)
    appeal = _build_appeal(act, new_id, filing, case)
    appeal.form_key_hash, appeal.form_digest = key_hash, filing.digest()
    appeal.code_hash = numbers.hash_code(act.secret, appeal.number, code)
    statement = _build_statement(appeal.id, filing, act.reach)
    given = {**first_move_facts(filing, case), STATEMENT: hash_chain.statement_text(filing)}
    made = record_move(act, appeal, Action.FILE, State.FILED, given)
    reason = build_routing_reason(city, appeal.id, filing, city_day(act.now))
    filing_rows.attach_to_session(act, appeal, statement)  # the notice reads its address there
    written = filing_rows.insert_filing(
        act,
        appeal,
        (statement, made, reason, *citizen_sessions.build_opened_rows(act, appeal)),
        notice=notices.build_move_notice_rows(act, appeal, made, move.tells, case),
        dirty_month=dirty_month_rows(act, case),
        **build_new_rows(appeal.id, case),
    )
    if written:
        return Receipt(appeal, appeal.number, code)
    filing_rows.detach_from_session(act, appeal, statement)
    return _receipt_of_repeat(act, key_hash, filing, code)


def first_move_facts(filing: Filing, case: Case) -> dict[str, str]:
    """Return the classification as filed; the first move records it, so a replay starts from it."""
    facts = {
        "kind": case.kind.value,
        "category": case.category,
        "district": case.district or "",
        "street": case.street or "",
        "urgent": (YesNo.YES if case.urgent else YesNo.NO).value,
        RESTRICTED: YesNo.YES.value if case.restricted else "",
        COMPLAINED_DEPARTMENT: case.complained_department or "",
        "channel": filing.channel.value,
    }
    return {name: text for name, text in facts.items() if text}


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


def _receipt_of_repeat(act: Act, key_hash: bytes, filing: Filing, code: str) -> Receipt:
    """Return the receipt of a form sent again, to whoever sent it first, within the hour."""
    before = act.session.scalars(APPEAL_OF_FORM, {"key_hash": key_hash}).one()
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


def check_codes(filing: Filing, city: Reference, day: date) -> None:
    """Refuse (not valid) codes that the city does not have on the day of filing."""
    category = city.categories.get(filing.category)
    if category is None or not category.holds_on(day):
        raise not_valid("category", "请选择诉求类别。", "Choose what the appeal is about.")
    if filing.district and filing.district not in city.areas:
        raise not_valid("district", "请选择区市。", "Choose the district.")
    check_street(city, filing.district, filing.street)
    check_complained_department(city, category, filing.complained_department, day)


def check_street(city: Reference, district: str | None, code: str | None) -> None:
    """Refuse (not valid) a street outside the district; no street is allowed."""
    street = city.areas.get(code) if code else None
    if code and (street is None or street.parent != district):
        raise not_valid(
            "street", "请选择该区市内的街道（镇）。", "Choose a street or town of that district."
        )


def _lock_form(act: Act, key_hash: bytes) -> int:
    """Lock the form until the transaction ends; return the id for its appeal."""
    asked = act.session.connection().execute(LOCK_AND_NEW_ID, {"form": lock_number(key_hash)})
    _locked, new_id = asked.one()
    return int(new_id)


def _build_case(act: Act, filing: Filing, city: Reference) -> Case:
    return Case(
        filed_at=act.now,
        kind=filing.kind,
        category=filing.category,
        district=filing.district,
        street=filing.street,
        urgent=city.categories[filing.category].urgent,
        restricted=city.categories[filing.category].restricted,
        complained_department=filing.complained_department,
    )


def _build_appeal(act: Act, new_id: int, filing: Filing, case: Case) -> Appeal:
    return Appeal(
        id=new_id,
        number=numbers.make_number(new_id, city_day(act.now).year, act.secret),
        moves_made=0,
        channel=filing.channel,
        confidential=filing.confidential,
        publish=filing.publish,
        language=filing.language,
        source=filing.source,
        source_ref=filing.source_ref,
        **{name: getattr(case, name) for name in CASE_COLUMNS},
    )


def _build_statement(appeal_id: int, filing: Filing, reach: ContactSettings) -> Statement:
    return Statement(
        appeal_id=appeal_id,
        subject=filing.subject,
        detail=filing.detail,
        address=filing.address,
        contact_name=filing.contact_name,
        contact_phone=filing.contact_phone,
        contact_email=filing.contact_email,
        **telephone_columns(filing.contact_phone, reach),
    )


def build_routing_reason(
    city: Reference, appeal_id: int, filing: Filing, day: date
) -> RoutingReason:
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
    found = routing.suggest_department(rules, facts, city.labels)
    if found is None:
        return RoutingReason(
            appeal_id=appeal_id,
            zh="没有匹配的派单规则，由派单员判断。",
            en="No routing rule matched: the dispatcher decides.",
            alternatives="",
        )
    return RoutingReason(
        appeal_id=appeal_id,
        department=found.department,
        rule_id=found.rule_id,
        zh=found.reason.label("zh"),
        en=found.reason.label("en"),
        alternatives=",".join(found.alternatives),
    )
