"""The baseline for filing: a bare Flask-WTF form with CSRF that inserts one row.

The same fields under the same database settings, and nothing of the system: no choices of the
city, no number, no routing, no promise, no notice, no history.
"""

import os

import sqlalchemy as sa
from flask import Flask, redirect, render_template_string
from flask_wtf import CSRFProtect, FlaskForm
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.wrappers import Response
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from appeals.database import make_engine, make_session_factory

DATABASE_VARIABLE, KEY_VARIABLE = "BARE_FORM_DATABASE_URL", "BARE_FORM_SECRET_KEY"
PAGE = """<form method="post">{{ form.csrf_token }}
{% for field in form if field.name != "csrf_token" %}{{ field.label }}{{ field }}{% endfor %}
<button>Send</button></form>"""


class BareFormBase(DeclarativeBase):
    """The tables of the bare form."""


class SentForm(BareFormBase):
    """One form as it was sent."""

    __tablename__ = "sent"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    form_key: Mapped[str]
    kind: Mapped[str]
    category: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[str]
    district: Mapped[str]
    street: Mapped[str]
    address: Mapped[str]
    contact_name: Mapped[str]
    contact_phone: Mapped[str]
    contact_email: Mapped[str]
    confidential: Mapped[bool]
    publish: Mapped[bool]


class BareForm(FlaskForm):  # type: ignore[misc]  # the package carries no types
    """The fields of the filing form as plain texts."""

    form_key = StringField(validators=[InputRequired()])
    kind = StringField(validators=[InputRequired()])
    category = StringField(validators=[InputRequired()])
    subject = StringField(validators=[InputRequired(), Length(max=100)])
    detail = TextAreaField(validators=[InputRequired(), Length(max=5000)])
    district = StringField(validators=[InputRequired()])
    street = StringField()
    address = StringField()
    contact_name = StringField()
    contact_phone = StringField()
    contact_email = StringField()
    confidential = BooleanField()
    publish = BooleanField()


def create_app() -> Flask:
    """Make the application on the database that the environment names."""
    sessions = make_session_factory(make_engine(os.environ[DATABASE_VARIABLE]))
    app = Flask(__name__)
    app.secret_key = os.environ[KEY_VARIABLE]
    CSRFProtect(app)

    @app.get("/sent")
    def sent() -> str:
        return "Sent."

    @app.route("/", methods=["GET", "POST"])
    def form() -> Response | str | tuple[str, int]:
        asked = BareForm()
        if not asked.is_submitted():
            return render_template_string(PAGE, form=asked)
        if not asked.validate():
            return render_template_string(PAGE, form=asked), 422
        row = SentForm()
        asked.populate_obj(row)
        with sessions.begin() as session:
            session.add(row)
        return redirect("/sent", 303)

    return app
