"""What a partner drafts, and the service looks over and publishes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import PartnerRole, Person, ServiceRoleKind, User
from cop_site.audit import list_changes
from cop_site.db import db
from cop_site.errors import DomainError, StaleEditError, stamp_of
from cop_site.events import tag_queries
from cop_site.events.models import Event, EventState
from cop_site.follow_up import material_queries, material_services
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from cop_site.planning import audience_services, publish_services, rule_services
from cop_site.planning import queries as planning_queries
from cop_site.planning import services as planning_services
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import changed_details, make_event
from tests.factories.people import make_partner_user, make_service_user
from tests.support.client import GatedClient
from tests.support.outbox import kinds
from tests.support.statements import count_statements

FORM: dict[str, Any] = {
    "kind": "cpd",
    "title": "Attendance and belonging",
    "day": ["27", "11", "2026"],
    "starts": "1:30pm",
    "ends": "3:30pm",
    "mode": "in_person",
    "venue": "Larkton Library",
    "version": "1",
}


@pytest.fixture
def partner(people: People) -> User:
    user = make_partner_user()
    db.session.get_one(Person, user.person_id).name = "Pat Partner"
    db.session.commit()
    return user


def _draft(partner: User) -> Event:
    event = make_event(state=EventState.DRAFT, created_by_user_id=partner.id, title="Theirs")
    db.session.commit()
    return event


class TestLookedOver:
    """What the service has not looked over is never published."""

    def test_nothing_changes_once_a_time_is_set(self, people: People, partner: User) -> None:
        event = _draft(partner)
        event.publish_at = event.starts_at - timedelta(days=2)
        db.session.commit()
        details = changed_details(event, title="Something else")
        with pytest.raises(DomainError, match="has said when this draft is published"):
            planning_services.edit_event(event.id, event.version, details, by=acting(partner))

    def test_what_changed_after_it_was_opened_is_looked_at_again(
        self, people: People, partner: User, client: GatedClient
    ) -> None:
        event = _draft(partner)
        client.sign_in(people.ep)
        html = client.get(f"/events/{event.id}").text
        assert f'name="version" value="{event.version}"' in html
        seen = str(event.version)
        details = changed_details(event, title="Something else")
        planning_services.edit_event(event.id, event.version, details, by=acting(partner))
        db.session.commit()
        answer = client.send(f"/events/{event.id}/publish", version=seen)
        assert answer.status_code == 422
        assert "Look it over again" in answer.text
        assert db.session.get_one(Event, event.id).state is EventState.DRAFT

    def test_so_is_what_has_other_speakers_rules_or_materials(
        self, people: People, partner: User
    ) -> None:
        event, by = _draft(partner), acting(partner)
        plan = audience_services.read_plan(event)
        stamp = stamp_of(
            audience_services.plan_values(plan, tag_queries.list_tag_values(plan.tags))
        )
        speaks = replace(plan, speakers=(("Sam Speaker", "Sells things"),))
        rules = rule_services.rules_of(event)
        ruled, seen = replace(rules, offer_days=5), stamp_of(rule_services.values_of(rules))
        link = "https://shop.example/"
        changes: tuple[Callable[[], Any], ...] = (
            lambda: audience_services.save_plan(event.id, speaks, seen=stamp, by=by),
            lambda: rule_services.set_rules(event.id, ruled, seen=seen, by=by),
            lambda: material_services.add_link(event.id, "Slides", link, by=by),
            lambda: material_services.add_link(event.id, "Buy from us", link, by=by),
            lambda: material_services.remove(
                event.id, material_queries.list_materials(event.id)[0].id, by=by
            ),
        )
        for change in changes:
            looked_over = event.version
            change()
            with pytest.raises(StaleEditError, match="Look it over again"):
                planning_services.publish_event(event.id, seen=looked_over, by=acting(people.ep))

    @pytest.mark.parametrize("version", [None, "", "x"])
    @pytest.mark.sqlite_only
    def test_nobody_publishes_what_they_have_not_seen(
        self, people: People, partner: User, client: GatedClient, version: str | None
    ) -> None:
        event = _draft(partner)
        client.sign_in(people.ep)
        fields: dict[str, Any] = {} if version is None else {"version": version}
        assert client.send(f"/events/{event.id}/publish", **fields).status_code == 422
        assert db.session.get_one(Event, event.id).state is EventState.DRAFT

    def test_what_is_published_counts_only_its_own_form(self, people: People) -> None:
        """So that a link added meanwhile stops nobody who writes about it."""
        event = make_event()
        was = event.version
        material_services.add_link(event.id, "x", "https://a.example/", by=acting(people.ep))
        assert event.version == was


class TestSendDraft:
    def test_asks_once_and_the_service_sees_who(self, people: People, partner: User) -> None:
        event, by = _draft(partner), acting(partner)
        assert planning_queries.list_to_look_over(sa.true()) == []
        for _ in range(2):
            publish_services.send_draft(event.id, by=by)
        assert [change.verb for change in list_changes("event", event.id)] == [
            "sent to be looked over"
        ]
        (row,) = planning_queries.list_to_look_over(sa.true())
        assert (row.title, row.sent_by) == ("Theirs", "Pat Partner")

    def test_is_mailed_once_a_sending_and_its_answers_to_the_partner(
        self, people: People, partner: User
    ) -> None:
        lead = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
        event, by = _draft(partner), acting(partner)
        for _ in range(2):
            publish_services.send_draft(event.id, by=by)
        publish_services.send_back(event.id, "Say where to park.", by=acting(lead))
        assert event.sent_at is None
        with pytest.raises(DomainError, match="does not wait"):
            publish_services.send_back(event.id, "Again", by=acting(lead))
        publish_services.send_draft(event.id, by=by)
        planning_services.publish_event(event.id, by=acting(lead))
        told = db.session.execute(
            sa.select(OutboxMessage.kind, OutboxMessage.recipient).order_by(OutboxMessage.id)
        )
        assert [tuple(row) for row in told] == [
            ("planning/draft_sent", lead.email),
            ("planning/draft_sent_back", partner.email),
            ("planning/draft_sent", lead.email),
            ("planning/draft_published", partner.email),
        ]
        for message in db.session.scalars(sa.select(OutboxMessage)):
            body = compose(message).get_body()
            assert body is not None
            assert f"/events/{event.id}" in body.get_content()

    def test_what_the_service_publishes_of_its_own_is_mailed_to_nobody(
        self, people: People
    ) -> None:
        event = make_event(state=EventState.DRAFT, created_by_user_id=people.ep.id)
        planning_services.publish_event(event.id, by=acting(people.ep))
        assert kinds() == []

    def test_who_is_a_partner_no_longer_gets_no_answer(
        self, people: People, partner: User, client: GatedClient
    ) -> None:
        event = _draft(partner)
        publish_services.send_draft(event.id, by=acting(partner))
        db.session.execute(sa.update(PartnerRole).values(ends_on=clock.today() - clock.ONE_DAY))
        db.session.commit()
        client.sign_in(people.ep)
        sent = client.send(f"/events/{event.id}/send-back", comment="Say where to park.")
        assert "Nobody was emailed" in client.get(sent.location).text
        assert "planning/draft_sent_back" not in kinds()

    def test_of_what_is_published_is_refused(self, people: People, partner: User) -> None:
        event = make_event(created_by_user_id=partner.id)
        with pytest.raises(DomainError, match="not a draft"):
            publish_services.send_draft(event.id, by=acting(partner))


class TestSentBack:
    def test_is_told_from_the_record_of_changes(self, people: People, partner: User) -> None:
        event = _draft(partner)
        assert planning_queries.find_sent_back(event.id) is None
        publish_services.send_draft(event.id, by=acting(partner))
        publish_services.send_back(event.id, "Say where to park.", by=acting(people.ep))
        last = planning_queries.find_sent_back(event.id)
        assert last is not None
        told = ("Say where to park.", clock.now())
        assert (last.comment, last.at) == told
        (own,) = planning_queries.list_own_drafts(partner.id)
        assert (own.comment, own.sent_back_at, own.sent_at) == (*told, None)


class TestPublishedMeanwhile:
    def test_a_partner_changes_nothing_any_more(self, people: People, partner: User) -> None:
        """As when the service publishes between the page's own check and the lock."""
        event, by = make_event(created_by_user_id=partner.id), acting(partner)
        details = changed_details(event, title="Theirs again")
        changes: tuple[Callable[[], Any], ...] = (
            lambda: planning_services.edit_event(event.id, event.version, details, by=by),
            lambda: planning_services.cancel_event(event.id, "Not needed", by=by),
            lambda: audience_services.save_plan(
                event.id, audience_services.read_plan(event), seen="", by=by
            ),
        )
        for change in changes:
            with pytest.raises(DomainError, match="has published"):
                change()


