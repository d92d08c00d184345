"""A day when schools are closed is asked about where an event or a date of it is put on it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cop_site.db import db
from cop_site.events.models import EventState
from tests.factories.event_people import People
from tests.factories.events import make_event, session_of
from tests.factories.schools import make_term
from tests.integration.planning.test_events import FORM
from tests.support.client import GatedClient
from tests.support.pages import hidden

pytestmark = pytest.mark.sqlite_only
DATE: dict[str, Any] = {"starts": "1:30pm", "ends": "3:30pm", "venue": "Larkton Library"}
ASKED = "tick the box if that is right"


@pytest.fixture
def lead(people: People, client: GatedClient) -> GatedClient:
    """The autumn ends on 18 December, half term is the last week of November."""
    term = make_term("Autumn 2026", date(2026, 9, 2), date(2026, 12, 18))
    term.half_term_starts_on, term.half_term_ends_on = date(2026, 11, 23), date(2026, 11, 27)
    make_term("Spring 2027", date(2027, 1, 5), date(2027, 3, 25))
    db.session.commit()
    client.sign_in(people.ep)
    return client


class TestNewEvent:
    @pytest.mark.parametrize(
        ("day", "said"),
        [
            (["25", "12", "2026"], "Friday 25 December 2026"),
            (["22", "12", "2026"], "Tuesday 22 December 2026"),
            (["24", "11", "2026"], "Tuesday 24 November 2026"),
            (["5", "12", "2026"], "Saturday 5 December 2026"),
            (["3", "5", "2027"], "Monday 3 May 2027"),
        ],
    )
    def test_is_asked_and_taken(self, lead: GatedClient, day: list[str], said: str) -> None:
        typed = {**FORM, "day": day}
        answer = lead.send("/events/new", **typed)
        assert answer.status_code == 422
        assert f"Schools are closed on {said}: {ASKED}" in answer.text
        assert 'href="#closed_day' in answer.text
        assert lead.send("/events/new", **typed, closed_day="y").status_code == 303

    @pytest.mark.parametrize("day", [["8", "12", "2026"], ["6", "7", "2027"]])
    def test_on_a_school_day_or_after_the_last_term_is_not(
        self, lead: GatedClient, day: list[str]
    ) -> None:
        assert lead.send("/events/new", **{**FORM, "day": day}).status_code == 303

    def test_in_the_past_is_refused_and_not_asked(self, lead: GatedClient) -> None:
        page = lead.send("/events/new", **{**FORM, "day": ["8", "11", "2026"]}).text
        assert "Enter a date and time ahead" in page
        assert ASKED not in page


class TestChangedDay:
    def test_is_asked_and_one_that_stays_is_not(self, lead: GatedClient) -> None:
        made = lead.send("/events/new", **FORM, closed_day="y").location
        assert lead.send(f"{made}/edit", **{**FORM, "title": "Another"}).status_code == 303
        moved = {**FORM, "version": "2", "day": ["26", "11", "2026"]}
        assert ASKED in lead.send(f"{made}/edit", **moved).text
        assert lead.send(f"{made}/edit", **moved, closed_day="y").status_code == 303

    def test_of_a_date_of_a_course(self, lead: GatedClient) -> None:
        event = make_event(state=EventState.DRAFT)
        db.session.commit()
        holiday = {**DATE, "day": ["22", "12", "2026"]}
        new, url = (f"/events/{event.id}/dates/{end}" for end in ("new", session_of(event).id))
        assert ASKED in lead.send(new, **holiday).text
        moved = {**holiday, "seen": hidden(lead.get(url).text, "seen")}
        assert ASKED in lead.send(url, **moved).text
        assert lead.send(url, **moved, closed_day="y").status_code == 303
        again = {**holiday, "venue": "Town Hall", "seen": hidden(lead.get(url).text, "seen")}
        assert lead.send(url, **again).status_code == 303
