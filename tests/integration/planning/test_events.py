"""Making, changing, listing and calling off events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site.accounts.models import Person, ServiceRoleKind
from cop_site.audit import list_changes
from cop_site.bookings.models import Booking, BookingState
from cop_site.db import db
from cop_site.errors import DomainError, StaleEditError
from cop_site.events.models import Event, EventState, Mode
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from cop_site.planning import services as planning_services
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import (
    changed_details,
    make_booking,
    make_event,
    make_register,
    session_of,
)
from tests.factories.people import (
    assign,
    make_person,
    make_service_user,
    make_user,
)
from tests.factories.schools import make_cluster
from tests.support.client import GatedClient
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only

FORM: dict[str, Any] = {
    "kind": "cpd",
    "title": "Emotion coaching",
    "cluster_id": "",
    "day": ["27", "11", "2026"],
    "starts": "1:30pm",
    "ends": "15.30",
    "mode": "in_person",
    "venue": "Larkton Library",
    "room_capacity": "24",
    "join_link": "",
    "online_capacity": "",
    "description": "Bring **one** case. [Guide](https://guide.example)",
    "version": "1",
}


def _messages() -> list[tuple[str, str]]:
    rows = db.session.execute(
        sa.select(OutboxMessage.kind, OutboxMessage.recipient).order_by(OutboxMessage.id)
    )
    return [(row.kind, row.recipient) for row in rows]


class TestCreateByRequest:
    def test_makes_a_draft_that_only_staff_see_until_it_is_published(
        self, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.ep)
        answer = client.send("/events/new", **FORM)
        assert answer.status_code == 303
        assert client.get(answer.location).status_code == 200
        senco = client.application.test_client()
        assert isinstance(senco, GatedClient)
        senco.sign_in(people.senco)
        assert senco.get(answer.location).status_code == 404
        client.send(f"{answer.location}/publish", version="1")
        page = senco.get(answer.location).text
        assert "Friday 27 November 2026, 1:30pm to 3:30pm" in page
        assert "<strong>one</strong>" in page
        assert "24 of 24 places left" in page

    def test_moments_are_stored_in_utc(self, people: People, client: GatedClient) -> None:
        client.sign_in(people.ep)
        client.send("/events/new", **{**FORM, "day": ["27", "7", "2027"]})
        event = db.session.scalars(sa.select(Event)).one()
        assert event.starts_at == datetime(2027, 7, 27, 12, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("title", "", "Enter a title"),
            ("title", "x" * 121, "Use 120 characters or fewer"),
            ("kind", "party", "Choose from the list"),
            ("day", ["31", "2", "2026"], "Enter a real date"),
            ("day", ["1", "1", "0000"], "Enter a year from 2000 to 2100"),
            ("day", ["1"], "Enter a real date"),
            ("day", ["1", "2", "2027", "4"], None),
            ("starts", "25:00", "Enter when it starts, like 1:30pm or 13:30"),
            ("ends", "three", "Enter when it ends, like 3:30pm or 15:30"),
            ("starts", "  ", "Enter when it starts"),
            ("ends", "1pm", "The end must be after the start"),
            ("venue", "", "Enter where it is"),
            ("room_capacity", "0", "Places in the room: enter a whole number from 1"),
            ("room_capacity", "9" * 500, "Places in the room: enter a whole number from 1"),
            ("join_link", "javascript:alert(1)", "Enter a full link"),
            ("join_link", "javascript://x.example/%0aalert(1)", "Enter a full link"),
            ("mode", "", "Choose how people take part"),
            ("cluster_id", "999999", "Choose from the list"),
            ("day", ["9", "11", "2026"], "Enter a date and time ahead"),
        ],
    )
    def test_bad_input_is_said_at_the_field_and_nothing_is_lost(
        self,
        people: People,
        client: GatedClient,
        field: str,
        value: Any,
        sentence: str | None,
    ) -> None:
        client.sign_in(people.ep)
        answer = client.send("/events/new", **{**FORM, field: value})
        if sentence is None:
            assert answer.status_code == 303
            return
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "Bring **one** case." in answer.text

    def test_html_in_the_text_comes_out_as_text(self, people: People, client: GatedClient) -> None:
        client.sign_in(people.ep)
        hostile = "<script>alert(1)</script> [x](javascript:alert(1)) ![i](https://evil.example/i)"
        answer = client.send("/events/new", **{**FORM, "description": hostile, "title": "<b>x"})
        page = client.get(answer.location).text
        assert "<script>alert" not in page
        assert 'href="javascript:' not in page
        assert "<img" not in page
        assert "&lt;b&gt;x" in page


class TestEditEvent:
    def test_tells_everyone_with_a_booking_whatchanged_fields(self, people: People) -> None:
        event = make_event(capacity=2)
        for state in (BookingState.BOOKED, BookingState.WAITING, BookingState.CANCELLED):
            make_booking(event, make_person(email=f"{state}@a.example"), people.school, state=state)
        make_booking(event, make_person(email=None), people.school)
        planning_services.edit_event(
            event.id, 1, changed_details(event, venue="Hall"), by=acting(people.ep)
        )
        kinds = [("events/event_changed", f"{one}@a.example") for one in ("booked", "waiting")]
        assert _messages() == kinds
        row = db.session.scalars(sa.select(OutboxMessage)).first()
        assert row is not None
        assert row.context["changed"] == ["venue"]
        assert (row.context["was"]["venue"], row.context["now"]["venue"]) == ("Town Hall", "Hall")

    def test_the_message_says_what_it_was_and_is(self, people: People) -> None:
        starts_at = datetime(2026, 11, 17, 9, 30, tzinfo=UTC)
        event = make_event(starts_at, title="Plan", ends_at=starts_at + timedelta(minutes=90))
        session_of(event).ends_at = event.ends_at
        make_booking(event, make_person(email="a@a.example"), people.school)
        details = changed_details(
            event,
            title="From plan to practice",
            venue="Hall",
            starts_at=starts_at + timedelta(hours=4),
            ends_at=starts_at + timedelta(hours=5, minutes=30),
        )
        planning_services.edit_event(event.id, 1, details, by=acting(people.ep))
        text = compose(db.session.scalars(sa.select(OutboxMessage)).one()).get_body()
        assert text is not None
        said = text.get_content()
        assert "It was called Plan. It is now called From plan to practice." in said
        assert "The time was 9:30am to 11am. It is now 1:30pm to 3pm." in said
        assert "The place was Town Hall. It is now Hall." in said
        assert "take part" not in said

    def test_the_message_says_another_day_and_way_and_the_link_to_nobody_yet(
        self, people: People
    ) -> None:
        link = "https://meeting.example/abc"
        event = make_event(datetime(2026, 11, 17, 9, 30, tzinfo=UTC))
        make_booking(event, make_person(email="booked@a.example"), people.school)
        waiting = make_person(email="waits@a.example")
        make_booking(event, waiting, people.school, state=BookingState.WAITING)
        details = changed_details(
            event,
            mode=Mode.ONLINE,
            join_link=link,
            online_capacity=1,
            starts_at=datetime(2026, 11, 18, 9, 30, tzinfo=UTC),
            ends_at=datetime(2026, 11, 18, 11, 30, tzinfo=UTC),
        )
        planning_services.edit_event(event.id, 1, details, by=acting(people.ep))
        rows = db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id))
        booked, waits = [compose(row).get_body().get_content() for row in rows]  # type: ignore[union-attr]
        was = "It was on Tuesday 17 November 2026, 9:30am to 11:30am."
        assert f"{was} It is now on Wednesday 18 November 2026, 9:30am to 11:30am." in booked
        assert "You could take part in person. You can now take part online." in booked
        assert link not in booked + waits, "it is shown from the day before"

    def test_of_the_description_tells_nobody(self, people: People) -> None:
        event = make_event()
        make_booking(event, make_person(), people.school)
        planning_services.edit_event(
            event.id, 1, changed_details(event, description="New"), by=acting(people.ep)
        )
        assert _messages() == []
        assert event.sequence == 0

    def test_with_more_places_gives_them_out_in_order(self, people: People) -> None:
        event = make_event(capacity=0)
        for number in range(3):
            person = make_person(email=f"p{number}@a.example")
            make_booking(event, person, people.school, state=BookingState.WAITING)
        planning_services.edit_event(
            event.id, 1, changed_details(event, room_capacity=2), by=acting(people.ep)
        )
        states = list(db.session.scalars(sa.select(Booking.state).order_by(Booking.id)))
        assert states == [BookingState.OFFERED, BookingState.OFFERED, BookingState.WAITING]

    def test_to_fewer_places_than_people_is_refused(self, people: People) -> None:
        event = make_event(capacity=5)
        for _ in range(3):
            make_booking(event, make_person(), people.school)
        details = changed_details(event, room_capacity=2)
        with pytest.raises(DomainError, match="3 people already have a place"):
            planning_services.edit_event(event.id, 1, details, by=acting(people.ep))

    def test_moved_online_takes_everyone_along(self, people: People) -> None:
        event = make_event(capacity=5)
        booking = make_booking(event, make_person(), people.school)
        details = changed_details(
            event, mode=Mode.ONLINE, venue="", join_link="https://m.example/1"
        )
        planning_services.edit_event(event.id, 1, details, by=acting(people.ep))
        db.session.refresh(booking)
        assert booking.mode is Mode.ONLINE

    def test_moved_online_keeps_history_of_each_booking(self, people: People) -> None:
        event = make_event(capacity=5)
        booking = make_booking(event, make_person(), people.school)
        details = changed_details(
            event, mode=Mode.ONLINE, venue="", join_link="https://m.example/1"
        )
        planning_services.edit_event(event.id, 1, details, by=acting(people.ep))
        (change,) = list_changes("booking", booking.id)
        assert change.now == {"mode": "online"}

    def test_when_it_is_over_tells_nobody(
        self, people: People, at: Callable[[datetime], None]
    ) -> None:
        event = make_event()
        make_booking(event, make_person(), people.school)
        at(event.ends_at + timedelta(days=30))
        planning_services.edit_event(
            event.id, 1, changed_details(event, title="Mended"), by=acting(people.ep)
        )
        assert _messages() == []

    def test_keeps_history_of_what_was(self, people: People) -> None:
        event = make_event(title="Before")
        planning_services.edit_event(
            event.id, 1, changed_details(event, title="After"), by=acting(people.ep)
        )
        (change,) = list_changes("event", event.id)
        assert (change.was, change.now) == ({"title": "Before"}, {"title": "After"})

    def test_second_editor_is_refused(self, people: People) -> None:
        event = make_event()
        planning_services.edit_event(
            event.id, 1, changed_details(event, title="One"), by=acting(people.ep)
        )
        with pytest.raises(StaleEditError):
            planning_services.edit_event(
                event.id, 1, changed_details(event, title="Two"), by=acting(people.ep)
            )

    def test_second_editor_sees_both_texts_and_may_save_again(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event()
        client.sign_in(people.ep)
        client.send(f"/events/{event.id}/edit", **{**FORM, "title": "By the first"})
        second = {**FORM, "title": "By the second", "room_capacity": "30"}
        answer = client.send(f"/events/{event.id}/edit", **second)
        assert answer.status_code == 422
        assert "By the first" in answer.text
        assert "By the second" in answer.text
        assert answer.text.count("govuk-summary-list__row") == 2, "title and places differ"
        assert 'name="version" value="2"' in answer.text
        again = {**FORM, "title": "Both", "version": "2"}
        assert client.send(f"/events/{event.id}/edit", **again).status_code == 303


class TestCancelEvent:
    def test_tells_everyone_once(self, people: People) -> None:
        event = make_event()
        make_booking(event, make_person(email="a@a.example"), people.school)
        for _ in range(2):
            planning_services.cancel_event(event.id, "Snow", by=acting(people.ep))
        assert _messages() == [("events/event_cancelled", "a@a.example")]

    def test_of_a_draft_tells_nobody_and_shows_it_to_nobody(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event(state=EventState.DRAFT)
        planning_services.cancel_event(event.id, "Not needed", by=acting(people.ep))
        assert _messages() == []
        client.sign_in(people.senco)
        assert client.get(f"/events/{event.id}").status_code == 404

    def test_when_over_is_refused(self, people: People, at: Callable[[datetime], None]) -> None:
        event = make_event()
        at(event.ends_at + timedelta(minutes=1))
        with pytest.raises(DomainError, match="is over"):
            planning_services.cancel_event(event.id, "Too late", by=acting(people.ep))

    @pytest.mark.parametrize("closed", [True, False])
    def test_under_way_depends_on_the_register(
        self,
        people: People,
        client: GatedClient,
        at: Callable[[datetime], None],
        closed: bool,
    ) -> None:
        event = make_event()
        make_register(session_of(event), closed=closed)
        lead = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
        db.session.commit()
        at(event.starts_at + timedelta(minutes=90))
        client.sign_in(lead)
        with count_statements() as sent:
            page = client.get(f"/events/{event.id}").text
        assert len(sent) <= 6
        assert ("Cancel this event" in page) is not closed
        answer = client.send(f"/events/{event.id}/cancel", reason="Nobody came")
        assert answer.status_code == (422 if closed else 303)
        assert ("register of this event is closed" in answer.text) is closed

    def test_a_draft_is_cancelled_in_its_own_words(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event(state=EventState.DRAFT)
        client.sign_in(people.ep)
        assert "Cancel this draft" in client.get(f"/events/{event.id}").text
        assert "Cancel this draft</h1>" in client.get(f"/events/{event.id}/cancel").text
        answer = client.send(f"/events/{event.id}/cancel", reason="Not needed")
        assert "The draft is cancelled." in client.get(answer.location).text


class TestPublishEvent:
    def test_in_the_past_is_refused(self, people: People, at: Callable[[datetime], None]) -> None:
        event = make_event(state=EventState.DRAFT)
        at(event.ends_at)
        with pytest.raises(DomainError, match="in the past"):
            planning_services.publish_event(event.id, by=acting(people.ep))


class TestManager:
    def test_makes_events_for_their_own_group_only(
        self, people: People, client: GatedClient
    ) -> None:
        user = make_user()
        own, other = make_cluster(kind="inclusion_partnership"), make_cluster()
        assign(db.session.get_one(Person, user.person_id), own, "manager")
        client.sign_in(user)
        base = {**FORM, "kind": "partnership_meeting"}
        refused = client.send("/events/new", **{**base, "cluster_id": str(other.id)})
        assert refused.status_code == 422
        assert client.send("/events/new", **{**base, "cluster_id": ""}).status_code == 403
        made = client.send("/events/new", **{**base, "cluster_id": str(own.id)})
        assert made.status_code == 303
        assert client.get(made.location).status_code == 200
