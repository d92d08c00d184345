"""What a school still has ahead of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cop_site import clock
from cop_site.events.ahead_queries import count_bookings_ahead
from cop_site.events.booking_models import BookingState
from cop_site.events.models import EventState
from tests.factories.events import make_booking, make_event
from tests.factories.people import make_person
from tests.factories.schools import make_school

pytestmark = pytest.mark.usefixtures("app")


class TestCountBookingsAhead:
    def test_booked_and_waiting_count_and_cancelled_does_not(self) -> None:
        school, event = make_school(), make_event()
        for state in BookingState:
            make_booking(event, make_person(), school, state=state)
        assert count_bookings_ahead([school.id]) == {school.id: 3}

    def test_events_that_are_over_cancelled_or_drafts_do_not(self) -> None:
        school = make_school()
        for event in (
            make_event(clock.now() - timedelta(days=1)),
            make_event(state=EventState.CANCELLED),
            make_event(state=EventState.DRAFT),
        ):
            make_booking(event, make_person(), school)
        assert count_bookings_ahead([school.id]) == {}

    def test_an_event_under_way_still_counts(self) -> None:
        school = make_school()
        make_booking(make_event(clock.now() - timedelta(hours=1)), make_person(), school)
        assert count_bookings_ahead([school.id]) == {school.id: 1}

    def test_a_booking_for_two_schools_counts_for_each(self) -> None:
        one, two, other = make_school(), make_school(), make_school()
        make_booking(make_event(), make_person(), one, two)
        assert count_bookings_ahead([one.id, two.id, other.id]) == {one.id: 1, two.id: 1}
