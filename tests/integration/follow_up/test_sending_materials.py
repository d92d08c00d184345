"""Mailing the materials to those who came, and to those who missed it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.models import ServiceRoleKind
from cop_site.db import db
from cop_site.errors import DomainError, StaleEditError
from cop_site.events.models import EventState
from cop_site.follow_up import material_services
from cop_site.follow_up.material_services import send_materials
from cop_site.follow_up.models import MaterialSending
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.events import (
    make_booking,
    make_event,
    make_mark,
    make_register,
    make_time,
    session_of,
)
from tests.factories.people import make_person, make_service_user
from tests.factories.schools import make_authority, make_school
from tests.factories.toolkit import make_resource
from tests.integration.follow_up.conftest import Held, person_of
from tests.support.client import GatedClient
from tests.support.race import race


def told() -> dict[str, str]:
    rows = db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id))
    return {row.recipient_name: row.kind.removeprefix("follow_up/materials_") for row in rows}


@pytest.fixture
def with_slides(held: Held) -> Held:
    material_services.add_link(
        held.event.id, "Slides", "https://slides.example/1", by=acting(held.ep)
    )
    db.session.commit()
    return held


def send(held: Held, number: int = 1, *, came: bool = True, missed: bool = True) -> MaterialSending:
    by = acting(held.ep)
    with transaction():
        return send_materials(held.event.id, number, to_came=came, to_missed=missed, by=by)


class TestSending:
    def test_tells_nobody_that_they_missed_what_an_open_register_has_them_at(
        self, with_slides: Held
    ) -> None:
        later = make_time(with_slides.event, NOON - timedelta(days=3))
        register = make_register(later, closed=False)
        make_mark(register, person_of(with_slides.missed), with_slides.dovecote)
        db.session.commit()
        send(with_slides)
        assert "Misha Missed" not in told()
        register.closed_at = NOON
        db.session.commit()
        send(with_slides, 2)
        assert told()["Misha Missed"] == "came"

    def test_tells_each_in_words_of_their_own_and_nobody_else(self, with_slides: Held) -> None:
        sending = send(with_slides)
        assert (sending.came, sending.missed) == (1, 3)
        assert told() == {
            "Cara Came": "came",
            "Misha Missed": "missed",
            "Aled Apologised": "missed",
            "Lena Late": "missed",
        }

    def test_to_those_chosen_alone(self, with_slides: Held) -> None:
        send(with_slides, missed=False)
        assert told() == {"Cara Came": "came"}

    def test_says_where_everything_is(self, with_slides: Held) -> None:
        resource = make_resource(title="Assess first")
        by = acting(with_slides.ep)
        with transaction():
            material_services.add_resource(with_slides.event.id, resource.id, by=by)
        send(with_slides)
        for row in db.session.scalars(sa.select(OutboxMessage)):
            message = compose(row)
            body = message.get_body(("plain",))
            assert body is not None
            text = body.get_content()
            assert "- Slides: https://slides.example/1\n" in text
            assert "- Assess first: http://" in text and f"/toolkit/{resource.slug}\n" in text
            assert f"/events/{with_slides.event.id}\n" in text
            assert "Reading barriers" in str(message["Subject"])
            assert ("Thank you for coming" in text) == (row.kind.endswith("came"))
            assert ("could not be there" in text) == (row.kind.endswith("missed"))

    def test_twice_by_the_same_person_is_once(self, with_slides: Held) -> None:
        assert send(with_slides).id == send(with_slides).id
        assert len(told()) == 4
        assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 4

    def test_meanwhile_by_somebody_else_is_said(self, with_slides: Held) -> None:
        send(with_slides)
        other = acting(make_service_user(ServiceRoleKind.ASEP))
        with pytest.raises(StaleEditError, match="sent these materials meanwhile"):
            send_materials(with_slides.event.id, 1, to_came=True, to_missed=True, by=other)

    def test_again_goes_to_who_has_not_had_them(
        self, with_slides: Held, at: Callable[[datetime], None]
    ) -> None:
        send(with_slides, missed=False)
        with pytest.raises(DomainError, match="has had these already"):
            send(with_slides, 2, missed=False)
        assert send(with_slides, 2).missed == 3
        at(NOON + timedelta(hours=1))
        by = acting(with_slides.ep)
        event_id = with_slides.event.id
        material_services.add_link(event_id, "Notes", "https://notes.example/1", by=by)
        again = send(with_slides, 3)
        assert (again.came, again.missed) == (1, 3), "there is something new"

    def test_no_mail_to_an_address_that_refuses_it_or_a_closed_account(
        self, with_slides: Held
    ) -> None:
        with_slides.apologised.bounced_at = NOON
        with_slides.missed.disabled_at = NOON
        db.session.commit()
        send(with_slides)
        assert set(told()) == {"Cara Came", "Lena Late"}

    def test_nothing_to_nobody(self, with_slides: Held, held: Held) -> None:
        with pytest.raises(DomainError, match="Choose who gets them"):
            send(with_slides, came=False, missed=False)
        with_slides.register.closed_at = None
        db.session.commit()
        with pytest.raises(DomainError, match="Choose who gets them"):
            send(with_slides)

    @pytest.mark.sqlite_only
    def test_not_without_materials_or_of_a_cancelled_event(self, held: Held) -> None:
        with pytest.raises(DomainError, match="Add something to send"):
            send(held)
        held.event.state = EventState.CANCELLED
        db.session.commit()
        with pytest.raises(DomainError, match="not published"):
            send(held)

    @pytest.mark.thorough
    def test_two_at_once_send_them_once(self, committed_app: Flask) -> None:
        make_authority()
        school, event = make_school(), make_event(NOON - timedelta(days=7))
        register = make_register(session_of(event))
        for _ in range(5):
            person = make_person()
            booking = make_booking(event, person, school)
            make_mark(register, person, school, booking=booking)
        people = [acting(make_service_user(ServiceRoleKind.EP)) for _ in range(2)]
        material_services.add_link(event.id, "Slides", "https://a.example/1", by=people[0])
        db.session.commit()
        event_id = event.id

        def by(person: int) -> int:
            with transaction():
                who = people[person]
                return send_materials(event_id, 1, to_came=True, to_missed=True, by=who).came

        given = race(committed_app, [lambda: by(0), lambda: by(1), lambda: by(0)])
        db.session.rollback()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 5
        refused = [one for one in given if isinstance(one, Exception)]
        assert all(isinstance(one, StaleEditError) for one in refused), given
        assert 1 <= len(refused) <= 2


class TestPage:
    def test_shows_to_how_many_and_what(self, with_slides: Held, client: GatedClient) -> None:
        client.sign_in(with_slides.ep)
        url = f"/events/{with_slides.event.id}/materials/send"
        page = client.get(url).text
        assert "Those who came (1)" in page and "missed it (3)" in page and "Slides" in page
        answer = client.send(url, to=["came"], number="1")
        assert "Sent to 1 person." in client.get(answer.location).text
        assert "1 who came, 0 who missed it" in client.get(url).text
        answer = client.send(url, to=[], number="2")
        assert answer.status_code == 422 and "Choose who gets them" in answer.text

    @pytest.mark.sqlite_only
    def test_shows_what_somebody_else_sent(self, with_slides: Held, client: GatedClient) -> None:
        url = f"/events/{with_slides.event.id}/materials/send"
        send(with_slides)
        other = make_service_user(ServiceRoleKind.ASEP)
        db.session.commit()
        client.sign_in(other)
        answer = client.send(url, to=["missed"], number="1")
        assert answer.status_code == 422 and "sent these materials meanwhile" in answer.text
        assert 'name="number" value="2"' in answer.text
        assert len(told()) == 4
