"""Erasing somebody while another transaction is open that names them, writes to them or waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts import assignment_services
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import (
    Assignment,
    PartnerRole,
    PartnerService,
    Person,
    ServiceRoleKind,
)
from cop_site.bookings.services import book_place, cancel_booking
from cop_site.community.models import Notice
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.notifications.delivery import deliver_due
from cop_site.notifications.models import OutboxMessage
from cop_site.notifications.services import Recipient, queue_message
from cop_site.people import team_services
from cop_site.people.team_models import TeamContact
from cop_site.people.team_services import ContactDetails, Place
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.community import make_notice
from tests.factories.events import make_event
from tests.factories.people import make_person, make_school_user, make_service_user
from tests.factories.schools import make_authority, make_cluster, make_school
from tests.support.erasing import erase
from tests.support.race import race

pytestmark = pytest.mark.thorough

NAME, EMAIL = "Quill Feather", "quill@elm.example"
WAITED = 0.7


def meanwhile(app: Flask, holds: Callable[[], Any], waits: Callable[[], Any]) -> list[Any]:
    """``waits`` begins while ``holds`` has done its part and has not committed yet."""
    began, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction():
            holds()
            db.session.flush()
            began.set()
            done.wait(WAITED)

    def wait() -> None:
        began.wait(30)
        waits()
        done.set()

    given = race(app, [hold, wait])
    db.session.rollback()
    db.session.expire_all()
    return [one for one in given if one is not None]


@pytest.fixture
def lead(committed_app: Flask) -> ActingUser:
    make_authority()
    lead = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
    db.session.commit()
    return acting(lead)


@pytest.fixture
def partner(lead: ActingUser) -> tuple[int, int]:
    """Somebody of a partner service, and the service."""
    person, service = make_person(NAME, EMAIL), PartnerService(name="Admissions")
    db.session.add(service)
    db.session.flush()
    own = {"person_id": person.id, "partner_service_id": service.id}
    db.session.add(PartnerRole(**own, starts_on=NOON.date()))
    db.session.commit()
    return person.id, service.id


class TestWhileATextIsChanged:
    def test_the_change_is_kept_and_the_name_goes(
        self, committed_app: Flask, lead: ActingUser
    ) -> None:
        person = make_person(NAME, None)
        author = make_service_user(ServiceRoleKind.ADMINISTRATOR)
        notice = make_notice(make_cluster(), author, f"Ask {NAME}")
        db.session.commit()
        change = sa.update(Notice).values(title=f"Room changed to B2, ask {NAME}")
        person_id = person.id
        faults = meanwhile(
            committed_app, lambda: db.session.execute(change), lambda: erase(person_id)
        )
        assert faults == []
        db.session.refresh(notice)
        assert notice.title == "Room changed to B2, ask Removed person"


class TestWhileTheyAreGivenAPlace:
    def test_no_mail_to_them_is_left(self, committed_app: Flask, lead: ActingUser) -> None:
        event = make_event(capacity=1)
        first, second = (acting(make_school_user(make_school())) for _ in range(2))
        db.session.commit()
        event_id = event.id
        for by in (first, second):
            with transaction():
                book_place(event_id, mode=None, school_ids=list(by.schools), by=by)
        faults = meanwhile(
            committed_app,
            lambda: cancel_booking(event_id, by=first),
            lambda: erase(second.person_id),
        )
        assert faults == []
        own = sa.select(OutboxMessage.kind).where(OutboxMessage.recipient == second.email)
        assert db.session.scalars(own).all() == []

    def test_what_waits_for_nobody_is_dropped_by_delivery(
        self, committed_app: Flask, lead: ActingUser
    ) -> None:
        """Who mails them locks nothing of theirs, and commits once they are erased."""
        person_id = make_person(NAME, EMAIL).id
        db.session.commit()

        def mail() -> None:
            queue_message(Recipient(EMAIL, NAME), kind="x/y", thing="x", thing_id=1, context={})

        faults = meanwhile(committed_app, mail, lambda: erase(person_id))
        assert faults == []
        deliver_due()
        own = sa.select(OutboxMessage).where(OutboxMessage.recipient == EMAIL)
        assert db.session.scalars(own).all() == []


class TestWhileSomethingIsDoneForThem:
    def test_a_part_in_a_cluster_bars_the_erasing(
        self, committed_app: Flask, lead: ActingUser, partner: tuple[int, int]
    ) -> None:
        cluster_id, person_id = make_cluster().id, partner[0]
        db.session.commit()
        faults = meanwhile(
            committed_app,
            lambda: assignment_services.assign_person(
                cluster_id, person_id, "named_partner", NOON.date(), by=lead
            ),
            lambda: erase(person_id),
        )
        assert [type(fault) for fault in faults] == [DomainError]
        assert db.session.get_one(Person, person_id).name == NAME
        assert db.session.query(Assignment).count() == 1

    def test_whom_a_service_names_is_forgotten(
        self, committed_app: Flask, lead: ActingUser, partner: tuple[int, int]
    ) -> None:
        (person_id, service_id), school_id = partner, make_school().id
        db.session.commit()
        details = ContactDetails(person_id, "", "01632 960000", "", "", NOON.date())
        place = Place(school_id=school_id)
        faults = meanwhile(
            committed_app,
            lambda: team_services.name_contact(service_id, place, details, by=lead),
            lambda: erase(person_id),
        )
        assert faults == []
        assert db.session.query(TeamContact).filter_by(person_id=person_id).count() == 0


class TestTwoWhoKnowEachOther:
    def test_do_not_wait_in_a_ring(self, committed_app: Flask, lead: ActingUser) -> None:
        people = [make_person(name, f"{name[0]}@elm.example") for name in (NAME, "Zebra Stripe")]
        for number in range(20):
            for to, other in (people, people[::-1]):
                queue_message(
                    Recipient(str(to.email), to.name),
                    kind="x/y",
                    thing="x",
                    thing_id=number,
                    context={"other": other.name},
                )
        db.session.execute(sa.update(OutboxMessage).values(state="sent"))
        db.session.commit()
        db.session.execute(sa.update(OutboxMessage).values(state="sent"))
        db.session.commit()
        first, second = (person.id for person in people)
        given = race(committed_app, [lambda: erase(first), lambda: erase(second)])
        assert given == [None, None]
        db.session.rollback()
        said = sa.select(OutboxMessage.id).where(OutboxMessage.recipient.contains("@"))
        assert db.session.scalars(said).all() == []
