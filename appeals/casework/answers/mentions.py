"""Colleagues who are mentioned in an internal note: each gets a notice in the inbox."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import has_restricted_permission
from appeals.casework.handling.notices import NoticeCause, Recipient, write_notices_to
from appeals.domain.people import CENTRE, DEPARTMENT
from appeals.domain.vocabulary import NoticeChannel, NoticeKind
from appeals.models.appeal import Appeal, Move
from appeals.models.staff import StaffMember

MENTION = re.compile(r"(?<![A-Za-z0-9_.+-])[@＠](?=\w)")
"""An @ before a name; one within an e-mail address is none."""
NAME_START = re.compile(r"\w+")
MAX_SHOWN_CHARACTERS = 20
"""How much of a name that nobody has is shown, where nothing ends it."""


@dataclass(frozen=True)
class Mentions:
    """Who is told of a note, and the names after an @ that nobody has who may see the case."""

    people: Sequence[StaffMember]
    unknown: Sequence[str]


def list_mentionable_people(act: Act, appeal: Appeal) -> Sequence[StaffMember]:
    """Return who may see the appeal and work on it, besides the actor, by name."""
    in_department = sa.and_(
        StaffMember.role.in_(DEPARTMENT), StaffMember.department_code == appeal.holder
    )
    people = (
        sa.select(StaffMember)
        .where(
            StaffMember.disabled_at.is_(None),
            StaffMember.id != act.actor.staff_id,
            sa.or_(in_department, StaffMember.role.in_(CENTRE)),
        )
        .order_by(StaffMember.name, StaffMember.id)
    )
    if appeal.restricted:
        people = people.where(has_restricted_permission(StaffMember.id))
    return act.session.scalars(people).all()


def tell_mentioned_people(
    act: Act, appeal: Appeal, note: Move, chosen: Collection[int]
) -> Mentions:
    """Write a notice to everybody whom the note mentions, chosen from the list or by @name.

    A name that several have means all of them. Who may not see the appeal is never told.
    """
    people = list_mentionable_people(act, appeal)
    named, unknown = find_mentioned_names(note.words or "", {each.name for each in people})
    told = [each for each in people if each.id in chosen or each.name in named]
    recipients = [Recipient(f"staff:{each.username}", NoticeChannel.DESK) for each in told]
    cause = NoticeCause(f"{appeal.id}.{note.seq}", words=act.actor.name)
    write_notices_to(act, appeal, NoticeKind.MENTIONED, recipients, cause)
    return Mentions(told, unknown)


def find_mentioned_names(text: str, names: Collection[str]) -> tuple[set[str], list[str]]:
    """Return the names that stand after an @, and what stands there and is no such name.

    Chinese text goes on behind a name without a space, so the longest name that fits counts.
    """
    found, unknown = set[str](), list[str]()
    by_length = sorted(names, key=len, reverse=True)
    for mention in MENTION.finditer(text):
        rest = text[mention.end() :]
        name = next((each for each in by_length if rest.startswith(each)), None)
        if name is not None:
            found.add(name)
        elif start := NAME_START.match(rest):
            unknown.append(start[0][:MAX_SHOWN_CHARACTERS])
    return found, unknown