@pytest.mark.sqlite_only
class TestByRequest:
    def test_a_partner_drafts_and_sends_and_the_service_publishes(
        self, people: People, partner: User, client: GatedClient
    ) -> None:
        client.sign_in(partner)
        made = client.send("/events/new", **FORM).location
        page = client.get(made).text
        assert "Send to the service to look over" in page
        assert "Publish now" not in page
        assert "Attendance and belonging" in client.get("/events?when=drafts").text
        assert "Draft: not sent yet" in client.get("/").text
        client.send(f"{made}/send")
        page = client.get(made).text
        assert "Send to the service" not in page
        assert "You sent it to the service" in page
        assert "Sent to the service on 10 November 2026" in client.get("/").text
        client.sign_in(people.ep)
        assert "Sent by Pat Partner" in client.get("/").text
        assert "Sent by Pat Partner to look over" in client.get("/events?when=drafts").text
        with count_statements() as sent:
            page = client.get(made).text
        assert len(sent) <= 6
        assert "Pat Partner sent it to the service" in page
        client.send(f"{made}/publish", version="1")
        assert "Sent by Pat Partner" not in client.get("/").text
        client.sign_in(partner)
        assert client.send(f"{made}/edit", **FORM).status_code == 403
        assert "Published on 10 November 2026" in client.get("/").text
        assert "Look after this event" not in client.get(made).text

    def test_the_service_sends_it_back_with_a_comment(
        self, people: People, partner: User, client: GatedClient
    ) -> None:
        event = _draft(partner)
        url = f"/events/{event.id}"
        client.sign_in(partner)
        client.send(f"{url}/send")
        client.sign_in(people.ep)
        assert f"{url}/send-back" in client.get(url).text
        assert "Enter what needs to change" in client.send(f"{url}/send-back", comment=" ").text
        client.send(f"{url}/send-back", comment="Say where to park.")
        page = client.get(url).text
        assert f"{url}/send-back" not in page
        assert "Sent back on 10 November 2026" in page
        assert "Say where to park." in page
        assert "It is with whoever drafted it" in page
        client.sign_in(partner)
        page = client.get(url).text
        assert "Send to the service to look over" in page
        assert "Say where to park." in page
        assert "Change the draft, then send it again." in page
        home = client.get("/").text
        assert "Sent back to you on 10 November 2026" in home
        assert "Say where to park." in home
        client.send(f"{url}/send")
        home = client.get("/").text
        assert "Sent to the service on 10 November 2026" in home
        assert "Say where to park." not in home
        assert "It has been sent again since." in client.get(url).text

    def test_the_last_comment_is_shown(
        self, people: People, partner: User, client: GatedClient
    ) -> None:
        event, by = _draft(partner), acting(people.ep)
        for comment in ("Say where to park.", "Say when it ends."):
            publish_services.send_draft(event.id, by=acting(partner))
            publish_services.send_back(event.id, comment, by=by)
        db.session.commit()
        client.sign_in(partner)
        for path in ("/", f"/events/{event.id}"):
            page = client.get(path).text
            assert "Say when it ends." in page
            assert "Say where to park." not in page

    def test_a_partner_cancels_their_draft(
        self, people: People, partner: User, client: GatedClient
    ) -> None:
        event = _draft(partner)
        client.sign_in(partner)
        answer = client.send(f"/events/{event.id}/cancel", reason="Not needed")
        assert "The draft is cancelled." in client.get(answer.location).text
        assert "Theirs" not in client.get("/events?when=drafts").text

    def test_another_partner_knows_nothing_of_it(
        self, people: People, partner: User, client: GatedClient
    ) -> None:
        event = _draft(partner)
        client.sign_in(make_partner_user())
        assert client.get(f"/events/{event.id}").status_code == 404
        assert "Theirs" not in client.get("/events?when=drafts").text

    def test_without_the_partner_service_it_is_theirs_no_longer(
        self, people: People, partner: User, client: GatedClient
    ) -> None:
        event = _draft(partner)
        event.created_by_user_id = people.senco.id
        db.session.commit()
        client.sign_in(people.senco)
        assert client.get(f"/events/{event.id}").status_code == 404
