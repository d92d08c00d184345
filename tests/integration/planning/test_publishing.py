"""Publishing a draft at a time that is set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from cop_site import clock
from cop_site.accounts.models import ServiceRoleKind
from cop_site.audit import list_changes
from cop_site.cli.events import publish_drafts
from cop_site.db import db
from cop_site.errors import DomainError, stamp_of
from cop_site.events.models import Event, EventState, Mode, Option, Session
from cop_site.planning import publish_services
from cop_site.planning import services as planning_services
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import changed_details, make_event, option_of, session_of
from tests.factories.people import make_service_user
from tests.support.client import GatedClient
from tests.support.race import race

UNSET = stamp_of({"day": None, "at": None})
MORNING: dict[str, Any] = {"day": ["12", "11", "2026"], "at": "8am", "seen": UNSET}


def _due(people: People, in_days: int = 2) -> Event:
    event = make_event(state=EventState.DRAFT)
    publish_services.set_publishing(
        event.id, clock.now() + timedelta(days=in_days), seen=UNSET, by=acting(people.ep)
    )
    db.session.commit()
    return event


class TestUnderWay:
    """A meeting nobody had published is still held, and its register is taken."""

    def test_may_be_published_until_it_is_over(
        self, people: People, client: GatedClient, at: Callable[[datetime], None]
    ) -> None:
        under_way, over = (make_event(state=EventState.DRAFT) for _ in range(2))
        over.ends_at = session_of(over).ends_at = over.starts_at + timedelta(minutes=30)
        db.session.commit()
        at(under_way.starts_at + timedelta(hours=1))
        client.sign_in(people.ep)
        assert "Publish now" in client.get(f"/events/{under_way.id}").text
        assert "its date is past" in client.get(f"/events/{over.id}").text
        planning_services.publish_event(under_way.id, by=acting(people.ep), seen=under_way.version)
        assert under_way.state is EventState.PUBLISHED
        with pytest.raises(DomainError, match="in the past"):
            planning_services.publish_event(over.id, by=acting(people.ep), seen=over.version)


class TestPublishDrafts:
    def test_publishes_what_is_due_and_nothing_before(
        self, people: People, at: Callable[[datetime], None]
    ) -> None:
        event = _due(people)
        assert publish_drafts() == 0
        at(clock.now() + timedelta(days=2))
        assert publish_drafts() == 1
        db.session.refresh(event)
        assert (event.state, event.publish_at) == (EventState.PUBLISHED, None)
        assert event.published_at == clock.now()
        assert list_changes("event", event.id)[-1].by_user_id is None
        assert publish_drafts() == 0

    def test_leaves_a_draft_that_was_cancelled_or_kept(
        self, people: People, at: Callable[[datetime], None]
    ) -> None:
        cancelled, kept = _due(people), _due(people)
        planning_services.cancel_event(cancelled.id, "Not needed", by=acting(people.ep))
        publish_services.set_publishing(kept.id, None, seen="", by=acting(people.ep))
        db.session.commit()
        at(clock.now() + timedelta(days=3))
        assert publish_drafts() == 0
        assert {cancelled.state, kept.state} == {EventState.CANCELLED, EventState.DRAFT}

    def test_leaves_a_draft_that_has_begun(
        self, people: People, at: Callable[[datetime], None]
    ) -> None:
        event = _due(people)
        at(event.starts_at + timedelta(minutes=1))
        assert publish_drafts() == 0
        db.session.refresh(event)
        assert (event.state, event.publish_at) == (EventState.DRAFT, None)
        assert list_changes("event", event.id)[-1].verb == "not published"

    @pytest.mark.thorough
    def test_two_workers_publish_once(
        self, committed_app: Flask, at: Callable[[datetime], None]
    ) -> None:
        event, by = make_event(state=EventState.DRAFT), make_service_user(ServiceRoleKind.EP)
        publish_services.set_publishing(
            event.id, clock.now() + timedelta(days=1), seen=UNSET, by=acting(by)
        )
        db.session.commit()
        at(clock.now() + timedelta(days=1))
        assert sum(race(committed_app, [publish_drafts] * 3)) == 1


class TestSetPublishing:
    @pytest.mark.parametrize(
        ("days", "sentence"), [(-1, "still to come"), (7, "before the event begins")]
    )
    def test_refuses_the_past_and_what_is_too_late(
        self, people: People, days: int, sentence: str
    ) -> None:
        event = make_event(state=EventState.DRAFT)
        moment = clock.now() + timedelta(days=days)
        with pytest.raises(DomainError, match=sentence):
            publish_services.set_publishing(event.id, moment, seen=UNSET, by=acting(people.ep))

    def test_a_draft_never_moves_to_before_it_publishes_itself(self, people: People) -> None:
        event = _due(people)
        starts_at = clock.now() + timedelta(days=1)
        details = changed_details(
            event, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1)
        )
        with pytest.raises(DomainError, match="publishes itself on 12 November 2026"):
            planning_services.edit_event(event.id, event.version, details, by=acting(people.ep))

    def test_refuses_what_is_published(self, people: People) -> None:
        moment = clock.now() + timedelta(days=1)
        with pytest.raises(DomainError, match="not a draft"):
            publish_services.set_publishing(
                make_event().id, moment, seen=UNSET, by=acting(people.ep)
            )


@pytest.mark.sqlite_only
class TestPage:
    def test_sets_and_takes_back(self, people: People, client: GatedClient) -> None:
        event = make_event(state=EventState.DRAFT)
        client.sign_in(people.ep)
        answer = client.send(f"/events/{event.id}/publish-at", **MORNING)
        page = client.get(answer.location).text
        assert "The draft will be published on Thursday 12 November 2026 at 8am." in page
        listed = "It will be published on 12 November 2026"
        assert listed in client.get("/events?when=drafts").text
        client.send(f"/events/{event.id}/publish-at/stop")
        assert listed not in client.get("/events?when=drafts").text
        assert "Keep it as a draft" not in client.get(answer.location).text

    def test_says_that_booking_opens_later(self, people: People, client: GatedClient) -> None:
        opens = clock.now() + timedelta(days=4)
        event = make_event(state=EventState.DRAFT, booking_opens_at=opens)
        client.sign_in(people.ep)
        url = f"/events/{event.id}"
        assert "and can be booked" not in client.get(f"{url}/publish-at").text
        client.send(f"{url}/publish", version=event.version)
        page = client.get(url).text
        assert "Published. It is in the list. Booking opens on Saturday 14 November 2026" in page

    def test_second_editor_sees_both(self, people: People, client: GatedClient) -> None:
        event = make_event(state=EventState.DRAFT)
        client.sign_in(people.ep)
        client.send(f"/events/{event.id}/publish-at", **MORNING)
        answer = client.send(f"/events/{event.id}/publish-at", **{**MORNING, "at": "9:15am"})
        assert answer.status_code == 422
        assert "8am" in answer.text
        assert 'value="9:15am"' in answer.text


@pytest.mark.sqlite_only
class TestPreview:
    def test_shows_a_draft_as_a_senco_sees_it_published(
        self, people: People, client: GatedClient
    ) -> None:
        tomorrow = clock.now() + timedelta(days=1)
        link = "https://meeting.example/1"
        event = make_event(tomorrow, state=EventState.DRAFT, mode=Mode.HYBRID, join_link=link)
        client.sign_in(people.ep)
        assert f'href="/events/{event.id}/preview"' in client.get(f"/events/{event.id}").text
        page = client.get(f"/events/{event.id}/preview").text
        assert "This is a preview" in page
        assert "20 of 20 places left in the room" in page
        assert link not in page
        assert "Edit this event" not in page
        assert f"/events/{event.id}/booking" not in page

    @pytest.mark.parametrize("mode", list(Mode))
    @pytest.mark.parametrize("dates", [1, 2])
    @pytest.mark.parametrize("times", [1, 2])
    def test_shows_every_shape(
        self, people: People, client: GatedClient, mode: Mode, dates: int, times: int
    ) -> None:
        event = _draft_of_shape(mode, dates, times)
        client.sign_in(people.ep)
        page = client.get(f"/events/{event.id}/preview").text
        assert "This is a preview" in page
        assert page.count(" places left") == times * (2 if mode is Mode.HYBRID else 1)


def _draft_of_shape(mode: Mode, dates: int, times: int) -> Event:
    """So many times to choose from, each with so many dates, a week apart."""
    event = make_event(state=EventState.DRAFT, mode=mode, online_capacity=5)
    made = option_of(event)
    options = [made, *(Option(event_id=event.id, position=1, mode=mode) for _ in range(times - 1))]
    for number, option in enumerate(options):
        option.room_capacity, option.online_capacity = made.room_capacity, made.online_capacity
        for week in range(dates):
            if option is made and not week:
                continue
            starts_at = event.starts_at + timedelta(weeks=week, hours=3 * number)
            ends_at = starts_at + timedelta(hours=1)
            option.sessions.append(Session(starts_at=starts_at, ends_at=ends_at, venue="Library"))
            event.ends_at = max(event.ends_at, ends_at)
    db.session.add_all(options)
    db.session.commit()
    return event
