"""The colleagues that an internal note can mention, and what is said of them afterwards."""

from collections.abc import Mapping

from flask import flash, request

from appeals.casework.answers import mentions
from appeals.domain.lifecycle import MOVE_RULES, MoveRule
from appeals.domain.states import Action
from appeals.models.appeal import Appeal, Move
from appeals.queries.case_file import CaseFile
from appeals.web.shared.display import listing
from appeals.web.shared.forms import Grouped, MoveForm
from appeals.web.shared.request import act
from appeals.web.shared.texts import gettext, language

NOTE = MOVE_RULES[Action.NOTE]
MENTION_FIELD = "mention"


def list_mention_choices(file: CaseFile, forms: Mapping[MoveRule, MoveForm]) -> Grouped:
    """Return the colleagues who may see the case, by role; none where no note can be made."""
    if NOTE not in forms:
        return {}
    groups = Grouped()
    for each in mentions.list_mentionable_people(act(), file.appeal):
        role = each.role.label(language())
        groups.setdefault(role, []).append((str(each.id), each.name))
    return groups


def tell_mentioned(appeal: Appeal, made: Move) -> None:
    """Tell those whom a note mentions; say to its author who is told, and who is not."""
    if made.action is not Action.NOTE:
        return
    chosen = {int(each) for each in request.form.getlist(MENTION_FIELD) if each.isdecimal()}
    told = mentions.tell_mentioned_people(act(), appeal, made, chosen)
    if told.people:
        names = listing(each.name for each in told.people)
        flash(gettext("In the inbox of: %(names)s.", names=names), "done")
    if told.unknown:
        flash(
            gettext(
                "The note is recorded. Nobody who may see this case has the name “%(names)s”, so "
                "nobody was told there.",
                names=listing(told.unknown),
            )
        )
