"""Courses and times to choose from: several dates, several ways to take part."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.bookings import place_queries
from cop_site.bookings import services as booking_services
from cop_site.bookings.models import Booking, BookingState
from cop_site.db import db
from cop_site.errors import DomainError, StaleEditError, stamp_of
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, Mode, Option, Session
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from cop_site.planning import programme_services
from cop_site.planning import services as planning_services
from cop_site.planning.programme_services import OptionDetails, SessionDetails
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import changed_details, make_booking, make_event, make_register
from tests.factories.people import make_person
from tests.support.client import GatedClient
from tests.support.statements import count_statements

STARTS = NOON + timedelta(days=14)
LATER = STARTS + timedelta(days=7)


def date(starts_at: datetime, venue: str = "Town Hall") -> SessionDetails:
    return SessionDetails(starts_at, starts_at + timedelta(hours=2), venue, "")


def loaded(event: Event) -> Event:
    return event_queries.get_event(event.id, sa.true())


@pytest.fixture
def event(people: People) -> Event:
    event = make_event(STARTS, capacity=1, venue="Town Hall")
    db.session.commit()
    return event


def add_afternoon(event: Event, people: People, capacity: int | None = 2) -> Option:
    details = OptionDetails("Afternoon", Mode.IN_PERSON, capacity, None)
    first = date(STARTS + timedelta(hours=4))
    return programme_services.add_option(event.id, details, first, by=acting(people.ep))


def book(event: Event, user: Any, option: Option | None = None) -> Booking:
    by = acting(user)
    option_id = option.id if option else None
    return booking_services.book_place(
        event.id, option_id=option_id, mode=None, school_ids=list(by.schools), by=by
    )


class TestCourse:
    def test_another_date_lengthens_the_event_and_is_told(
        self, event: Event, people: People
    ) -> None:
        make_booking(event, make_person(), people.school)
        option = loaded(event).options[0]
        programme_services.add_session(event.id, option.id, date(LATER), by=acting(people.ep))
        assert loaded(event).ends_at == LATER + timedelta(hours=2)
        message = db.session.scalars(sa.select(OutboxMessage)).one()
        body = compose(message).get_body()
        assert body is not None
        assert "A date was added: Tuesday 1 December 2026, midday to 2pm." in body.get_content()
        verbs = [change.verb for change in audit.list_changes("event", event.id)]
        assert verbs == ["date added"]

    def test_another_date_tomorrow_ends_the_offers(self, event: Event, people: People) -> None:
        """Nothing is kept in the last day before the first date."""
        held = make_booking(event, make_person(), people.school, state=BookingState.OFFERED)
        option = loaded(event).options[0]
        soon = clock.now() + timedelta(hours=20)
        programme_services.add_session(event.id, option.id, date(soon), by=acting(people.ep))
        db.session.expire_all()
        assert db.session.get_one(Booking, held.id).state is not BookingState.OFFERED

    def test_sent_twice_is_one(self, event: Event, people: People) -> None:
        option = loaded(event).options[0]
        for _ in range(2):
            programme_services.add_session(event.id, option.id, date(LATER), by=acting(people.ep))
        assert len(loaded(event).options[0].sessions) == 2

    def test_a_date_that_moves_is_told_to_its_people(self, event: Event, people: People) -> None:
        make_booking(event, make_person(), people.school)
        session = loaded(event).options[0].sessions[0]
        seen = programme_services.session_values(programme_services.read_session(session))
        stamp = stamp_of(seen)
        programme_services.change_session(
            event.id, session.id, date(LATER), seen=stamp, by=acting(people.ep)
        )
        assert loaded(event).starts_at == LATER
        (kind,) = db.session.scalars(sa.select(OutboxMessage.kind))
        assert kind == "events/event_changed"
        with pytest.raises(StaleEditError):
            programme_services.change_session(
                event.id, session.id, date(STARTS), seen=stamp, by=acting(people.ep)
            )

    @pytest.mark.parametrize(
        ("details", "says"),
        [
            (SessionDetails(LATER, LATER, "Hall", ""), "end must be after"),
            (date(LATER, venue=""), "Enter where it is"),
        ],
    )
    def test_that_does_not_fit_is_refused(
        self, event: Event, people: People, details: SessionDetails, says: str
    ) -> None:
        option = loaded(event).options[0]
        with pytest.raises(DomainError, match=says):
            programme_services.add_session(event.id, option.id, details, by=acting(people.ep))


class TestTimesToChoose:
    def test_each_has_its_own_places_and_list(self, event: Event, people: People) -> None:
        afternoon = add_afternoon(event, people)
        first = loaded(event).options[0]
        assert book(event, people.other, first).state is BookingState.BOOKED
        assert book(event, people.senco, afternoon).option_id == afternoon.id
        places = place_queries.count_places(loaded(event))
        assert [places[one.id][0].left for one in loaded(event).options] == [0, 1]

    def test_one_has_to_be_chosen(self, event: Event, people: People) -> None:
        add_afternoon(event, people)
        with pytest.raises(DomainError, match="Choose when"):
            book(event, people.senco)

    def test_one_that_has_begun_is_over_the_other_is_not(
        self, event: Event, people: People, at: Callable[[datetime], None]
    ) -> None:
        afternoon = add_afternoon(event, people)
        first = loaded(event).options[0]
        at(STARTS + timedelta(hours=1))
        with pytest.raises(DomainError, match="has started"):
            book(event, people.senco, first)
        assert book(event, people.senco, afternoon).state is BookingState.BOOKED

    def test_a_second_booking_at_another_is_the_first_one(
        self, event: Event, people: People
    ) -> None:
        afternoon = add_afternoon(event, people)
        first = book(event, people.senco, loaded(event).options[0])
        assert book(event, people.senco, afternoon).id == first.id

    def test_a_full_one_that_gets_room_is_offered_to_its_own_list(
        self, event: Event, people: People
    ) -> None:
        afternoon = add_afternoon(event, people, capacity=1)
        make = make_person()
        db.session.add(
            Booking(
                event_id=event.id,
                option_id=afternoon.id,
                person_id=make.id,
                mode=Mode.IN_PERSON,
                state=BookingState.BOOKED,
                created_at=NOON,
                place_given_at=NOON,
            )
        )
        db.session.flush()
        waits = book(event, people.senco, afternoon)
        assert waits.state is BookingState.WAITING
        details = OptionDetails("Afternoon", Mode.IN_PERSON, 2, None)
        values = programme_services.option_values(programme_services.read_option(afternoon))
        programme_services.change_option(
            event.id,
            afternoon.id,
            details,
            seen=stamp_of(values),
            by=acting(people.ep),
        )
        assert db.session.get_one(Booking, waits.id).state is BookingState.OFFERED

    def test_two_of_one_name_are_refused(self, event: Event, people: People) -> None:
        add_afternoon(event, people)
        details = OptionDetails("Time 1", Mode.IN_PERSON, 5, None)
        with pytest.raises(DomainError, match="Choose another name"):
            programme_services.add_option(event.id, details, date(LATER), by=acting(people.ep))


class TestTakeOff:
    def test_the_last_date_takes_its_option_along(self, event: Event, people: People) -> None:
        afternoon = add_afternoon(event, people)
        session_id = afternoon.sessions[0].id
        programme_services.take_off_session(event.id, session_id, by=acting(people.ep))
        assert [len(option.sessions) for option in loaded(event).options] == [1]
        assert loaded(event).ends_at == STARTS + timedelta(hours=2)

    def test_all_there_is_is_refused(self, event: Event, people: People) -> None:
        only = loaded(event).options[0].sessions[0].id
        with pytest.raises(DomainError, match="only date"):
            programme_services.take_off_session(event.id, only, by=acting(people.ep))


class TestWhatWas:
    """What was held, or hangs on a date, stays as it was."""

    @pytest.mark.parametrize("days", [-1, 0])
    def test_no_date_comes_in_the_past(self, event: Event, people: People, days: int) -> None:
        option, by = loaded(event).options[0], acting(people.ep)
        past = date(NOON + timedelta(days=days))
        session = option.sessions[0]
        seen = stamp_of(programme_services.session_values(programme_services.read_session(session)))
        with pytest.raises(DomainError, match="ahead"):
            programme_services.add_session(event.id, option.id, past, by=by)
        with pytest.raises(DomainError, match="ahead"):
            programme_services.change_session(event.id, session.id, past, seen=seen, by=by)
        details = changed_details(event, starts_at=past.starts_at, ends_at=past.ends_at)
        with pytest.raises(DomainError, match="ahead"):
            planning_services.edit_event(event.id, event.version, details, by=by)

    def test_an_event_that_is_over_keeps_its_dates_and_places(
        self, event: Event, people: People, at: Callable[[datetime], None]
    ) -> None:
        at(STARTS + timedelta(days=1))
        option, by = loaded(event).options[0], acting(people.ep)
        online = OptionDetails("", Mode.ONLINE, None, None)
        seen = stamp_of(programme_services.option_values(programme_services.read_option(option)))
        with pytest.raises(DomainError, match="is over"):
            programme_services.change_option(event.id, option.id, online, seen=seen, by=by)
        with pytest.raises(DomainError, match="is over"):
            add_afternoon(event, people)
        with pytest.raises(DomainError, match="is over"):
            programme_services.add_session(event.id, option.id, date(LATER), by=by)
        details = changed_details(event, mode=Mode.ONLINE)
        with pytest.raises(DomainError, match="is over"):
            planning_services.edit_event(event.id, event.version, details, by=by)

    def test_a_date_with_a_register_stays(self, event: Event, people: People) -> None:
        afternoon = add_afternoon(event, people)
        make_register(afternoon.sessions[0])
        with pytest.raises(DomainError, match="register or a survey"):
            programme_services.take_off_session(
                event.id, afternoon.sessions[0].id, by=acting(people.ep)
            )


@pytest.mark.sqlite_only
class TestPages:
    def typed(self, starts_at: datetime, **more: str) -> dict[str, Any]:
        day = clock.london_date(starts_at)
        return {
            "day": [str(part) for part in (day.day, day.month, day.year)],
            "starts": "9:30am",
            "ends": "11am",
            "venue": "Library",
            **more,
        }

    def test_a_course_with_a_choice_is_made_and_booked(
        self, event: Event, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.ep)
        dates = f"/events/{event.id}/dates"
        client.get(dates)
        assert client.send(f"{dates}/new", **self.typed(LATER)).status_code == 303
        online = {"mode": "online", "name": "Online", "online_capacity": "30", "venue": ""}
        added = client.send(f"/events/{event.id}/options/new", **self.typed(STARTS, **online))
        assert "Online: 30 places online." in " ".join(client.get(added.location).text.split())
        edit = client.get(f"/events/{event.id}/edit").text
        assert 'name="starts"' not in edit
        client.sign_in(people.senco)
        page = client.get(f"/events/{event.id}").text
        assert "and 1 more date, Town Hall. 1 place left" in page
        assert "Online, Tuesday 24 November 2026, 9:30am to 11am, online. 30 places left" in page
        answer = client.send(f"/events/{event.id}/booking")
        assert answer.status_code == 422 and "Choose when you will come" in answer.text
        options = [option.id for option in loaded(event).options]
        booked = client.send(f"/events/{event.id}/booking", option_id=str(options[1]), htmx=True)
        assert "You have a place" in booked.text

    def test_its_words_can_be_edited_and_the_dates_stay(
        self, event: Event, people: People, client: GatedClient
    ) -> None:
        option = loaded(event).options[0]
        programme_services.add_session(event.id, option.id, date(LATER), by=acting(people.ep))
        db.session.commit()
        client.sign_in(people.ep)
        version = str(loaded(event).version)
        words: dict[str, Any] = {"kind": "cpd", "title": "Another name", "version": version}
        assert client.send(f"/events/{event.id}/edit", **words).status_code == 303
        found = loaded(event)
        assert found.title == "Another name"
        assert [session.starts_at for session in found.options[0].sessions] == [STARTS, LATER]

    def test_a_second_editor_sees_both(
        self, event: Event, people: People, client: GatedClient
    ) -> None:
        session = db.session.scalars(sa.select(Session)).one()
        client.sign_in(people.ep)
        address = f"/events/{event.id}/dates/{session.id}"
        client.get(address)
        session.venue = "Elsewhere"
        db.session.commit()
        values = {**self.typed(STARTS), "seen": "older"}
        answer = client.send(address, **values)
        assert answer.status_code == 422
        assert "Elsewhere" in answer.text and 'value="Library"' in answer.text

    def test_bad_input_is_said_in_the_order_of_the_page(
        self, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.ep)
        text = client.send("/events/new").text
        summary = text[text.index("There is a problem") : text.index("<h1")]
        places = [summary.index(word) for word in ("kind of event", "title", "date", "starts")]
        assert places == sorted(places)

    @pytest.mark.parametrize("count", [1, 8])
    def test_list_and_page_cost_the_same_for_one_date_and_many(
        self, event: Event, people: People, client: GatedClient, count: int
    ) -> None:
        for number in range(count - 1):
            details = OptionDetails(f"Slot {number}", Mode.IN_PERSON, 5, None)
            first = date(LATER + timedelta(days=number))
            programme_services.add_option(event.id, details, first, by=acting(people.ep))
        db.session.commit()
        client.sign_in(people.senco)
        for address in ("/events", f"/events/{event.id}"):
            with count_statements() as said:
                client.get(address)
            assert len(said) <= 6
