"""Every component by itself, and every error page: for the people who carry on the work.

The components are the macros that the pages use, with examples in place of the city's rows.
"""

from datetime import date, timedelta

from flask import Blueprint, abort, render_template
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, PasswordField, RadioField, SelectField, StringField, TextAreaField

from appeals.domain.calendar import city_day
from appeals.domain.configuration import DEPARTMENTS, Change, Step
from appeals.domain.lifecycle import MOVES
from appeals.domain.people import Role
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Card, Kind, YesNo
from appeals.queries.administration.configuration import LoggedChange
from appeals.reporting import charts
from appeals.reporting.charts import DataPoint
from appeals.web.shared import chart_captions
from appeals.web.shared.error_pages import KNOWN
from appeals.web.shared.forms import move_form, terms
from appeals.web.shared.request import act, audience
from appeals.web.shared.text_fields import PageForm, Required

blueprint = Blueprint("components", __name__, url_prefix="/admin/components")
blueprint.before_request(audience(Role.ADMINISTRATOR))
SHARES = (("A", 0.9), ("B", 0.7), ("C", 0.4))
MONTH = (date(2026, 3, 1), date(2026, 3, 31))
NEEDED = Required(lazy_gettext("Say why."))


class Example(PageForm):
    """One field of each sort."""

    line = StringField(lazy_gettext("In one line"), validators=[NEEDED])
    day = StringField(
        lazy_gettext("From which day"), render_kw={"type": "date"}, validators=[NEEDED]
    )
    secret = PasswordField(lazy_gettext("Password"), validators=[NEEDED])
    words = TextAreaField(lazy_gettext("What happened?"), validators=[NEEDED])
    choice = SelectField(lazy_gettext("Kind"), validators=[NEEDED], validate_choice=False)
    urgent = RadioField(lazy_gettext("Urgent"), validators=[NEEDED], validate_choice=False)
    tick = BooleanField(lazy_gettext("Confidential"))


@blueprint.get("")
def index() -> str:
    """Show every component."""
    asked = next(move for move in MOVES if move.action is Action.ASK_RETURN)
    return render_template(
        "admin/components.html",
        plain=example(),
        wrong=example(refused=True),
        move=asked,
        move_form=move_form(asked, blank=True),
        states=tuple(State),
        cards=tuple(Card),
        logged_change=logged(),
        drawn=drawn(),
        statuses=KNOWN,
    )


@blueprint.get("/<int:page>")
def error(page: int) -> str:
    """Answer with the error page of a status, as if it had come about."""
    abort(page if page in KNOWN else 404)


def example(*, refused: bool = False) -> Example:
    """Give the form as it opens, or as it is refused when nothing was filled in."""
    form = Example(formdata=MultiDict() if refused else None, meta={"csrf": False})
    form.choice.choices, form.urgent.choices = terms(Kind), terms(YesNo)
    if refused:
        form.validate()
    return form


def logged() -> LoggedChange:
    """Give a change of a row as the log keeps it."""
    now = act().now
    before = {"zh": "市城管局", "en": "Urban Management Bureau", "email": "a@example.org"}
    change = Change(
        of=DEPARTMENTS.name,
        key="example",
        step=Step.CHANGE,
        since=city_day(now),
        before=before,
        after={**before, "email": "b@example.org"},
        why=gettext("For example"),
    )
    return LoggedChange(0, change, act().actor.name, now)


def drawn() -> dict[str, Markup]:
    """Draw every picture with made-up values."""
    shares = [DataPoint(label, n, f"{n:.0%}", f"{10 * n:.0f} / 10") for label, n in SHARES]
    counts = [DataPoint(label.text, label.value, label.text) for label in shares]
    days = {MONTH[0] + timedelta(n): n * n % 17 for n in range(31)}
    title = gettext("For example")
    return {
        "bars": charts.draw_bars(title, shares, most=1.0),
        "funnel": charts.draw_funnel(title, counts),
        "columns": charts.draw_columns(title, counts),
        "trend": charts.draw_trend(title, shares, DataPoint(gettext("Target"), 0.8, "80%")),
        "tiles": charts.draw_tile_map(
            title, [DataPoint(gettext("District"), 0.9, "90%", "10", "370202")]
        ),
        "calendar": chart_captions.calendar(charts.split_into_weeks(days, *MONTH)).picture,
    }
