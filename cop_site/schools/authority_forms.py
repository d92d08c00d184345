"""Shape of what an administrator says of the authority, and of how long things are kept."""

from __future__ import annotations

from wtforms import HiddenField

from cop_site.schools.authority_services import AuthorityDetails
from cop_site.web.forms import EmailField, Form, TextField, TickField, WholeNumberField
from cop_site.web.stamped import Stamped


class AuthorityForm(Stamped, Form):
    name = TextField("Name of the authority", required="Enter the name of the authority")
    service_name = TextField(
        "Name of the service",
        required="Enter the name of the service",
        description="It stands on every page and in every email",
    )
    contact_email = EmailField(
        "Email address for help (optional)",
        description="Where people write to who can’t sign in, or don’t know what to do",
    )
    data_protection_email = EmailField(
        "Email address for data protection (optional)",
        description="Your data protection officer’s. The privacy notice shows it to everybody",
    )
    complaints = TextField(
        "How to complain about how data is used (optional)",
        longest=500,
        description="One or two sentences for the privacy notice: to whom, and how",
    )

    notice_confirmed = TickField(
        "Our data protection officer has confirmed the privacy notice",
        description="Until you tick this, the privacy notice says that it is a draft",
    )

    @property
    def details(self) -> AuthorityDetails:
        return AuthorityDetails(
            name=str(self.name.data),
            service_name=str(self.service_name.data),
            contact_email=str(self.contact_email.data or ""),
            data_protection_email=str(self.data_protection_email.data or ""),
            complaints=str(self.complaints.data or ""),
            notice_confirmed=bool(self.notice_confirmed.data),
        )


class RetentionForm(Stamped, Form):
    """First a number; then, once it was seen what it would do, the same number again."""

    days = WholeNumberField("How many days", required="Enter a number of days")
    looked_at = HiddenField()

    @property
    def is_looked_at(self) -> bool:
        return bool(self.looked_at.data) and self.looked_at.data == str(self.days.data)
