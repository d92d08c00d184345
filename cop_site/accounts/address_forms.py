"""Shape of a new email address for one's own account."""

from __future__ import annotations

from cop_site.accounts.second_step_forms import own_password
from cop_site.web.forms import EmailField, Form


class AddressForm(Form):
    """For those without a password, who signed in a moment ago."""

    email = EmailField(
        "New email address",
        required="Enter the new email address",
        render_kw={"autocomplete": "email"},
    )


class ProvenAddressForm(AddressForm):
    """For those who have one."""

    current = own_password()
