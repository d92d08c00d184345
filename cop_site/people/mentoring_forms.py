"""Shape of what is said about a pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cop_site import clock
from cop_site.people.mentoring_queries import Mentor
from cop_site.web.forms import DAY_HINT, ChoiceField, DayField, Form, WholeNumberField


class PairForm(Form):
    mentor = ChoiceField("Who is the mentor?", required="Choose a mentor")
    starts_on = DayField("From which day?", required="Enter the day", description=DAY_HINT)

    def __init__(self, mentors: Sequence[Mentor], **kwargs: Any) -> None:
        super().__init__(data={"starts_on": clock.today()}, **kwargs)
        self.mentor.choices = [(str(one.person_id), one.label) for one in mentors]


class MeetingForm(Form):
    """``seen`` is the count that stood on the page; ``change`` is one more or one less."""

    seen = WholeNumberField("Meetings", required="Reload the page and try again")
    change = ChoiceField(
        "What", required="Reload the page and try again", choices=[("met", ""), ("undo", "")]
    )
