"""Shape of a code."""

from __future__ import annotations

from typing import Any

from cop_site.web.forms import Form, SecretField, TextField


class CodeField(TextField):
    """Six digits, or a recovery code. Phones offer the code that just came."""

    def __call__(self, **kwargs: Any) -> Any:
        params = {
            "classes": "govuk-input--width-10",
            "autocomplete": "one-time-code",
            "spellcheck": False,
        }
        return super().__call__(params=params, **kwargs)


class CodeForm(Form):
    code = CodeField("Code", required="Enter the code", longest=40)


def own_password() -> SecretField:
    return SecretField(
        "Your password",
        required="Enter your password",
        autocomplete="current-password",
    )


class ProveForm(Form):
    """For those who have a password: whoever sits at an open browser must know it."""

    current = own_password()
