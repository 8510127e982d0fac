"""All routing rules of a department, district or category sent to another department at once."""

from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.configuration.configuration_changes import (
    WHY,
    read_effect_day,
    write_changes,
)
from appeals.casework.configuration.configuration_checks import check_given, check_lead_department
from appeals.casework.configuration.rule_effects import reassign_rules
from appeals.casework.records import change_log
from appeals.domain import configuration as tables
from appeals.domain.configuration import Change, ChangeStep, RowFacts, StepForm
from appeals.domain.messages import message
from appeals.domain.moves.needs import Input, Need
from appeals.domain.refusals import not_now, not_valid
from appeals.domain.routing import Rule
from appeals.models.configuration import RecordedChange
from appeals.reference.reference_data import Reference, load_reference

OF_DEPARTMENT, OF_DISTRICT, OF_CATEGORY = "of_department", "of_district", "of_category"
CHOSEN_BY = (
    Need(OF_DEPARTMENT, message("Rules that name"), Input.DEPARTMENT, required=False),
    Need(OF_DISTRICT, message("Rules of the district"), Input.DISTRICT, required=False),
    Need(OF_CATEGORY, message("Rules of the category"), Input.CATEGORY, required=False),
)
TARGET = Need(tables.LEAD.name, message("Name from then on"), Input.DEPARTMENT)
FORM = StepForm((*CHOSEN_BY, TARGET), dated=True)


@dataclass(frozen=True)
class RuleChoice:
    """Which rules are meant: all of what is given has to fit."""

    department: str = ""
    district: str = ""
    category: str = ""

    def includes(self, city: Reference, rule: Rule) -> bool:
        """Return whether a rule is meant; a street's rules belong to its district."""
        street = city.areas.get(rule.street or "")
        districts = {rule.district, street.parent if street else None}
        within = rule.category or ""
        return (
            self.department in {"", rule.department}
            and (not self.district or self.district in districts)
            and (
                not self.category
                or within == self.category
                or within.startswith(f"{self.category}.")
            )
        )


def plan_reassignment(act: Act, typed: RowFacts) -> tuple[Change, ...]:
    """Return the change of each rule that is meant, in the order of the rules; nothing is written.

    Raises Refused: not valid for a field, or where no rule is meant.
    """
    given = check_given(act, FORM.fields, typed)
    since = read_effect_day(act, FORM, given)
    if WHY not in given:
        raise not_valid(WHY, message("Say why."))
    choice = RuleChoice(*(given.get(need.name, "") for need in CHOSEN_BY))
    if choice == RuleChoice():
        raise not_valid(
            OF_DEPARTMENT, message("Say of which rules: a department, district or category.")
        )
    city, target = load_reference(act), given[TARGET.name]
    check_lead_department(city, target, since)
    wish = Change(tables.RULES.name, "", ChangeStep.CHANGE, since, None, None, given[WHY])
    planned = tuple(
        reassign_rules(city, wish, partial(_is_elsewhere, city, choice, target), target)
    )
    if not planned:
        raise not_valid(OF_DEPARTMENT, message("No rule is meant that names another department."))
    return planned


def reassign_chosen_rules(act: Act, typed: RowFacts, seen: int) -> int:
    """Write and record the change of each rule that is meant; return how many there are.

    `seen` is the number of the last change of any rule when the administrator read the preview.
    Raises Refused as `plan_reassignment` does, and not now where a rule was changed since.
    """
    change_log.lock_configuration(act)
    if find_last_rule_change_id(act) != seen:
        raise not_now(message("Somebody else has just changed a rule. Look at the preview again."))
    planned = plan_reassignment(act, typed)
    write_changes(act, planned, None)
    return len(planned)


def find_last_rule_change_id(act: Act) -> int:
    """Return the number of the last change of any routing rule, 0 where there is none."""
    newest = sa.select(sa.func.max(RecordedChange.id)).where(RecordedChange.of == tables.RULES.name)
    return act.session.scalar(newest) or 0


def _is_elsewhere(city: Reference, choice: RuleChoice, target: str, rule: Rule) -> bool:
    return rule.department != target and choice.includes(city, rule)
