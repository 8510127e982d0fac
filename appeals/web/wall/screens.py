"""The wall on a screen that nobody sits at, opened by a display pass.

The cookie of a screen is read here and nowhere else, so to every other page it is a stranger.
"""

from http import HTTPStatus

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import Length

from appeals.casework.accounts import display_passes
from appeals.casework.accounts.display_passes import MAX_DAYS
from appeals.domain.refusals import Refused
from appeals.web.shared.cookies import Cookie
from appeals.web.shared.forms import add_refusal, typed_text
from appeals.web.shared.request import (
    REFRESH_ARGUMENT,
    act,
    client_address,
    commit_even_if_refused,
    user_agent,
)
from appeals.web.shared.text_fields import PageForm, Required
from appeals.web.shared.texts import lazy_gettext as _
from appeals.web.wall.wall_page import REFRESH_SECONDS, render_wall

CODE_ARGUMENT = "pass"
COOKIE = Cookie("display", MAX_DAYS * 24 * 3600)
"""How long a browser keeps the cookie; the pass decides how long it opens the wall."""

blueprint = Blueprint("screens", __name__, url_prefix="/wall")


class PassForm(PageForm):
    """The code of a display pass."""

    code = StringField(
        _("Display pass"), validators=[Required(_("Enter the display pass.")), Length(max=50)]
    )


@blueprint.after_request
def load_again_after_error(response: Response) -> Response:
    """Have an error page of the server load the wall again: nobody is there to press a key."""
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        response.headers["Refresh"] = f"{REFRESH_SECONDS}; url={url_for('screens.wall')}"
    return response


@blueprint.get("", endpoint="wall")
def show_wall() -> ResponseReturnValue:
    """Show the wall to a screen whose pass is in force; `?pass=` opens one.

    A screen that starts with that address each morning is let in by its cookie.
    """
    code = request.args.get(CODE_ARGUMENT)
    token = COOKIE.read_value()
    shown = display_passes.enter_wall(act(), token) if token else None
    if shown is None:
        form = PassForm(data={"code": code})
        return _open_wall(form) if code else _page_without_pass(form)
    if code:
        return redirect(url_for("screens.wall"))
    return render_wall(shown, f"{url_for('screens.wall')}?{REFRESH_ARGUMENT}=1")


@blueprint.post("", endpoint="open")
def open_wall() -> ResponseReturnValue:
    """Open the wall by a pass that was typed at the screen."""
    form = PassForm()
    if not form.validate():
        return _page_without_pass(form), HTTPStatus.UNPROCESSABLE_ENTITY
    return _open_wall(form)


def _open_wall(form: PassForm) -> ResponseReturnValue:
    commit_even_if_refused()
    try:
        token = display_passes.open_pass(
            act(), typed_text(form.code), client_address(), user_agent()
        )
    except Refused as problem:
        add_refusal(form, problem)
        return _page_without_pass(form), problem.kind.value
    answer = redirect(url_for("screens.wall"), HTTPStatus.SEE_OTHER)
    COOKIE.set_in(answer, token)
    return answer


def _page_without_pass(form: PassForm) -> str:
    """Show that this screen has no pass, or that its pass has ended and when."""
    token = COOKIE.read_value()
    ended = display_passes.find_pass(act(), token) if token else None
    return render_template("wall/no_pass.html", form=form, ended=ended, had_one=bool(token))
