"""An appeal's history for staff: every move, and the notices sent because of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.addresses.email_addresses import delivery_address
from appeals.cases.access import may_see_contact
from appeals.domain.clocks import has_passed
from appeals.domain.deadlines import describe_delay
from appeals.domain.messages import Message
from appeals.domain.people import Role
from appeals.domain.vocabulary import NoticeChannel, NoticeKind
from appeals.models.appeal import Move
from appeals.models.notice import ERASED_RECIPIENT, Notice
from appeals.models.staff import StaffMember
from appeals.queries.case_file import CaseFile
from appeals.queries.staff_pages import mask_email, mask_phone
from appeals.reference.reference_data import load_reference


@dataclass(frozen=True)
class ListedNotice:
    """One notice: its content, channel, recipient and outcome.

    `citizen` is true if it goes to the citizen; `department` is a department's code; `person` and
    `role` are the member of staff whose inbox or mail address it went to; `address` is as much of
    the address as may be shown, where several people share it; `erased` is true if it was erased
    with the appeal's data. The notice was sent at `sent_at`; a `parked` one was given up, with
    those that were joined to it.
    """

    kind: NoticeKind
    channel: NoticeChannel
    sent_at: datetime | None
    parked: bool
    citizen: bool = False
    department: str | None = None
    person: str = ""
    role: Role | None = None
    address: str = ""
    erased: bool = False


@dataclass
class HistoryEntry:
    """One entry: a move, or None for a promise that passed its date; and the notices about it.

    `late` says which promises the move met late, and by how much.
    """

    at: datetime
    move: Move | None
    told: list[ListedNotice] = field(default_factory=list)
    late: list[Message] = field(default_factory=list)


def load_history(act: Act, file: CaseFile) -> list[HistoryEntry]:
    """Return the history, the newest entry first."""
    entries = {
        f"{file.appeal.id}.{move.seq}": HistoryEntry(
            move.at, move, late=_list_delays(act, file, move)
        )
        for move in file.moves
    }
    departments = {
        delivery_address(each.email): code
        for code, each in load_reference(act).departments.items()
        if each.email
    }
    loaded = _load_notices(act, file)
    given_up = {notice.id for notice, _ in loaded if notice.parked_at is not None}
    for notice, people in loaded:
        passed = f"{notice.cause} {notice.kind}"  # one promise warns first and is late after that
        key = notice.cause if notice.cause in entries else passed
        entry = entries.setdefault(key, HistoryEntry(notice.created_at, None))
        listed = _list_notice(act, file, notice, departments)
        if notice.joined_to in given_up:
            listed = replace(listed, parked=True)
        if len(people) == 1 and not (listed.citizen or listed.department):
            ((name, role),) = people
            listed = replace(listed, person=name, role=role, address="")
        entry.told.append(listed)
    return _newest_first(entries.values())


def _list_delays(act: Act, file: CaseFile, move: Move) -> list[Message]:
    """Say of each promise that the move met after its due moment by how much it was late."""
    calendar = load_reference(act).book.calendar
    return [
        describe_delay(each.duty, each.due_at, move.at, calendar)
        for each in file.case.deadlines
        if each.met_at == move.at and has_passed(each.due_at, move.at)
    ]


def _newest_first(entries: Iterable[HistoryEntry]) -> list[HistoryEntry]:
    def place(entry: HistoryEntry) -> tuple[datetime, int]:
        return entry.at, entry.move.seq if entry.move else 0

    return sorted(entries, key=place, reverse=True)


def _load_notices(act: Act, file: CaseFile) -> Sequence[tuple[Notice, list[tuple[str, Role]]]]:
    """Load the notices, each with the name and role of those whose inbox or mail address it has."""
    own = sa.or_(
        Notice.recipient == sa.literal("staff:") + StaffMember.username,
        sa.and_(Notice.channel == NoticeChannel.EMAIL, Notice.recipient == StaffMember.email),
    )
    rows = act.session.execute(
        sa.select(Notice, StaffMember)
        .outerjoin(StaffMember, own)
        .where(Notice.appeal_id == file.appeal.id)
        .order_by(Notice.id)
    )
    found: dict[Notice, list[tuple[str, Role]]] = {}
    for notice, person in rows:
        people = found.setdefault(notice, [])
        if person is not None:
            people.append((person.name, person.role))
    return list(found.items())


def _list_notice(
    act: Act, file: CaseFile, notice: Notice, departments: Mapping[str, str]
) -> ListedNotice:
    """Return the notice with as much of its recipient as the actor may see."""
    said = notice.kind, notice.channel, notice.sent_at, notice.parked_at is not None
    recipient = notice.recipient
    if recipient.startswith(ERASED_RECIPIENT):
        return ListedNotice(*said, erased=True)
    if recipient in file.addresses:
        hidden = mask_email(recipient) if "@" in recipient else mask_phone(recipient)
        may = may_see_contact(act.actor, file.appeal)
        return ListedNotice(*said, citizen=True, address=hidden if may else "")
    where, _, who = recipient.partition(":")
    if recipient in departments or where == "desk":
        return ListedNotice(*said, department=departments.get(recipient, who))
    return ListedNotice(*said, address=who or mask_email(recipient))
