"""Shape of the rules of booking an event, and how they read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

from wtforms import Field

from cop_site import clock
from cop_site.planning.rule_services import BookingRules
from cop_site.web.forms import ClockField, DayField, Form, WholeNumberField
from cop_site.web.stamped import Stamped


class RulesForm(Stamped, Form):
    opens_on = DayField("Booking opens on (optional)", description="For example, 27 11 2026")
    opens = ClockField(
        "Booking opens at",
        required="Enter when booking opens",
        example="9am or 09:00",
        is_optional=True,
        description="For example, 9am",
    )
    closes_on = DayField("Booking closes on (optional)", description="For example, 30 11 2026")
    closes = ClockField(
        "Booking closes at",
        required="Enter when booking closes",
        example="5pm or 17:00",
        is_optional=True,
        description="For example, 5pm",
    )
    school_limit = WholeNumberField(
        "Most places for one school (optional)",
        description="Further people from the school join the waiting list",
        least=1,
        most=1000,
    )
    school_limit_ends_on = DayField(
        "The limit ends on", description="From that day on whoever waits is offered a place"
    )
    held_places = WholeNumberField(
        "Places kept for new schools (optional)",
        description="For schools that have come to no event this school year",
        least=1,
        most=1000,
    )
    held_ends_on = DayField(
        "They are kept until", description="From that day on they are anybody’s"
    )
    offer_days = WholeNumberField(
        "School days to take up an offer",
        required="Enter how many school days an offer is kept",
        description="How long a place that comes free is kept for the next in the list",
        least=1,
        most=10,
    )

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        for field, sentence in list(self._list_missing()):
            field.errors = [*field.errors, sentence]
            is_valid = False
        return is_valid

    def _list_missing(self) -> Iterator[tuple[Field, str]]:
        """Each rule is two fields: both, or neither."""
        for one, other, sentences in (
            (self.opens_on, self.opens, ("Enter the day booking opens", self.opens.refusal)),
            (self.closes_on, self.closes, ("Enter the day booking closes", self.closes.refusal)),
            (
                *(self.school_limit, self.school_limit_ends_on),
                ("Enter how many places a school can have", "Enter the day the limit ends"),
            ),
            (
                *(self.held_places, self.held_ends_on),
                ("Enter how many places are kept", "Enter the day until which they are kept"),
            ),
        ):
            if not (one.errors or other.errors) and (one.data is None) != (other.data is None):
                yield (one, sentences[0]) if one.data is None else (other, sentences[1])

    @property
    def rules(self) -> BookingRules:
        """What was typed, as the service takes it. Only after the form is valid."""
        return BookingRules(
            booking_opens_at=_moment(self.opens_on, self.opens.data),
            booking_closes_at=_moment(self.closes_on, self.closes.data),
            offer_days=self.offer_days.data,
            school_limit=self.school_limit.data,
            school_limit_until=_moment(self.school_limit_ends_on),
            held_places=self.held_places.data,
            held_until=_moment(self.held_ends_on),
        )


def _moment(day: DayField, at: time | None = None) -> datetime | None:
    return clock.from_london(day.data, at or time()) if day.data else None
