"""Restricted appeals: who the department complained about is, and that it never gets the appeal.

An appeal is restricted from the moment its category is a restricted one (Rules 3), and stays so.
Who sees it is decided in `appeals/cases/access.py`.
"""

from datetime import datetime

from appeals.domain.case import Case
from appeals.domain.moves.effects import IMPORTED, MoveInput
from appeals.domain.refusals import not_now, not_valid
from appeals.domain.rule_book import RuleBook

ABOVE = "above"
"""Given with a move that names a department for a restricted appeal: the codes of the units above
it, so that the guard replays by the tree of that day."""


def refuse_complained_department(
    case: Case, given: MoveInput, now: datetime, book: RuleBook
) -> None:
    """Refuse to send a restricted appeal to the department complained about, or below it.

    Until that department is named, the appeal goes nowhere. An import is not asked for what its
    source does not say.
    """
    del now, book
    if not case.restricted:
        return
    complained = case.complained_department
    if complained is None:
        if IMPORTED in given:
            return
        raise not_now(
            "请先在“更正”中填写被反映单位，再派单。",
            "First name the department complained about, under “Correct”. Then dispatch.",
        )
    if complained in {given["department"], *given.get(ABOVE, "").split()}:
        raise not_valid(
            "department",
            "这件诉求反映的就是该单位或其上级单位，不能派给它。",
            "The appeal is about this department or one above it, and cannot be sent there.",
        )
