"""What erasing refuses and does. That nothing is left: test_erasure_traces.py."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import audit
from cop_site.accounts import held_queries, own_services, role_services
from cop_site.accounts.account_models import ErasureRequest
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind, ServiceRoleKind, User
from cop_site.accounts.own_services import OwnDetails
from cop_site.bookings.services import book_place
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.held import Subject
from cop_site.notifications.models import OutboxMessage
from cop_site.people.erasure_views import STAYS
from cop_site.transaction import transaction
from cop_site.wiring import HELD
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.community import make_notice
from tests.factories.events import make_booking, make_event
from tests.factories.people import (
    assign,
    give_school_role,
    give_service_role,
    make_person,
    make_school_user,
    make_service_user,
)
from tests.factories.schools import make_authority, make_cluster, make_school
from tests.support import erasing
from tests.support.client import GatedClient
from tests.support.statements import count_statements

NAME = "Quill Feather"


def erase(user: User, by: User | None) -> None:
    erasing.erase(user.person_id, by=acting(by) if by else None)


def refused(user: User, by: User | None) -> str:
    with pytest.raises(DomainError) as error:
        erase(user, by)
    return error.value.sentence


@pytest.fixture
def admin(app: Flask) -> User:
    make_authority()
    admin = make_service_user(ServiceRoleKind.ADMINISTRATOR)
    db.session.commit()
    return admin


@pytest.fixture
def senco(admin: User) -> User:
    user = make_school_user(make_school("Elm"), name=NAME)
    db.session.commit()
    return user


class TestRefused:
    def test_oneself(self, admin: User) -> None:
        assert "Another administrator" in refused(admin, admin)

    def test_while_they_work_in_the_service_or_in_a_cluster(self, admin: User, senco: User) -> None:
        person = db.session.get_one(Person, senco.person_id)
        role = give_service_role(person, ServiceRoleKind.EP)
        part = assign(person, make_cluster(), "ep")
        db.session.commit()
        assert "role in the service" in refused(senco, admin)
        role.ends_on = NOON.date()
        db.session.commit()
        assert "part in a cluster" in refused(senco, admin)
        part.ends_on = NOON.date()
        db.session.commit()
        erase(senco, admin)

    def test_twice_and_under_a_row_that_was_merged(self, admin: User, senco: User) -> None:
        merged = make_school_user(make_school())
        db.session.get_one(Person, merged.person_id).merged_into_id = senco.person_id
        db.session.commit()
        with pytest.raises(NotFoundError):
            erase(merged, admin)
        erase(senco, None)
        assert refused(senco, admin) == role_services.ERASED
        assert db.session.get_one(Person, merged.person_id).erased_at is not None


class TestErased:
    def test_roles_ended_yesterday_and_what_had_not_begun_is_gone(
        self, admin: User, senco: User
    ) -> None:
        person, later = db.session.get_one(Person, senco.person_id), NOON.date().replace(day=20)
        give_school_role(person, make_school(), SchoolRoleKind.TEACHER, starts_on=later)
        db.session.commit()
        erase(senco, admin)
        yesterday = NOON.date() - timedelta(days=1)
        assert [row.ends_on for row in db.session.query(SchoolRole)] == [yesterday]

    def test_is_recorded_without_a_name_and_ends_the_request(
        self, admin: User, senco: User
    ) -> None:
        db.session.add(ErasureRequest(user_id=senco.id, asked_at=NOON))
        db.session.commit()
        erase(senco, admin)
        change = audit.list_changes("person", senco.person_id)[-1]
        assert (change.verb, change.by_user_id, change.was, change.now) == (
            *("erased", admin.id, {}, {}),
        )
        (request,) = db.session.query(ErasureRequest)
        assert (request.ended_at, request.ended_by_user_id) == (NOON, admin.id)

    def test_who_did_not_ask_is_not_written_to(self, admin: User, senco: User) -> None:
        erase(senco, None)
        assert db.session.query(OutboxMessage).count() == 0

    def test_nothing_is_done_for_them_any_more(self, admin: User, senco: User) -> None:
        """By what was begun before: each waits for the person's row and reads it anew."""
        by, event, school = acting(senco), make_event(), next(iter(acting(senco).schools))
        db.session.commit()
        erase(senco, admin)
        with pytest.raises(DomainError, match="was removed"), transaction():
            book_place(event.id, mode=None, school_ids=[school], by=by)
        with pytest.raises(DomainError, match="was removed"), transaction():
            own_services.change_details(OwnDetails(NAME, None, False), by=by)
        with pytest.raises(DomainError, match="was removed"), transaction():
            role_services.give_service_role(
                senco.person_id, ServiceRoleKind.EP, NOON.date(), by=acting(admin)
            )

    def test_a_place_at_sessions_ahead_of_what_has_begun_is_given_up(
        self, admin: User, senco: User
    ) -> None:
        person = db.session.get_one(Person, senco.person_id)
        running, over = (
            make_booking(
                make_event(NOON - timedelta(days=7), ends_at=NOON + timedelta(hours=hours)), person
            )
            for hours in (1, -1)
        )
        db.session.commit()
        erase(senco, admin)
        db.session.expire_all()
        assert [one.state.value for one in (running, over)] == ["cancelled", "booked"]

    def test_their_address_may_be_had_by_somebody_new(self, admin: User, senco: User) -> None:
        had = senco.email
        erase(senco, admin)
        assert make_person("Somebody New", had).id != senco.person_id
        assert held_queries.find_subject(senco.person_id).addresses == {senco.email}


