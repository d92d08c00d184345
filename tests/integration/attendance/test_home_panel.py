"""What home says of registers to take and to close."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from cop_site.accounts.models import ServiceRoleKind
from cop_site.db import db
from cop_site.events.models import EventState, Facilitator
from tests.conftest import NOON
from tests.factories.events import make_event, make_register, session_of
from tests.factories.people import make_partner_user, make_school_user, make_service_user
from tests.integration.attendance.conftest import Meeting
from tests.support.client import GatedClient
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def asep(client: GatedClient, meeting: Meeting) -> GatedClient:
    client.sign_in(meeting.asep)
    return client


class TestHomePanel:
    def test_lists_todays_first_then_what_this_person_has_to_close_oldest_first(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        old = make_event(
            NOON - timedelta(days=3), cluster_id=meeting.cluster.id, title="An older meeting"
        )
        closed = make_event(
            NOON - timedelta(days=2), cluster_id=meeting.cluster.id, title="A closed meeting"
        )
        make_register(session_of(closed), closed=True)
        facilitated = make_event(NOON - timedelta(days=1), title="A day they run")
        db.session.add(Facilitator(event_id=facilitated.id, person_id=meeting.asep.person_id))
        make_event(NOON - timedelta(days=1), title="The network of others")
        make_event(NOON + timedelta(hours=2), cluster_id=meeting.cluster.id, title="Later today")
        make_event(
            NOON - timedelta(hours=5),
            cluster_id=meeting.cluster.id,
            title="A cancelled one",
            state=EventState.CANCELLED,
        )
        db.session.commit()
        html = asep.get("/").text
        panel = html[html.index('id="registers_to_close"') :]
        expected = [f"Today: {meeting.event.title}", old.title, facilitated.title]
        places = [panel.index(title) for title in expected]
        assert places == sorted(places)
        for title in ("A closed meeting", "The network of others", "Later today", "A cancelled"):
            assert title not in panel

    def test_leads_straight_to_a_register_of_today_from_an_hour_before(
        self, client: GatedClient, meeting: Meeting, at: Callable[[datetime], None]
    ) -> None:
        begins = meeting.session.starts_at
        for moment, said in (
            (begins - timedelta(minutes=61), ""),
            (begins - timedelta(minutes=60), "Soon"),
            (begins + timedelta(minutes=1), "On now"),
            (begins + timedelta(hours=8), "Not taken yet"),
        ):
            at(moment)
            client.sign_in(meeting.asep)
            html = client.get("/").text
            words = "Today: Problem-solving circle, 11:50am to 1:50pm. Open the register"
            assert (words in html) == bool(said)
            assert said in html
        assert f'href="{meeting.url}">{words}</a>' in html
        at(begins + timedelta(days=1))
        client.sign_in(meeting.asep)
        html = client.get("/").text
        assert "Register to close" in html and words not in html

    def test_before_midnight_tomorrow_is_not_today(
        self, client: GatedClient, meeting: Meeting, at: Callable[[datetime], None]
    ) -> None:
        late = NOON.replace(hour=23, minute=40)
        make_event(late + timedelta(minutes=30), cluster_id=meeting.cluster.id, title="Early bird")
        db.session.commit()
        at(late)
        client.sign_in(meeting.asep)
        assert "Early bird" not in client.get("/").text

    def test_one_that_nobody_opened_is_not_lost_behind_old_ones(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        for number in range(10):
            old = make_event(
                NOON - timedelta(days=30 + number), cluster_id=meeting.cluster.id, title="Old"
            )
            make_register(session_of(old), closed=False)
        make_event(NOON - timedelta(days=13), cluster_id=meeting.cluster.id, title="Missed")
        db.session.commit()
        html = asep.get("/").text
        assert html.index("Today: ") < html.index("Missed") < html.index("Old")

    def test_gives_the_lead_ten_of_all(self, client: GatedClient, meeting: Meeting) -> None:
        for number in range(12):
            make_event(NOON - timedelta(days=number + 1), title=f"Past {number}")
        client.sign_in(make_service_user(ServiceRoleKind.INCLUSION_LEAD))
        html = client.get("/").text
        assert html.count("/register") == 10
        assert "Past 11" in html

    def test_is_absent_where_nothing_waits_and_for_school_people(
        self, client: GatedClient, meeting: Meeting
    ) -> None:
        client.sign_in(make_partner_user())
        assert "registers_to_close" not in client.get("/").text
        client.sign_in(make_school_user(meeting.alder))
        assert "registers_to_close" not in client.get("/").text

    def test_costs_one_statement(self, client: GatedClient, meeting: Meeting) -> None:
        with count_statements() as sent:
            client.sign_in(meeting.asep)
        sent.clear()
        with count_statements() as sent:
            client.get("/")
        assert sum("FROM session" in statement for statement in sent) == 1
