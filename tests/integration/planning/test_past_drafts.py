"""A draft whose day came before it was published: moved to another day, or thrown away."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cop_site import clock
from cop_site.db import db
from cop_site.errors import DomainError, stamp_of
from cop_site.events.models import Event, EventState, Session
from cop_site.planning import programme_services, services
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import changed_details, make_event, option_of, session_of
from tests.support.client import GatedClient


@pytest.fixture
def past(people: People) -> Event:
    event = make_event(clock.now() - timedelta(days=30), state=EventState.DRAFT)
    db.session.commit()
    return event


def _make_course(event: Event) -> Session:
    """With a second date, which is to come."""
    starts_at = clock.now() + timedelta(days=7)
    more = Session(starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), venue="Library")
    more.option_id = option_of(event).id
    db.session.add(more)
    event.ends_at = more.ends_at
    db.session.commit()
    return more


class TestPastDraft:
    def test_is_made_of_no_details(self, people: People) -> None:
        details = changed_details(make_event(), starts_at=clock.now())
        with pytest.raises(DomainError, match="Enter a date and time ahead"):
            services.create_event(details, by=acting(people.ep))

    def test_moves_to_a_day_ahead_and_is_published(self, people: People, past: Event) -> None:
        starts_at = clock.now() + timedelta(days=7)
        ends_at = starts_at + timedelta(hours=2)
        details = changed_details(past, starts_at=starts_at, ends_at=ends_at)
        services.edit_event(past.id, past.version, details, by=acting(people.ep))
        assert services.publish_event(past.id, by=acting(people.ep)).state is EventState.PUBLISHED

    def test_is_cancelled_also_once_it_has_begun(self, people: People, past: Event) -> None:
        services.cancel_event(past.id, "Not needed", by=acting(people.ep))
        db.session.refresh(past)
        assert past.state is EventState.CANCELLED

    def test_of_several_dates_any_is_moved_or_taken_off(self, people: People, past: Event) -> None:
        more, first = _make_course(past), session_of(past)
        details = programme_services.read_session(first)
        stamp = programme_services.session_values(details)
        starts_at = clock.now() + timedelta(days=3)
        moved = programme_services.SessionDetails(
            starts_at, starts_at + timedelta(hours=1), "Library", ""
        )
        programme_services.change_session(
            past.id, first.id, moved, seen=stamp_of(stamp), by=acting(people.ep)
        )
        assert past.starts_at == starts_at
        more.starts_at = clock.now() - timedelta(days=1)
        programme_services.take_off_session(past.id, more.id, by=acting(people.ep))
        assert past.ends_at == moved.ends_at


@pytest.mark.sqlite_only
class TestPage:
    def test_offers_what_can_be_done(
        self, people: People, past: Event, client: GatedClient
    ) -> None:
        client.sign_in(people.ep)
        url = f"/events/{past.id}"
        page = client.get(url).text
        assert "its date is past" in page
        assert "Publish" not in page
        for path in ("edit", "dates", "cancel"):
            assert f'href="{url}/{path}"' in page
        assert f"{url}/dates/{session_of(past).id}" in client.get(f"{url}/dates").text
        assert client.send(f"{url}/cancel", reason="Not needed").status_code == 303

    def test_of_a_course_that_began_has_no_button_to_publish(
        self, people: People, past: Event, client: GatedClient
    ) -> None:
        _make_course(past)
        client.sign_in(people.ep)
        page = client.get(f"/events/{past.id}").text
        assert "its date is past" in page
        assert "Publish" not in page
