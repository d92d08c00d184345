"""Shape of a new email address for one's own account."""

from __future__ import annotations

from cop_site.accounts.second_step_forms import ProveForm
from cop_site.web.forms import EmailField, Form


def _email() -> EmailField:
    return EmailField(
        "New email address",
        required="Enter the new email address",
        render_kw={"autocomplete": "email"},
    )


class AddressForm(Form):
    """For those without a password, who signed in a moment ago."""

    email = _email()


class ProvenAddressForm(ProveForm):
    """For those who have one."""

    email = _email()
