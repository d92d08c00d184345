"""The list of events, and who sees what of one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from cop_site import clock
from cop_site.accounts.models import Person, ServiceRoleKind
from cop_site.db import db
from cop_site.events.models import Event, EventKind, EventState, Mode, Option, Session
from tests.conftest import NOON
from tests.factories.event_people import People
from tests.factories.events import make_booking, make_event, session_of
from tests.factories.people import (
    assign,
    make_person,
    make_school_user,
    make_service_user,
)
from tests.factories.schools import make_cluster
from tests.support.client import GatedClient
from tests.support.statements import count_statements

TOMORROW = NOON + timedelta(days=1)


class TestPlacesOfSeveralTimes:
    """Friday is booked out; Wednesday has places, until it has begun."""

    @pytest.fixture
    def event(self, people: People) -> Event:
        friday = NOON + timedelta(days=10)
        event = make_event(friday, capacity=1)
        make_booking(event, make_person(), people.school)
        event.starts_at = friday - timedelta(days=2)
        option = Option(event_id=event.id, position=1, mode=Mode.IN_PERSON, room_capacity=5)
        option.sessions.append(
            Session(starts_at=event.starts_at, ends_at=event.starts_at + timedelta(hours=1))
        )
        db.session.add(option)
        db.session.commit()
        return event

    def test_a_time_that_has_begun_has_none(
        self,
        event: Event,
        people: People,
        client: GatedClient,
        at: Callable[[datetime], None],
    ) -> None:
        client.sign_in(people.senco)
        assert "5 of 6 places left" in client.get("/events").text
        assert event.title in client.get("/events?places=1").text
        at(event.starts_at)
        client.sign_in(people.senco)
        assert "places left" not in client.get("/events").text
        assert event.title not in client.get("/events?places=1").text

    def test_a_later_time_has_its_own(
        self,
        event: Event,
        people: People,
        client: GatedClient,
        at: Callable[[datetime], None],
    ) -> None:
        full = db.session.query(Option).filter_by(event_id=event.id, room_capacity=1).one()
        full.room_capacity = 3
        db.session.commit()
        at(event.starts_at)
        client.sign_in(people.senco)
        assert "2 of 3 places left" in client.get("/events").text
        assert event.title in client.get("/events?places=1").text


class TestJoinLink:
    def test_is_shown_only_to_people_with_a_place(
        self, people: People, client: GatedClient
    ) -> None:
        link = "https://meeting.example/secret"
        event = make_event(TOMORROW, mode=Mode.ONLINE, capacity=1, join_link=link)
        client.sign_in(people.senco)
        page, calendar = f"/events/{event.id}", f"/events/{event.id}/calendar.ics"
        assert link not in client.get(page).text
        assert link not in client.get(calendar).text
        client.send(f"/events/{event.id}/booking")
        assert link in client.get(page).text
        assert link in client.get(calendar).text
        client.sign_in(people.other)
        client.send(f"/events/{event.id}/booking")
        assert link not in client.get(page).text
        assert link not in client.get(calendar).text

    def test_is_shown_from_the_day_before(
        self, people: People, client: GatedClient, at: Callable[[datetime], None]
    ) -> None:
        link = "https://meeting.example/secret"
        event = make_event(NOON + timedelta(days=3), mode=Mode.ONLINE, join_link=link)
        client.sign_in(people.senco)
        client.send(f"/events/{event.id}/booking")
        page, calendar = f"/events/{event.id}", f"/events/{event.id}/calendar.ics"
        assert link not in client.get(page).text + client.get(calendar).text
        assert "The link to join is here from the day before" in client.get(page).text
        at(datetime(2026, 11, 12, 0, 1, tzinfo=clock.LONDON))
        client.sign_in(people.senco)
        assert link in client.get(page).text
        assert link in client.get(calendar).text

    def test_stands_in_the_panel_for_people_with_a_place_and_beside_where_for_staff(
        self, people: People, client: GatedClient
    ) -> None:
        link = "https://meeting.example/secret"
        event = make_event(TOMORROW, mode=Mode.ONLINE, join_link=link)
        client.sign_in(people.senco)
        panel = client.send(f"/events/{event.id}/booking", htmx=True).text
        assert f'href="{link}"' in panel
        assert "We email you the details." in panel
        assert client.get(f"/events/{event.id}").text.count(link) == 1
        client.sign_in(people.ep)
        assert f'href="{link}"' in client.get(f"/events/{event.id}").text

    def test_is_not_for_people_in_the_room(self, people: People, client: GatedClient) -> None:
        link = "https://meeting.example/secret"
        event = make_event(TOMORROW, mode=Mode.HYBRID, join_link=link)
        client.sign_in(people.senco)
        client.send(f"/events/{event.id}/booking", mode="in_person")
        assert link not in client.get(f"/events/{event.id}").text


class TestPreselected:
    def test_the_only_cluster_of_an_ep_is_chosen(self, people: People, client: GatedClient) -> None:
        first, second = make_cluster("Heather"), make_cluster("Rowan")
        ep = make_service_user(ServiceRoleKind.EP, first)
        db.session.commit()
        client.sign_in(ep)
        chosen = f'<option value="{first.id}" selected'
        assert chosen in client.get("/events/new").text
        assign(db.session.get_one(Person, ep.person_id), second, "ep")
        db.session.commit()
        assert chosen not in client.get("/events/new").text


class TestList:
    def test_filters_by_kind_cluster_words_and_places(
        self, people: People, client: GatedClient
    ) -> None:
        cluster = make_cluster("Heather")
        make_event(title="Network one")
        make_event(title="Coaching", kind=EventKind.CPD, cluster_id=cluster.id)
        full = make_event(title="Full house", capacity=1)
        make_booking(full, make_person(), people.school)
        make_event(title="Hidden draft", state=EventState.DRAFT)
        client.sign_in(people.senco)

        def shown(query: str) -> list[str]:
            page = client.get(f"/events{query}").text
            names = ("Network one", "Coaching", "Full house", "Hidden draft")
            return [name for name in names if name in page]

        assert shown("") == ["Network one", "Coaching", "Full house"]
        assert shown("?kind=cpd") == ["Coaching"]
        assert shown(f"?cluster={cluster.id}") == ["Coaching"]
        assert shown("?places=1") == ["Network one", "Coaching"]
        assert shown("?q=house+FULL") == ["Full house"]
        assert shown("?q=%25") == []
        assert shown("?kind=nonsense&cluster=x&page=999999999") == []
        assert shown("?when=drafts") == ["Network one", "Coaching", "Full house"]

    def test_shows_own_state_and_places(self, people: People, client: GatedClient) -> None:
        event = make_event(capacity=1)
        client.sign_in(people.senco)
        client.send(f"/events/{event.id}/booking")
        page = client.get("/events").text
        assert "You have a place" in page
        assert "Full. You can join the waiting list" in page

    def test_one_place_is_said_in_the_singular(self, people: People, client: GatedClient) -> None:
        event = make_event(capacity=2)
        make_booking(event, make_person(), people.school)
        client.sign_in(people.senco)
        for path in ("/events", f"/events/{event.id}"):
            assert "1 place left" in client.get(path).text

    @pytest.mark.parametrize(
        ("query", "is_open"), [("", False), ("?q=a", False), ("?kind=cpd", True)]
    )
    def test_filters_are_open_where_one_is_set(
        self, people: People, client: GatedClient, query: str, is_open: bool
    ) -> None:
        client.sign_in(people.senco)
        page = client.get(f"/events{query}").text
        assert ('<details class="filters__more" open>' in page) is is_open

    def test_fragment_is_the_list_alone(self, people: People, client: GatedClient) -> None:
        make_event()
        client.sign_in(people.senco)
        answer = client.fragment("/events?q=event")
        assert answer.text.lstrip().startswith('<div id="event_list"')
        assert "HX-Request" in answer.headers["Vary"]

    @pytest.mark.parametrize("count", [3, 30])
    def test_takes_six_statements_at_any_length(
        self, people: People, client: GatedClient, count: int
    ) -> None:
        for _ in range(count):
            make_booking(make_event(), make_person(), people.school)
        db.session.commit()
        client.sign_in(people.senco)
        with count_statements() as sent:
            client.get("/events")
        assert len(sent) == 6

    def test_an_event_takes_six_whoever_asks(self, people: People, client: GatedClient) -> None:
        event = make_event()
        client.sign_in(people.senco)
        client.send(f"/events/{event.id}/booking")
        lead = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
        db.session.commit()
        for user in (people.senco, people.ep, lead):
            client.sign_in(user)
            with count_statements() as sent:
                client.get(f"/events/{event.id}")
            assert len(sent) <= 6

    @pytest.mark.parametrize("odd", ["endpoint=x", "_external=1", "_anchor=x", "_scheme=ftp"])
    def test_odd_words_in_the_address_are_only_words(
        self, people: People, client: GatedClient, odd: str
    ) -> None:
        for _ in range(21):
            make_event()
        client.sign_in(people.senco)
        page = client.get(f"/events?{odd}")
        assert page.status_code == 200
        assert f'href="/events?{odd}&amp;page=2"' in page.text

    def test_past_events_are_apart(
        self, people: People, client: GatedClient, at: Callable[[datetime], None]
    ) -> None:
        event = make_event(title="Long gone")
        at(session_of(event).ends_at + timedelta(days=1))
        client.sign_in(people.senco)
        assert "Long gone" not in client.get("/events").text
        assert "Long gone" in client.get("/events?when=past").text


class TestVisibility:
    def test_an_id_too_large_is_not_found(self, people: People, client: GatedClient) -> None:
        client.sign_in(people.senco)
        for number in (0, 2**31, 2**63):
            assert client.get(f"/events/{number}").status_code == 404

    def test_somebody_with_no_school_can_look_but_not_book(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event()
        client.sign_in(make_school_user())
        assert "people who work at a school" in client.get(f"/events/{event.id}").text
        assert client.send(f"/events/{event.id}/booking").status_code == 403
