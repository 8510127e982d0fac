"""Checks of what a filing or a move names against the city's reference data."""

from datetime import date

from appeals.domain.filing import Filing
from appeals.domain.lifecycle import MoveRule
from appeals.domain.messages import message
from appeals.domain.moves.context import IMPORTED, MoveInput
from appeals.domain.moves.needs import (
    COMPLAINED_DEPARTMENT,
    RESTRICTED,
    Input,
    Need,
    check_needs,
    wrong_choice,
)
from appeals.domain.moves.restriction import ABOVE
from appeals.domain.people import CENTRE, Role
from appeals.domain.refusals import Refused, not_valid
from appeals.domain.vocabulary import YesNo
from appeals.reference.reference_data import Reference, ReferenceEntry


def check_filing(city: Reference, filing: Filing, day: date) -> None:
    """Refuse (not valid) codes that the city does not have on the day of filing."""
    category = city.categories.get(filing.category)
    if category is None or not category.holds_on(day):
        raise not_valid("category", message("Choose what the appeal is about."))
    if filing.district and filing.district not in city.areas:
        raise not_valid("district", message("Choose the district."))
    check_street(city, filing.district, filing.street)
    _check_complained_department(city, category, filing.complained_department, day)


def check_street(city: Reference, district: str | None, code: str | None) -> None:
    """Refuse (not valid) a street outside the district; no street is allowed."""
    street = city.areas.get(code) if code else None
    if code and (street is None or street.parent != district):
        raise not_valid("street", message("Choose a street or town of that district."))


def check_move_input(
    city: Reference, rule: MoveRule, given: MoveInput, role: Role, day: date
) -> None:
    """Refuse (not valid) missing fields and codes that the city does not have on the day.

    An imported move may lack what its source does not have. What the system plays may name a
    department or category that has ended.
    """
    asked = rule.recorded_fields if role in CENTRE else rule.fields
    fields = [need for need in asked if IMPORTED not in given or need.name in given]
    check_needs(fields, given)
    holds_on = None if role is Role.SYSTEM else day
    for need in fields:
        if need.name in given and not _is_known(city, need, given, holds_on):
            raise wrong_choice(need)


def _is_known(city: Reference, need: Need, given: MoveInput, day: date | None) -> bool:
    """Return whether the value of a field names a row of the city, in force on `day` if given."""
    code = given[need.name]
    if need.input is Input.OFFICER:  # recorded as given: one spelling only
        return day is None or (code.isascii() and code.isdecimal())
    if need.input is Input.STREET:
        return code in city.areas and city.areas[code].parent == given.get("district")
    if need.input is Input.DISTRICT:
        return code in city.areas
    rows = {Input.DEPARTMENT: city.departments, Input.CATEGORY: city.categories}.get(need.input)
    return rows is None or (code in rows and (day is None or rows[code].holds_on(day)))


def restriction_facts(city: Reference, given: MoveInput, *, restricted: bool) -> dict[str, str]:
    """Return the facts about restriction that the rules need but no form asks for.

    Raises Refused (not valid) if a department complained about is named although the appeal is not
    `restricted` and does not become so.
    """
    facts = dict[str, str]()
    if given.get("category") and city.categories[given["category"]].restricted:
        facts[RESTRICTED] = YesNo.YES.value
    if given.get(COMPLAINED_DEPARTMENT) and not (restricted or facts):
        raise _complained_department_not_asked()
    if restricted and given.get("department"):
        facts[ABOVE] = " ".join(city.units_above(given["department"]))
    return {name: text for name, text in facts.items() if text}


def _check_complained_department(
    city: Reference, category: ReferenceEntry, code: str | None, day: date
) -> None:
    """Refuse (not valid) an unknown department, or one named where the category asks for none."""
    if code is not None and not category.restricted:
        raise _complained_department_not_asked()
    if code is not None and code not in city.departments_on(day):
        raise not_valid(COMPLAINED_DEPARTMENT, message("Choose the department complained about."))


def _complained_department_not_asked() -> Refused:
    return not_valid(
        COMPLAINED_DEPARTMENT,
        message("Only a restricted category asks for the department complained about."),
    )
