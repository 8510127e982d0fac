"""The forms by which the staff come in: name and password, a code, a password of their own."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from appeals.web.forms import stripped


class SignInForm(FlaskForm):  # type: ignore[misc]  # the package carries no types
    """A member of staff signs in."""

    username = StringField(
        _("Username"), validators=[InputRequired(_("Enter your username.")), Length(max=100)]
    )
    password = PasswordField(
        _("Password"), validators=[InputRequired(_("Enter your password.")), Length(max=128)]
    )


class FactorForm(FlaskForm):  # type: ignore[misc]  # the package carries no types
    """A code of the second factor, or a recovery code."""

    code = StringField(
        _("Code"),
        filters=[stripped],
        validators=[InputRequired(_("Enter the code.")), Length(max=50)],
    )


class FactorStepForm(FactorForm):
    """A code and the password, before the own second factor is changed."""

    password = PasswordField(
        _("Your password"),
        validators=[InputRequired(_("Enter your password.")), Length(max=128)],
    )


class PasswordForm(FlaskForm):  # type: ignore[misc]  # the package carries no types
    """A member of staff changes the own password."""

    old = PasswordField(
        _("Present password"),
        validators=[InputRequired(_("Enter your present password.")), Length(max=128)],
    )
    new = PasswordField(
        _("New password"),
        validators=[InputRequired(_("Enter a new password.")), Length(max=128)],
    )
