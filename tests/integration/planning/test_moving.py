"""What goes along when an event or a date of it moves, and what its editor is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site.audit import list_changes
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, Mode
from cop_site.notifications.models import OutboxMessage
from cop_site.planning import programme_services
from cop_site.planning import services as planning_services
from cop_site.planning.programme_services import OptionDetails, SessionDetails
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import changed_details, make_booking, make_event
from tests.factories.people import make_person
from tests.support.client import GatedClient
from tests.support.pages import hidden

STARTS = NOON + timedelta(days=40)
WEEK = timedelta(days=7)
OPENS = NOON + timedelta(days=30)


def _move(event: Event, people: People, by: timedelta) -> None:
    starts = event.starts_at + by
    details = changed_details(event, starts_at=starts, ends_at=starts + timedelta(hours=2))
    planning_services.edit_event(event.id, event.version, details, by=acting(people.ep))


def _date(starts_at: datetime) -> SessionDetails:
    return SessionDetails(starts_at, starts_at + timedelta(hours=2), "Town Hall", "")


class TestTheRulesOfBooking:
    def test_move_with_the_event_and_the_history_says_so(self, people: People) -> None:
        event = make_event(
            STARTS,
            booking_opens_at=OPENS,
            booking_closes_at=STARTS - timedelta(days=2),
            held_places=2,
            held_until=datetime(2026, 12, 15, tzinfo=UTC),
        )
        _move(event, people, -4 * WEEK)
        assert event.booking_opens_at == OPENS - 4 * WEEK
        assert event.booking_closes_at == STARTS - timedelta(days=2) - 4 * WEEK
        assert event.held_until == datetime(2026, 11, 17, tzinfo=UTC)
        assert "booking rules moved" in [one.verb for one in list_changes("event", event.id)]

    def test_keep_their_time_on_the_clock_over_its_change(self, people: People) -> None:
        opens = datetime(2027, 3, 1, 9, tzinfo=UTC)
        event = make_event(datetime(2027, 3, 20, 12, tzinfo=UTC), booking_opens_at=opens)
        _move(event, people, 4 * WEEK)
        assert event.booking_opens_at == datetime(2027, 3, 29, 8, tzinfo=UTC)

    def test_booking_that_is_open_stays_open(self, people: People) -> None:
        event = make_event(STARTS, booking_opens_at=NOON - WEEK)
        _move(event, people, 4 * WEEK)
        assert event.booking_opens_at == NOON - WEEK

    def test_move_with_the_first_of_several_dates_only(self, people: People) -> None:
        event, by = make_event(STARTS, booking_opens_at=OPENS), acting(people.ep)
        option = event_queries.get_event(event.id, sa.true()).options[0]
        programme_services.add_session(event.id, option.id, _date(STARTS + WEEK), by=by)
        assert event.booking_opens_at == OPENS
        programme_services.add_session(event.id, option.id, _date(STARTS - 2 * WEEK), by=by)
        assert event.booking_opens_at == OPENS - 2 * WEEK

    def test_that_would_open_after_the_start_are_refused_at_the_day(self, people: People) -> None:
        event = make_event(STARTS, booking_opens_at=STARTS - timedelta(hours=1))
        with pytest.raises(DomainError, match="Change the booking rules first") as refused:
            _move(event, people, timedelta(hours=-2))
        assert refused.value.field == "day"

    @pytest.mark.sqlite_only
    def test_the_page_says_what_they_are_by_now(self, people: People, client: GatedClient) -> None:
        event = make_event(STARTS, booking_opens_at=OPENS)
        client.sign_in(people.ep)
        page = client.get(f"/events/{event.id}/edit").text
        typed: dict[str, Any] = {
            **{"kind": "cpd", "title": "Moved", "mode": "in_person", "venue": "Town Hall"},
            **{"day": ["13", "12", "2026"], "starts": "1pm", "ends": "3pm"},
            **{"version": hidden(page, "version"), "closed_day": "y"},
        }
        answer = client.send(f"/events/{event.id}/edit", **typed)
        assert (
            "The booking rules moved with it: booking opens on 3 December 2026."
            in client.get(answer.location).text
        )


class TestBegun:
    def test_keeps_when_it_began_and_may_last_longer(
        self, people: People, at: Callable[[datetime], None]
    ) -> None:
        event, by = make_event(), acting(people.ep)
        begins, ends = event.starts_at, event.ends_at
        at(begins + timedelta(minutes=30))
        moved = changed_details(
            event, starts_at=begins + timedelta(days=7), ends_at=ends + timedelta(days=7)
        )
        with pytest.raises(DomainError, match="has begun") as refused:
            planning_services.edit_event(event.id, event.version, moved, by=by)
        assert refused.value.field == "day"
        longer = changed_details(event, ends_at=ends + timedelta(minutes=15))
        planning_services.edit_event(event.id, event.version, longer, by=by)
        assert (event.starts_at, event.ends_at) == (begins, longer.ends_at)


class TestPlaces:
    def test_are_never_fewer_than_are_kept(self, people: People) -> None:
        event = make_event(STARTS, capacity=6, held_places=4, held_until=NOON + WEEK)
        by = acting(people.ep)
        fewer = changed_details(event, room_capacity=3)
        with pytest.raises(DomainError, match="4 places are kept for new schools"):
            planning_services.edit_event(event.id, event.version, fewer, by=by)
        small = OptionDetails("Afternoon", Mode.IN_PERSON, 3, None)
        with pytest.raises(DomainError, match="Enter 4 or more"):
            programme_services.add_option(event.id, small, _date(STARTS), by=by)


class TestTheLink:
    def test_that_changes_is_told_to_those_online(self, people: People) -> None:
        soon = NOON + timedelta(hours=5)
        link = "https://meet.example/a"
        event = make_event(soon, mode=Mode.HYBRID, join_link=link)
        make_booking(event, make_person(), people.school)
        online = make_booking(event, make_person(), people.school, mode=Mode.ONLINE)
        changed = changed_details(event, join_link="https://meet.example/b")
        planning_services.edit_event(event.id, event.version, changed, by=acting(people.ep))
        told = db.session.scalars(sa.select(OutboxMessage.thing_id)).all()
        assert list(told) == [online.id]


class TestGoingOnline:
    def test_leaves_the_venue_behind_and_asks_for_the_link(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event(STARTS, address="1 High Street", access_notes="Ramp")
        option = event_queries.get_event(event.id, sa.true()).options[0]
        client.sign_in(people.ep)
        url = f"/events/{event.id}/options/{option.id}"
        typed: dict[str, Any] = {"mode": "online", "seen": hidden(client.get(url).text, "seen")}
        answer = client.send(url, **typed)
        (session,) = event_queries.get_event(event.id, sa.true()).options[0].sessions
        assert (session.venue, session.address, session.access_notes) == ("", "", "")
        assert "Add the link to join online before the day." in client.get(answer.location).text
        back: dict[str, Any] = {"mode": "in_person", "seen": hidden(client.get(url).text, "seen")}
        sentence = "Change the date, 20 December 2026, first: enter its venue"
        assert sentence in client.send(url, **back).text

    def test_another_time_online_has_no_venue(self, people: People) -> None:
        event, by = make_event(STARTS), acting(people.ep)
        online = OptionDetails("Online", Mode.ONLINE, None, 20)
        added = programme_services.add_option(event.id, online, _date(STARTS + WEEK), by=by)
        assert added.sessions[0].venue == ""


@pytest.mark.sqlite_only
class TestWhomAChangeConcerns:
    def test_is_said_before_it_is_saved(self, people: People, client: GatedClient) -> None:
        event = make_event(STARTS)
        client.sign_in(people.ep)
        assert "Each is told" not in client.get(f"/events/{event.id}/edit").text
        make_booking(event, make_person(), people.school)
        for path in ("edit", "cancel"):
            page = client.get(f"/events/{event.id}/{path}").text
            assert "1 person has a booking or is waiting." in page
        page = client.get(f"/events/{event.id}/dates/new").text
        assert "Each is told by email of the new date." in page

    def test_is_said_once_it_is_saved(self, people: People, client: GatedClient) -> None:
        event = make_event(STARTS)
        for address in ("a@school.example", "b@school.example", None):
            make_booking(event, make_person(email=address), people.school)
        option = event_queries.get_event(event.id, sa.true()).options[0]
        day = {"day": ["20", "12", "2026"], "starts": "midday", "ends": "2pm", "venue": "Town Hall"}
        way = {"mode": "in_person", "room_capacity": "20"}
        client.sign_in(people.ep)

        def save(path: str, typed: dict[str, Any]) -> str:
            url = f"/events/{event.id}/{path}"
            sent: dict[str, Any] = {**typed, "seen": hidden(client.get(url).text, "seen")}
            return client.get(client.send(url, **sent).location).text

        for path, same, loud in (
            (f"dates/{option.sessions[0].id}", day, {"access_notes": "Ramp"}),
            (f"options/{option.id}", way, {"mode": "hybrid"}),
        ):
            before = len(list_changes("event", event.id))
            assert "Nothing was changed, so nobody is emailed." in save(path, same)
            assert len(list_changes("event", event.id)) == before
            told = "2 people with a booking or waiting are emailed about it."
            assert told in save(path, same | loud)
        larger = {"mode": "hybrid", "room_capacity": "21"}
        assert "emailed" not in save(f"options/{option.id}", larger)

    def test_of_the_event_itself_too(self, people: People, client: GatedClient) -> None:
        event = make_event(STARTS, title="Autumn network")
        make_booking(event, make_person(email="a@school.example"), people.school)
        url = f"/events/{event.id}/edit"
        typed: dict[str, Any] = {
            **{"kind": "senco_network", "title": "Autumn network", "version": "1"},
            **{"day": ["20", "12", "2026"], "starts": "midday", "ends": "2pm"},
            **{"mode": "in_person", "venue": "Town Hall", "room_capacity": "20"},
        }
        client.sign_in(people.ep)
        page = client.get(client.send(url, **typed).location).text
        assert "Nothing was changed, so nobody is emailed." in page
        page = client.get(client.send(url, **typed | {"title": "Winter network"}).location).text
        assert "Saved. 1 person with a booking or waiting is emailed about it." in page
        page = client.get(client.send(url, **typed | {"title": "Winter network"}).location).text
        assert "Saved." in page and "emailed" not in page


@pytest.mark.sqlite_only
class TestTheNextDate:
    def test_begins_where_the_last_one_is(self, people: People, client: GatedClient) -> None:
        event = make_event(STARTS, address="1 High Street", access_notes="Ramp at the side")
        client.sign_in(people.ep)
        for url in ("dates/new", "options/new"):
            page = client.get(f"/events/{event.id}/{url}").text
            for text in ("Town Hall", "1 High Street", "Ramp at the side"):
                assert text in page
