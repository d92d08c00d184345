"""Inviting people of a list to an event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.account_models import UnwantedTopic
from cop_site.accounts.models import SchoolRoleKind, ServiceRoleKind, User
from cop_site.audit import list_changes
from cop_site.bookings.models import BookingState
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.events.models import Event, EventState
from cop_site.follow_up.invite_models import Chosen, List
from cop_site.follow_up.invite_services import invite_people
from cop_site.follow_up.models import Invited, Inviting
from cop_site.notifications.delivery import compose, deliver_due
from cop_site.notifications.models import OutboxMessage
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.events import make_booking, make_event
from tests.factories.people import (
    assign,
    give_school_role,
    make_partner_user,
    make_person,
    make_school_user,
    make_service_user,
)
from tests.factories.schools import join_cluster, make_authority, make_cluster, make_school
from tests.integration.follow_up.conftest import Held, person_of
from tests.support.client import GatedClient
from tests.support.erasing import erase
from tests.support.keeping import end_due
from tests.support.race import race
from tests.support.statements import count_statements


def invited() -> set[str]:
    return set(db.session.scalars(sa.select(OutboxMessage.recipient_name)))


@pytest.fixture
def ahead(held: Held) -> Event:
    event = make_event(NOON + timedelta(days=14), title="Next network")
    db.session.commit()
    return event


def listed(client: GatedClient, event: Event, query: str = "") -> str:
    return client.fragment(f"/events/{event.id}/invite?{query}").text


class TestLists:
    def test_schools_that_came_to_nothing_are_asked_first(
        self, held: Held, ahead: Event, client: GatedClient
    ) -> None:
        make_school_user(make_school("Elm Primary"), name="Ella Elm")
        db.session.commit()
        client.sign_in(held.ep)
        page = listed(client, ahead)
        # Alder came; Dovecote too, with somebody at the door.
        assert "Ella Elm, Elm Primary, SENCO" in page
        assert "Cara Came" not in page and "Misha Missed" not in page
        everybody = listed(client, ahead, "list=all")
        assert "Cara Came" in everybody and "Misha Missed" in everybody

    def test_says_which_schools_have_nobody_to_write_to(
        self, held: Held, ahead: Event, client: GatedClient
    ) -> None:
        make_school("Elm Primary")
        make_school_user(make_school("Oak Primary"), name="Olga Oak")
        db.session.commit()
        client.sign_in(held.ep)
        page = listed(client, ahead)
        assert "1 school of this list has nobody to invite" in page and "<li>Elm Primary" in page
        assert "<li>Oak Primary" not in page and "<li>Alder" not in page, "they have, or came"
        heads = listed(client, ahead, "list=all&group=heads")
        assert "4 schools of this list have nobody" in heads
        assert "Nobody is on this list." in heads

    def test_is_narrowed_by_role_cluster_and_phase(
        self, held: Held, ahead: Event, client: GatedClient
    ) -> None:
        head = make_school_user(held.alder, name="Hal Head", role=SchoolRoleKind.HEADTEACHER)
        give_school_role(person_of(head), held.dovecote, SchoolRoleKind.TEACHER)
        other = make_cluster("Rowan")
        join_cluster(held.dovecote, other)
        held.dovecote.phase = "Secondary"
        db.session.commit()
        client.sign_in(held.ep)
        assert "Hal Head" not in listed(client, ahead, "list=all")
        page = listed(client, ahead, "list=all&group=everyone")
        assert "Hal Head, Alder Lane Primary, Headteacher; Dovecote Primary, Teacher" in page
        ours = listed(client, ahead, f"list=all&cluster={held.cluster.id}")
        assert "Cara Came" in ours and "Misha Missed" not in ours
        secondary = listed(client, ahead, "list=all&phase=Secondary")
        assert "Misha Missed" in secondary and "Cara Came" not in secondary

    def test_the_same_people_again(self, held: Held, ahead: Event, client: GatedClient) -> None:
        give_school_role(held.apologised, held.alder, SchoolRoleKind.SENCO)
        db.session.commit()
        client.sign_in(held.ep)
        url = f"/events/{held.event.id}/who-came/again?list=missed&to={ahead.id}"
        answer = client.get(url)
        assert answer.status_code == 303
        page = client.get(answer.location).text
        assert "Misha Missed" in page and "Cara Came" not in page
        assert "Aled Apologised" in page, "who has no account may come again"
        assert "Lena Late" not in page, "they are at no school any more"
        came = listed(client, ahead, f"list=came&source={held.event.id}")
        assert "Cara Came" in came and "Misha Missed" not in came

    def test_of_an_event_that_may_not_be_known_of_nothing_is_said(
        self, held: Held, ahead: Event, client: GatedClient
    ) -> None:
        client.sign_in(held.ep)
        page = listed(client, ahead, "list=came&source=999999")
        assert "Choose which event." in page and "Cara Came" not in page

    def test_leaves_out_who_booked_was_invited_or_wants_none(
        self, held: Held, ahead: Event, client: GatedClient
    ) -> None:
        make_booking(ahead, person_of(held.came), held.alder)
        db.session.add(UnwantedTopic(user_id=held.missed.id, topic="invitations"))
        gone = make_school_user(held.alder, name="Closed Account")
        gone.disabled_at = NOON
        cancelled = make_school_user(held.alder, name="Gave Up")
        make_booking(ahead, person_of(cancelled), held.alder, state=BookingState.CANCELLED)
        db.session.commit()
        client.sign_in(held.ep)
        page = listed(client, ahead, "list=all")
        for name in ("Cara Came", "Misha Missed", "Closed Account", "Gave Up"):
            assert name not in page
        assert "2 booked already or cancelled, 2 without a working address, or who" in page

    def test_a_manager_writes_to_their_own_groups_schools_alone(
        self, held: Held, ahead: Event, client: GatedClient
    ) -> None:
        manager, rowan = make_partner_user(), make_cluster("Rowan")
        assign(person_of(manager), rowan, "manager")
        ahead.cluster_id = rowan.id
        elm, oak = make_school("Elm Primary"), make_school("Oak Primary")
        join_cluster(elm, rowan)
        make_school_user(elm, name="Ella Elm")
        make_school_user(oak, name="Olga Oak")
        db.session.commit()
        client.sign_in(manager)
        for query in ("list=new&cluster=", "list=all", f"list=all&cluster={held.cluster.id}"):
            page = listed(client, ahead, query)
            assert "Ella Elm" in page and "Olga Oak" not in page and "Cara Came" not in page
        page = listed(client, ahead, f"list=missed&source={held.event.id}")
        assert "Misha Missed" not in page and "Reading barriers" not in page
        people = [str(held.missed.person_id)]
        for query in (f"list=missed&source={held.event.id}", "list=all&cluster="):
            url = f"/events/{ahead.id}/invite?{query}"
            assert client.send(url, person_ids=people, note="", key="k" * 32).status_code == 422
        by, chosen = acting(manager), Chosen(List.MISSED, held.event.id)
        with pytest.raises(NotFoundError):
            invite_people(ahead.id, chosen, [held.missed.person_id], "", "k" * 32, whom="", by=by)
        assert not invited()

    @pytest.mark.sqlite_only
    def test_asks_as_often_for_many_as_for_few(
        self, held: Held, ahead: Event, client: GatedClient
    ) -> None:
        client.sign_in(held.ep)
        listed(client, ahead, "list=all")
        with count_statements() as few:
            listed(client, ahead, "list=all")
        for _ in range(20):
            make_school_user(make_school())
        db.session.commit()
        with count_statements() as many:
            listed(client, ahead, "list=all")
        assert len(many) == len(few) <= 16


def send(
    client: GatedClient, event: Event, *people: User, note: str = "", key: str = "k" * 32
) -> int:
    ids = [str(one.person_id) for one in people]
    url = f"/events/{event.id}/invite?list=all"
    return client.send(url, person_ids=ids, note=note, key=key).status_code


class TestSending:
    def test_who_has_no_account_reads_how_to_join(
        self, held: Held, ahead: Event, client: GatedClient
    ) -> None:
        give_school_role(held.apologised, held.alder, SchoolRoleKind.SENCO)
        gone = make_person("Gone Away")
        give_school_role(gone, held.alder, SchoolRoleKind.SENCO)
        gone.bounced_at = NOON
        db.session.commit()
        client.sign_in(held.ep)
        ids = [held.apologised.id, gone.id, held.came.person_id]
        url = f"/events/{ahead.id}/invite?list=all"
        people = [str(one) for one in ids]
        assert client.send(url, person_ids=people, note="", key="k" * 32).status_code == 303
        rows = {row.recipient_name: row for row in db.session.scalars(sa.select(OutboxMessage))}
        assert set(rows) == {"Aled Apologised", "Cara Came"}
        texts = {}
        for name, row in rows.items():
            body = compose(row).get_body(("plain",))
            assert body is not None
            texts[name] = body.get_content()
        assert "/join" in texts["Aled Apologised"] and "/account" not in texts["Aled Apologised"]
        assert "/join" not in texts["Cara Came"] and "/account#messages" in texts["Cara Came"]

    def test_writes_to_those_chosen_and_keeps_that_it_was_sent(
        self, held: Held, ahead: Event, client: GatedClient
    ) -> None:
        client.sign_in(held.ep)
        assert send(client, ahead, held.missed, note="We would love to see you.") == 303
        row = db.session.scalars(sa.select(OutboxMessage)).one()
        body = compose(row).get_body(("plain",))
        assert body is not None
        text = body.get_content()
        assert "invites you to Next network" in text and "We would love to see you." in text
        assert f"/events/{ahead.id}" in text and "/account#messages" in text
        kept = db.session.scalars(sa.select(Inviting)).one()
        assert (kept.people, kept.sent_by_user_id) == (1, held.ep.id)
        assert kept.whom == "Every school, SENCOs and deputies"
        assert list_changes("event", ahead.id)[-1].verb == "people invited"
        page = client.get(f"/events/{ahead.id}/invite?list=all").text
        assert "1 person. Every school" in page and "1 invited before" in page

    def test_nobody_twice_to_the_same_event(
        self, held: Held, ahead: Event, client: GatedClient
    ) -> None:
        client.sign_in(held.ep)
        assert send(client, ahead, held.missed) == 303
        assert send(client, ahead, held.missed) == 303, "the same click again"
        assert send(client, ahead, held.missed, key="other-" * 5) == 422
        assert send(client, ahead, held.missed, held.came, key="third-" * 5) == 303
        recipients = list(db.session.scalars(sa.select(OutboxMessage.recipient_name)))
        assert sorted(recipients) == ["Cara Came", "Misha Missed"]

    def test_nor_once_the_outbox_has_forgotten_or_their_address_is_another(
        self, held: Held, client: GatedClient, at: Callable[[datetime], None]
    ) -> None:
        far = make_event(NOON + timedelta(days=150))
        db.session.commit()
        client.sign_in(held.ep)
        assert send(client, far, held.missed, held.came) == 303
        assert deliver_due() == 2
        person_of(held.came).email = "married@school.example"
        db.session.commit()
        at(NOON + timedelta(days=91))
        assert end_due("messages") == 2
        client.sign_in(held.ep)
        assert "2 invited before" in client.get(f"/events/{far.id}/invite?list=all").text
        assert send(client, far, held.missed, held.came, key="later-" * 5) == 422
        assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 2

    def test_is_forgotten_with_the_person(
        self, held: Held, ahead: Event, client: GatedClient
    ) -> None:
        client.sign_in(held.ep)
        assert send(client, ahead, held.missed, held.came) == 303
        erase(held.missed.person_id)
        assert list(db.session.scalars(sa.select(Invited.person_id))) == [held.came.person_id]

    @pytest.mark.sqlite_only
    def test_what_cant_be_sent_loses_nothing(
        self, held: Held, ahead: Event, client: GatedClient
    ) -> None:
        client.sign_in(held.ep)
        url = f"/events/{ahead.id}/invite?list=all"
        answer = client.send(url, person_ids=[], note="See you there", key="k" * 32)
        assert answer.status_code == 422
        assert "Choose somebody to invite" in answer.text and "See you there" in answer.text
        answer = client.send(
            url,
            person_ids=[str(held.came.person_id)],
            note="Bring the plan of Sam Smith, born 3.4.2016",
            key="k" * 32,
        )
        assert answer.status_code == 422 and "This names no pupil" in answer.text
        assert not invited()

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize("why", ["draft", "cancelled", "begun", "closed"])
    def test_not_to_what_cant_be_booked(
        self, held: Held, ahead: Event, client: GatedClient, why: str
    ) -> None:
        if why == "draft":
            ahead.state, ahead.published_at = EventState.DRAFT, None
        elif why == "cancelled":
            ahead.state = EventState.CANCELLED
        elif why == "begun":
            ahead.starts_at = NOON
        else:
            ahead.booking_closes_at = NOON
        db.session.commit()
        client.sign_in(held.ep)
        page = client.get(f"/events/{ahead.id}/invite").text
        assert "can be invited" in page and "Send invitations" not in page
        assert send(client, ahead, held.came) == 422 and not invited()

    @pytest.mark.thorough
    def test_two_at_once_invite_each_person_once(self, committed_app: Flask) -> None:
        make_authority()
        people = [make_school_user(make_school()).person_id for _ in range(6)]
        event = make_event(NOON + timedelta(days=14))
        staff = [acting(make_service_user(ServiceRoleKind.EP)) for _ in range(2)]
        db.session.commit()
        event_id, chosen = event.id, Chosen(List.ALL)

        def invite(number: int) -> int:
            with transaction():
                key, by = f"key-of-{number}" * 3, staff[number]
                sent = invite_people(event_id, chosen, people, "", key, whom="All", by=by)
                return sent.people

        given = race(committed_app, [lambda: invite(0), lambda: invite(1), lambda: invite(0)])
        db.session.rollback()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 6
        assert all(one == 6 or isinstance(one, DomainError) for one in given), given
