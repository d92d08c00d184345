"""An event with several times to choose from, and a course: how their dates read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from cop_site.accounts.models import SchoolRoleKind
from cop_site.bookings.colleague_services import cancel_for_colleague
from cop_site.bookings.services import book_place, cancel_booking
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events.models import Event, Mode, Option, Session
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import make_event, option_of
from tests.factories.people import make_school_user
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only
FRIDAY = NOON + timedelta(days=31)


@pytest.fixture
def choice(people: People) -> Event:
    """The time that was made second comes first, on Wednesday."""
    event = make_event(FRIDAY)
    earlier = FRIDAY - timedelta(days=2)
    option = Option(event_id=event.id, position=1, mode=Mode.IN_PERSON, room_capacity=5)
    option.sessions.append(
        Session(starts_at=earlier, ends_at=earlier + timedelta(hours=1), venue="Library")
    )
    db.session.add(option)
    event.starts_at = earlier
    db.session.commit()
    return event


@pytest.fixture
def course(people: People) -> Event:
    event = make_event(FRIDAY)
    for week in (1, 2):
        starts_at = FRIDAY + timedelta(weeks=week)
        more = Session(starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
        more.option_id = option_of(event).id
        db.session.add(more)
        event.ends_at = more.ends_at
    db.session.commit()
    return event


class TestTimesToChooseFrom:
    def test_list_tells_the_first_to_begin(
        self, choice: Event, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.senco)
        page = client.get("/events").text
        assert "Wednesday<span" in page
        assert "Library · 2 times to choose from" in page
        assert "Friday<span" not in page
        assert "until" not in page

    def test_page_has_them_in_order_and_counts_them_so(
        self, choice: Event, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.senco)
        page = client.get(f"/events/{choice.id}").text
        assert page.index("Wednesday 9 December") < page.index("Friday 11 December")
        assert page.index("Time 1") < page.index("Time 2")
        home = client.get("/").text
        assert "Library" in home
        assert "Town Hall" not in home

    def test_who_books_for_others_reads_that_there_are_several(
        self, choice: Event, people: People, client: GatedClient
    ) -> None:
        said = "2 times to choose from, the first on Wednesday 9 December 2026"
        client.sign_in(people.senco)
        assert said in client.get(f"/events/{choice.id}/colleagues").text
        client.sign_in(people.ep)
        assert said in client.get(f"/events/{choice.id}/people").text

    @pytest.mark.parametrize("who", ["senco", "ep"])
    def test_everybody_reads_how_many_places_each_has(
        self, choice: Event, people: People, client: GatedClient, who: str
    ) -> None:
        client.sign_in(getattr(people, who))
        assert "25 of 25 places left" in client.get("/events").text
        page = client.get(f"/events/{choice.id}").text
        assert "Library. 5 places left" in page
        assert "Town Hall. 20 places left" in page

    def test_the_time_and_the_way_are_asked_at_once(
        self, choice: Event, people: People, client: GatedClient
    ) -> None:
        plain, hybrid = db.session.query(Option).filter_by(event_id=choice.id).order_by("position")
        hybrid.mode = Mode.HYBRID
        db.session.commit()
        client.sign_in(people.senco)
        page = client.send(f"/events/{choice.id}/booking").text
        assert "Choose when you will come" in page
        assert "Choose how you will take part" in page
        answer = client.send(f"/events/{choice.id}/booking", option_id=str(plain.id))
        assert answer.status_code == 303

    def test_a_time_that_is_over_is_cancelled_by_nobody(
        self, choice: Event, people: People, at: Callable[[datetime], None]
    ) -> None:
        is_earlier = Session.venue == "Library"
        earlier = db.session.scalars(sa.select(Session.option_id).where(is_earlier)).one()
        colleague = make_school_user(people.school, role=SchoolRoleKind.TEACHER)
        by, roles = acting(colleague), [people.school.id]
        booking = book_place(choice.id, mode=None, school_ids=roles, option_id=earlier, by=by)
        db.session.commit()
        at(FRIDAY - timedelta(days=1))
        for cancel in (
            lambda: cancel_booking(choice.id, by=by),
            lambda: cancel_for_colleague(booking.id, by=acting(people.senco)),
        ):
            with pytest.raises(DomainError, match="is over"):
                cancel()
        assert booking.is_live


class TestCourse:
    def test_list_tells_its_last_day(
        self, course: Event, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.senco)
        assert "until 25 December 2026" in client.get("/events").text

    def test_who_booked_reads_the_next_date_and_how_many_follow(
        self, course: Event, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.senco)
        client.send(f"/events/{course.id}/booking")
        page = client.get(f"/events/{course.id}").text
        assert "Next: Friday 11 December 2026, midday to 2pm, and 2 more dates." in page
        assert "2 more dates" in client.get("/").text