class TestNamesake:
    def test_keeps_their_name_in_what_others_wrote_and_the_places_are_told(
        self, admin: User, senco: User, client: GatedClient
    ) -> None:
        make_school_user(make_school(), name=f"{NAME}-Smith")
        event = make_event(title=f"Write to {senco.email} for {NAME}")
        db.session.commit()
        client.sign_in(admin)
        page = client.get(f"/people/{senco.person_id}/erase").text
        assert f">{event.id}</a>." in page.split("It stands in: event ")[1]
        erase(senco, admin)
        db.session.refresh(event)
        assert event.title == f"Write to [address removed] for {NAME}"
        change = audit.list_changes("person", senco.person_id)[-1]
        assert change.now == {"name left in": f"event {event.id}"}

    def test_of_one_word_alone_no_text_is_changed(self, admin: User) -> None:
        person = make_person("Art", None)
        make_notice(make_cluster(), admin, "Bring art")
        db.session.commit()
        erasing.erase(person.id)
        assert db.session.scalar(sa.text("SELECT title FROM notice")) == "Bring art"


@pytest.mark.sqlite_only
class TestPage:
    def test_calls_what_stays_by_what_some_domain_holds(self, app: Flask) -> None:
        nobody = Subject(frozenset(), frozenset(), frozenset())
        held = {table.name for one in HELD for table in one(nobody)}
        assert set(STAYS) <= held

    def test_asks_for_a_tick_and_says_what_stays(
        self, admin: User, senco: User, client: GatedClient
    ) -> None:
        make_notice(make_cluster(), senco)
        db.session.commit()
        client.sign_in(admin)
        page = f"/people/{senco.person_id}/erase"
        assert "Notices they posted" in client.get(page).text
        answer = client.send(page)
        assert answer.status_code == 422 and "Tick the box if you are sure" in answer.text
        assert db.session.get_one(Person, senco.person_id).name == NAME

    def test_reads_no_more_where_they_had_more_names(
        self, admin: User, senco: User, client: GatedClient
    ) -> None:
        client.sign_in(admin)
        counts = []
        for name in "ABCDEFGHIJ":
            was, now = {"name": f"Quill {name}"}, {"name": NAME}
            audit.record("person", senco.person_id, "renamed", by=None, was=was, now=now)
            db.session.commit()
            with count_statements() as sent:
                page = client.get(f"/people/{senco.person_id}/erase").text
            counts.append(len(sent))
        assert "Quill A" in page and "Quill J" in page
        assert counts[0] == counts[-1] < 130

    def test_links_to_what_must_end_first(
        self, admin: User, senco: User, client: GatedClient
    ) -> None:
        person, cluster = db.session.get_one(Person, senco.person_id), make_cluster()
        role = give_service_role(person, ServiceRoleKind.EP)
        assign(person, cluster, "ep")
        db.session.commit()
        client.sign_in(admin)
        page, way = f"/people/{senco.person_id}", ">Where that is</a>"
        assert f'href="{page}"{way}' in client.get(f"{page}/erase").text
        role.ends_on = NOON.date()
        db.session.commit()
        found = re.search(f'href="([^"]+)"{way}', client.get(f"{page}/erase").text)
        assert found and cluster.slug in found[1] and client.get(found[1]).status_code == 200

    def test_says_why_not(self, admin: User, senco: User, client: GatedClient) -> None:
        client.sign_in(admin)
        own = client.get(f"/people/{admin.person_id}/erase").text
        assert "Another administrator must do this for you." in own
        assert "Erase this person" not in own
        erase(senco, None)
        assert "was removed" in client.get(f"/people/{senco.person_id}/erase").text
        assert client.get(f"/people/{senco.person_id}/name").status_code == 404
        assert "Removed person" not in client.get("/people").text
