"""Shape of what people type about accounts."""

from __future__ import annotations

from cop_site.web.forms import EmailField, Form, LongTextField, SecretField, TickField
from cop_site.web.pupil_guard import PupilGuard


def remember_field() -> TickField:
    """Service staff, who see every school, keep their idle hour whatever they tick."""
    return TickField("Keep me signed in on this device (school staff: for 30 days)")


class SignInForm(Form):
    email = EmailField(
        "Email address",
        required="Enter your email address",
        render_kw={"autocomplete": "username"},
    )
    password = SecretField(
        "Password",
        required="Enter your password",
        autocomplete="current-password",
    )
    remember = remember_field()


class PasswordForm(Form):
    password = SecretField(
        "New password",
        required="Enter a password",
        autocomplete="new-password",
    )


class AskLinkForm(Form):
    email = EmailField(
        "Email address",
        required="Enter your email address",
        render_kw={"autocomplete": "username"},
    )


class OpenLinkForm(Form):
    remember = remember_field()


class ChangePasswordForm(PasswordForm):
    """For those who have one already."""

    current = SecretField(
        "Your password now",
        required="Enter your password now",
        autocomplete="current-password",
    )


class AcceptForm(Form):
    """Coming in for the first time."""

    password = SecretField(
        "Choose a password (optional)",
        autocomplete="new-password",
        description=(
            "Or leave it empty: we email you a link each time you sign in."
            " Use 12 characters or more. Three words that have nothing to do with each other work"
            " well."
        ),
    )
    remember = remember_field()


class SayNoForm(PupilGuard, Form):
    """To somebody who asks to be forgotten."""

    free_text = ("reason",)
    reason = LongTextField(
        "Why can’t they be forgotten?",
        required="Say why",
        longest=1_000,
        description="They read this in the email. It is kept in the record of changes.",
    )
