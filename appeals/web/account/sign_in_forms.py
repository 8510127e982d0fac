"""The forms of signing in: name and password, the code, a new password."""

from wtforms import PasswordField, StringField
from wtforms.validators import Length

from appeals.web.shared.text_fields import PageForm, Required
from appeals.web.shared.texts import lazy_gettext as _


class SignInForm(PageForm):
    """Username and password."""

    username = StringField(
        _("Username"), validators=[Required(_("Enter your username.")), Length(max=100)]
    )
    password = PasswordField(
        _("Password"), validators=[Required(_("Enter your password.")), Length(max=128)]
    )


class FactorForm(PageForm):
    """A code of the second factor, or a recovery code."""

    code = StringField(
        _("Code"),
        validators=[Required(_("Enter the code.")), Length(max=50)],
    )


class FactorStepForm(FactorForm):
    """A code and the password, before the own second factor is changed."""

    password = PasswordField(
        _("Your password"),
        validators=[Required(_("Enter your password.")), Length(max=128)],
    )


class PasswordForm(PageForm):
    """The old and the new password."""

    old = PasswordField(
        _("Present password"),
        validators=[Required(_("Enter your present password.")), Length(max=128)],
    )
    new = PasswordField(
        _("New password"),
        validators=[Required(_("Enter a new password.")), Length(max=128)],
    )
