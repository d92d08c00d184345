"""Shape of what people type about the dates of an event and the ways to take part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cop_site import clock
from cop_site.events.models import Mode
from cop_site.planning.programme_services import OptionDetails, SessionDetails
from cop_site.schools.queries import list_terms
from cop_site.schools.school_days import is_open_day
from cop_site.web.filters import long_date
from cop_site.web.forms import (
    ChoiceField,
    ClockField,
    DayField,
    Form,
    LongTextField,
    TextField,
    TickField,
    WholeNumberField,
)
from cop_site.web.link_field import LinkField
from cop_site.web.pupil_guard import PupilGuard
from cop_site.web.routing import read_id
from cop_site.web.stamped import Stamped


class ClosedDay:
    """A new ``day`` when schools are closed is asked about. Mixed into a form before ``Form``.

    The day that the form was made with stays without a question.
    """

    closed_day = TickField("Yes, it is on a day when schools are closed")
    asks_closed_day = False

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))  # type: ignore[misc]
        field = self._fields.get("day")  # type: ignore[attr-defined]
        day = field.data if field is not None else None
        if day is None or day == field.object_data or day < clock.today():
            return is_valid
        self.asks_closed_day = not is_open_day(list_terms(), day)
        if self.asks_closed_day and not self.closed_day.data:
            sentence = f"Schools are closed on {long_date(day)}: tick the box if that is right"
            self.closed_day.errors = [sentence]
            return False
        return is_valid


class DateFields(ClosedDay, PupilGuard):
    """When and where. Mixed into a form before ``Form``."""

    free_text: Sequence[str] = ("access_notes",)

    day = DayField("Date", required="Enter the date", description="For example, 27 11 2026")
    starts = ClockField(
        "Starts at",
        required="Enter when it starts",
        example="1:30pm or 13:30",
        description="For example, 1:30pm",
    )
    ends = ClockField(
        "Ends at",
        required="Enter when it ends",
        example="3:30pm or 15:30",
        description="For example, 3:30pm",
    )
    venue = TextField("Venue", description="Its name. Leave empty for an online event")
    address = TextField(
        "Address (optional)",
        longest=300,
        description="With the postcode. The event page links to a map of it",
    )
    access_notes = LongTextField(
        "Getting in (optional)",
        longest=500,
        description="Step-free access, parking, hearing loop. Never write about a pupil",
    )
    join_link = LinkField(
        "Link to join online",
        wrong="Enter a full link, like https://meeting.example/abc",
        description="Shown from the day before, only to people with a place",
    )

    @property
    def date_details(self) -> SessionDetails:
        """What was typed, as the service takes it. Only after the form is valid."""
        return SessionDetails(
            starts_at=clock.from_london(self.day.data, self.starts.data),
            ends_at=clock.from_london(self.day.data, self.ends.data),
            venue=self.venue.data or "",
            address=self.address.data or "",
            access_notes=self.access_notes.data or "",
            join_link=self.join_link.data or "",
        )


class WayFields:
    """How people take part, and how many. Mixed into a form before ``Form``."""

    mode = ChoiceField(
        "How people take part",
        required="Choose how people take part",
        choices=[(mode.value, mode.label) for mode in Mode],
    )
    room_capacity = WholeNumberField(
        "Places in the room", description="Leave empty for no limit", least=1
    )
    online_capacity = WholeNumberField(
        "Places online", description="Leave empty for no limit", least=1
    )


class SessionForm(Stamped, DateFields, Form):
    """One date of an option."""


class OptionForm(Stamped, WayFields, Form):
    """One of several ways to take part."""

    name = TextField(
        "Name (optional)", longest=60, description="For example, Morning. The date is always shown"
    )

    @property
    def option_details(self) -> OptionDetails:
        return OptionDetails(
            name=self.name.data or "",
            mode=Mode(self.mode.data),
            room_capacity=self.room_capacity.data,
            online_capacity=self.online_capacity.data,
        )


class NewOptionForm(DateFields, OptionForm):
    """Another time to choose from, with its first date."""


class TakeOffForm(PupilGuard, Form):
    """A date to take off. Of one that nobody ever booked nothing more is asked.

    ``times``: where the people of its option may go, by id and name; empty where others stay.
    """

    free_text = ("reason",)

    into = ChoiceField("Where its people go", required="Choose where its people go")
    reason = TextField(
        "Why is it called off?",
        required="Enter why it is called off",
        longest=500,
        description="Whoever booked it reads this",
    )

    def __init__(self, times: Sequence[tuple[str, str]], *, is_booked: bool) -> None:
        super().__init__()
        if not is_booked:
            del self.reason
        if not is_booked or not times:
            del self.into
        else:
            self.into.choices = times

    @property
    def answers(self) -> dict[str, Any]:
        """What was said, as the service takes it. Only after the form is valid."""
        into, reason = self._fields.get("into"), self._fields.get("reason")
        return {
            "into_id": read_id(into.data) if into else None,
            "reason": (reason.data or "") if reason else "",
        }
