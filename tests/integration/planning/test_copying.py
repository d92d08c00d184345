"""Copying an event, and the series that copies make."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts.models import ServiceRoleKind
from cop_site.audit import list_changes
from cop_site.bookings.models import Booking
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, EventState, Facilitator, Mode, Option, Session
from cop_site.planning import copy_services
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import make_event, option_of, session_of
from tests.factories.people import make_person, make_service_user
from tests.support.client import GatedClient
from tests.support.race import race
from tests.support.statements import count_statements

SUMMER = date(2027, 6, 15)


def _course() -> Event:
    """Two dates, of which the second is a week after the first, and an alternate online."""
    starts_at = clock.from_london(date(2026, 12, 1), time(9, 30))
    event = make_event(starts_at, title="Annual reviews", description="Bring one plan")
    second = Session(
        option_id=option_of(event).id,
        starts_at=starts_at + timedelta(days=7),
        ends_at=starts_at + timedelta(days=7, hours=2),
        venue="Library",
    )
    online = Option(event_id=event.id, position=1, name="Online", mode=Mode.ONLINE)
    db.session.add_all([second, online])
    db.session.flush()
    db.session.add(
        Session(
            option_id=online.id,
            starts_at=starts_at + timedelta(days=1),
            ends_at=starts_at + timedelta(days=1, hours=1),
            week_reminder_for=starts_at,
        )
    )
    db.session.commit()
    return event


class TestCopyEvent:
    def test_keeps_the_time_on_the_clock_across_the_change_of_clocks(self, people: People) -> None:
        copy = copy_services.copy_event(_course().id, SUMMER, "k", by=acting(people.ep))
        made = event_queries.get_event(copy.id, sa.true())
        starts = [[session.starts_at for session in option.sessions] for option in made.options]
        assert starts == [
            [
                datetime(2027, 6, 15, 8, 30, tzinfo=UTC),
                datetime(2027, 6, 22, 8, 30, tzinfo=UTC),
            ],
            [datetime(2027, 6, 16, 8, 30, tzinfo=UTC)],
        ]
        assert (made.starts_at, made.ends_at) == (
            datetime(2027, 6, 15, 8, 30, tzinfo=UTC),
            datetime(2027, 6, 22, 10, 30, tzinfo=UTC),
        )

    def test_takes_words_ways_and_facilitators_along_but_nobodys_booking(
        self, people: People
    ) -> None:
        event = _course()
        leads = make_person("Leads It")
        db.session.add(Facilitator(event_id=event.id, person_id=leads.id))
        make_booking_at = session_of(event).option_id
        db.session.add(
            Booking(
                event_id=event.id,
                option_id=make_booking_at,
                person_id=make_person().id,
                mode=Mode.IN_PERSON,
                state="booked",
                created_at=clock.now(),
            )
        )
        db.session.commit()
        copy = copy_services.copy_event(event.id, SUMMER, "k", by=acting(people.ep))
        made = event_queries.get_event(copy.id, sa.true())
        assert (made.title, made.description) == ("Annual reviews", "Bring one plan")
        assert (made.state, made.version, made.published_at) == (EventState.DRAFT, 1, None)
        assert [option.name for option in made.options] == ["", "Online"]
        assert [session.venue for session in made.options[0].sessions] == ["Town Hall", "Library"]
        assert made.options[1].sessions[0].week_reminder_for is None
        assert [one.person_id for one in made.facilitators] == [leads.id]
        count = sa.select(sa.func.count()).where(Booking.event_id == copy.id)
        assert db.session.scalar(count) == 0
        (change,) = list_changes("event", copy.id)
        assert change.now["copied_from_id"] == event.id

    def test_for_a_day_that_is_over_is_refused(self, people: People) -> None:
        event = make_event()
        with pytest.raises(DomainError, match="still to come"):
            copy_services.copy_event(event.id, date(2026, 11, 9), "k", by=acting(people.ep))

    def test_copies_of_copies_are_one_series(self, people: People) -> None:
        by, first = acting(people.ep), make_event()
        second = copy_services.copy_event(first.id, SUMMER, "a", by=by)
        third = copy_services.copy_event(second.id, SUMMER, "a", by=by)
        db.session.refresh(first)
        assert first.series_id == second.series_id == third.series_id == first.id

    def test_the_same_form_with_another_day_makes_another(self, people: People) -> None:
        event, by = _course(), acting(people.ep)
        days = (SUMMER, SUMMER, date(2027, 6, 16))
        first, again, other = (
            copy_services.copy_event(event.id, day, "k", by=by).id for day in days
        )
        assert first == again != other

    @pytest.mark.thorough
    def test_two_clicks_at_once_make_one(self, committed_app: Flask) -> None:
        event, by = make_event(), acting(make_service_user(ServiceRoleKind.EP))
        db.session.commit()

        def copy() -> int:
            event_queries.get_event(event.id, sa.true())
            with transaction():
                return copy_services.copy_event(event.id, SUMMER, "same", by=by).id

        made = race(committed_app, [copy] * 4)
        assert len(set(made)) == 1, made
        db.session.rollback()
        assert db.session.scalar(sa.select(sa.func.count(Event.id))) == 2


@pytest.mark.sqlite_only
class TestCopyPage:
    def test_makes_a_draft_and_shows_the_series(self, people: People, client: GatedClient) -> None:
        event = make_event(title="Autumn network")
        client.sign_in(people.ep)
        page = client.get(f"/events/{event.id}").text
        assert "Copy this event" in page
        assert "others of this series" not in page
        answer = client.send(f"/events/{event.id}/copy", day=["15", "6", "2027"], key="k")
        assert answer.status_code == 303
        with count_statements() as sent:
            page = client.get(answer.location).text
        assert len(sent) <= 6
        assert "others of this series" in page
        listed = client.get(f"{answer.location}/series").text
        assert f'href="/events/{event.id}"' in listed
        assert "Draft" in listed

    def test_past_event_is_copied_but_not_edited(self, people: People, client: GatedClient) -> None:
        event = make_event(clock.now() - timedelta(days=30))
        client.sign_in(people.ep)
        page = client.get(f"/events/{event.id}").text
        assert "Copy this event" in page
        assert "Edit this event" not in page

    def test_a_day_at_a_weekend_is_asked_about(self, people: People, client: GatedClient) -> None:
        event = make_event()
        client.sign_in(people.ep)
        url, sunday = f"/events/{event.id}/copy", ["13", "6", "2027"]
        answer = client.send(url, day=sunday, key="k")
        assert answer.status_code == 422
        assert "Schools are closed on Sunday 13 June 2027: tick the box" in answer.text
        assert client.send(url, day=sunday, key="k", closed_day="y").status_code == 303

    def test_bad_day_is_said_and_kept(self, people: People, client: GatedClient) -> None:
        event = make_event()
        client.sign_in(people.ep)
        answer = client.send(f"/events/{event.id}/copy", day=["31", "2", "2027"], key="k")
        assert answer.status_code == 422
        assert 'value="31"' in answer.text
        assert 'name="key" type="hidden" value="k"' in answer.text
