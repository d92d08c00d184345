"""Shape of what people say about themselves."""

from __future__ import annotations

from typing import Any

from cop_site.accounts.account_models import Topic
from cop_site.accounts.models import SencoAward
from cop_site.accounts.own_services import OwnDetails
from cop_site.web.forms import ChoiceField, Form, ManyField, NameField, TickField

LONGEST_NAME = 100
NOT_SAID = "not_said"


class DetailsForm(Form):
    """A name; of SENCOs and their deputies also what they may say of their role."""

    name = NameField(
        "Your name",
        required="Enter your name",
        description="As colleagues and the service know you. It is on registers and lists.",
        render_kw={"autocomplete": "name"},
    )
    award = ChoiceField(
        "Do you hold the award for SENCOs?",
        choices=[
            *((award.value, award.label) for award in SencoAward),
            (NOT_SAID, "I would rather not say"),
        ],
        description="You need not answer. The service uses it to plan training.",
    )
    would_mentor = TickField(
        "I would mentor a SENCO who is new in role",
        description=(
            "The EPs can then choose you. When they do, that SENCO gets your work email address and"
            " you get theirs."
        ),
    )

    def __init__(self, *, is_senco: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not is_senco:
            del self.award
            del self.would_mentor

    def read(self, was: OwnDetails) -> OwnDetails:
        """What is typed; what the form does not ask stays as it was."""
        name = str(self.name.data)
        if "award" not in self:
            return OwnDetails(name, was.award, was.would_mentor)
        given = self.award.data
        award = SencoAward(given) if given and given != NOT_SAID else None
        return OwnDetails(name, award, bool(self.would_mentor.data))


def details_values(details: OwnDetails) -> dict[str, Any]:
    award = details.award.value if details.award else NOT_SAID
    return {"name": details.name, "award": award, "would_mentor": details.would_mentor}


class MessagesForm(Form):
    """A tick for each kind of mail that somebody may do without."""

    topics = ManyField("Email me about")

    def __init__(self, offered: tuple[Topic, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.topics.choices = [(topic.value, topic.label) for topic in offered]

    @property
    def wanted(self) -> set[Topic]:
        return {Topic(value) for value in self.topics.data or ()}
