"""The page of a case that is with somebody else by the time its form is sent."""

from flask import render_template, request

from appeals.domain.calendar import city_day
from appeals.domain.moves.needs import WORDS
from appeals.domain.refusals import Refused
from appeals.reference.reference_data import load_reference
from appeals.web.shared.request import act
from appeals.web.shared.texts import language


def answer_gone(number: str, problem: Refused) -> tuple[str, int]:
    """Answer that the appeal is not here (any more), with the text that was typed, to copy."""
    return render_template(
        "staff/desk/gone.html",
        number=number,
        sentence=problem.label(language()),
        words=request.form.get(WORDS, ""),
        successor=load_reference(act())
        .successors_on(city_day(act().now))
        .get(act().actor.department or ""),
    ), problem.kind.value
