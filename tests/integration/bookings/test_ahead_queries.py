"""What a school still has ahead of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cop_site import clock
from cop_site.accounts.models import SchoolRoleKind
from cop_site.bookings.ahead_queries import count_bookings_ahead, list_next_unbooked
from cop_site.bookings.models import BookingState
from cop_site.db import db
from cop_site.events.models import EventKind, EventState
from cop_site.events.tag_models import EventTag
from tests.factories.events import make_booking, make_event
from tests.factories.people import make_person, make_school_user
from tests.factories.schools import join_cluster, make_cluster, make_school
from tests.support.statements import count_statements

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


class TestListNextUnbooked:
    def test_is_the_next_network_and_the_next_meeting_of_each_own_cluster(self) -> None:
        one, two, person = make_school(), make_school(), make_person()
        clusters = [make_cluster(), make_cluster(), make_cluster()]
        join_cluster(one, clusters[0])
        join_cluster(two, clusters[1])
        ahead = clock.now() + timedelta(days=3)
        make_event(ahead + timedelta(days=9), title="Network later")
        make_event(ahead, title="Network")
        make_event(ahead, kind=EventKind.CPD, title="Training")
        for number, cluster in enumerate(clusters):
            for days in (2, 1):
                make_event(
                    ahead + timedelta(days=days, hours=number),
                    kind=EventKind.COP_MEETING,
                    cluster_id=cluster.id,
                    title=f"Meeting {number} after {days}",
                )
        with count_statements() as sent:
            found = list_next_unbooked(person.id, [one.id, two.id])
        assert [event.title for event in found] == [
            "Network",
            "Meeting 0 after 1",
            "Meeting 1 after 1",
        ]
        assert found[0].options[0].sessions[0].venue == "Town Hall"
        assert len(sent) == 1

    def test_leaves_out_what_is_booked_given_up_begun_cancelled_or_a_draft(self) -> None:
        school, person = make_school(), make_person()
        booked, given_up = make_event(), make_event(clock.now() + timedelta(days=8))
        make_event(clock.now() - timedelta(minutes=1))
        make_event(state=EventState.CANCELLED)
        make_event(state=EventState.DRAFT)
        make_booking(booked, person, school)
        make_booking(given_up, person, school, state=BookingState.CANCELLED)
        after = make_event(clock.now() + timedelta(days=9))
        assert [event.id for event in list_next_unbooked(person.id, [school.id])] == [after.id]

    def test_leaves_out_what_is_for_others(self) -> None:
        school, cluster = make_school(), make_cluster()
        join_cluster(school, cluster)
        heads, teacher = make_event(), make_school_user(school, role=SchoolRoleKind.TEACHER)
        meeting = make_event(kind=EventKind.COP_MEETING, cluster_id=cluster.id)
        for one in (heads, meeting):
            db.session.add(EventTag(event_id=one.id, tag_key="role_head"))
        head = make_school_user(school, role=SchoolRoleKind.HEADTEACHER)
        theirs = list_next_unbooked(head.person_id, [school.id])
        assert {event.id for event in theirs} == {heads.id, meeting.id}
        assert list_next_unbooked(teacher.person_id, [school.id]) == []
