"""The style page and every error page, for the people who maintain the pages.

Colours and drawings are those of the pages. The components are the macros that the pages use, with
examples in place of the city's rows.
"""

from datetime import date, timedelta

from flask import Blueprint, abort, render_template
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, PasswordField, RadioField, SelectField, StringField, TextAreaField

from appeals.domain.calendar import city_day
from appeals.domain.configuration import DEPARTMENTS, Change, ChangeStep
from appeals.domain.lifecycle import MOVES
from appeals.domain.people import Role
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Card, Kind, YesNo
from appeals.queries.administration.configuration import LoggedChange
from appeals.reporting import charts
from appeals.reporting.charts import DataPoint
from appeals.reporting.charts.colours import load_colours
from appeals.web.shared import report_charts
from appeals.web.shared.error_pages import STATUSES_WITH_PAGE
from appeals.web.shared.forms import build_move_form, term_choices
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.text_fields import PageForm, Required
from appeals.web.shared.texts import gettext, lazy_gettext

blueprint = Blueprint("components", __name__, url_prefix="/admin/components")
blueprint.before_request(require_roles(Role.ADMINISTRATOR))
DRAWINGS = ("mark", "file", "send", "work", "rate", "bay")
"""The project's own drawings, of `templates/drawings`."""
EXAMPLE_SHARES = (("A", 0.9), ("B", 0.7), ("C", 0.4))
EXAMPLE_MONTH = (date(2026, 3, 1), date(2026, 3, 31))
WHY_REQUIRED = Required(lazy_gettext("Say why."))


class ExampleForm(PageForm):
    """One field of each sort."""

    line = StringField(lazy_gettext("In one line"), validators=[WHY_REQUIRED])
    day = StringField(
        lazy_gettext("From which day"), render_kw={"type": "date"}, validators=[WHY_REQUIRED]
    )
    secret = PasswordField(lazy_gettext("Password"), validators=[WHY_REQUIRED])
    words = TextAreaField(lazy_gettext("What happened?"), validators=[WHY_REQUIRED])
    choice = SelectField(lazy_gettext("Kind"), validators=[WHY_REQUIRED], validate_choice=False)
    urgent = RadioField(lazy_gettext("Urgent"), validators=[WHY_REQUIRED], validate_choice=False)
    tick = BooleanField(lazy_gettext("Confidential"))


@blueprint.get("")
def index() -> str:
    """Show every component."""
    asked = next(move for move in MOVES if move.action is Action.ASK_RETURN)
    return render_template(
        "admin/components.html",
        plain=example_form(),
        wrong=example_form(refused=True),
        move=asked,
        move_form=build_move_form(asked, blank=True),
        states=tuple(State),
        cards=tuple(Card),
        logged_change=example_change(),
        drawn=example_charts(),
        colours=load_colours(),
        drawings=DRAWINGS,
        statuses=STATUSES_WITH_PAGE,
    )


@blueprint.get("/<int:page>", endpoint="error")
def show_error(page: int) -> str:
    """Answer with the error page of a status."""
    abort(page if page in STATUSES_WITH_PAGE else 404)


def example_form(*, refused: bool = False) -> ExampleForm:
    """Return the form as it opens, or with the errors of an empty one."""
    form = ExampleForm(formdata=MultiDict() if refused else None, meta={"csrf": False})
    form.choice.choices, form.urgent.choices = term_choices(Kind), term_choices(YesNo)
    if refused:
        form.validate()
    return form


def example_change() -> LoggedChange:
    """Return a change of a row as the change log shows it."""
    now = act().now
    before = {"zh": "市城管局", "en": "Urban Management Bureau", "email": "a@example.org"}
    change = Change(
        of=DEPARTMENTS.name,
        key="example",
        step=ChangeStep.CHANGE,
        since=city_day(now),
        before=before,
        after={**before, "email": "b@example.org"},
        why=gettext("For example"),
    )
    return LoggedChange(0, change, act().actor.name, now)


def example_charts() -> dict[str, Markup]:
    """Draw every chart with made-up values."""
    shares = [DataPoint(label, n, f"{n:.0%}", f"{10 * n:.0f} / 10") for label, n in EXAMPLE_SHARES]
    counts = [DataPoint(label.text, label.value, label.text) for label in shares]
    days = {EXAMPLE_MONTH[0] + timedelta(n): n * n % 17 for n in range(31)}
    title = gettext("For example")
    return {
        "bars": charts.draw_bars(title, shares, most=1.0),
        "funnel": charts.draw_funnel(title, counts),
        "columns": charts.draw_columns(title, counts),
        "trend": charts.draw_trend(title, shares, DataPoint(gettext("Target"), 0.8, "80%")),
        "tiles": charts.draw_tile_map(
            title, [DataPoint(gettext("District"), 0.9, "90%", "10", "370202")]
        ),
        "calendar": report_charts.draw_calendar(
            charts.split_into_weeks(days, *EXAMPLE_MONTH)
        ).picture,
    }
