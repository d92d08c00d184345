"""Somebody's role in the service ends, and what they are to clusters ends with it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from cop_site import audit
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.assignment_queries import list_own_clusters, list_supporters
from cop_site.accounts.models import Assignment, Person, ServiceRole, ServiceRoleKind, User
from cop_site.db import db
from cop_site.people import person_services
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.people import assign, give_service_role, make_school_user, make_service_user
from tests.factories.schools import join_cluster, make_authority, make_cluster, make_school
from tests.support.client import GatedClient

TODAY = NOON.date()
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
LATER = date(2026, 12, 31)


@pytest.fixture
def alder(app: Flask) -> Cluster:
    make_authority()
    return make_cluster("Alder")


@pytest.fixture
def oak(alder: Cluster) -> School:
    school = make_school("Oak")
    join_cluster(school, alder)
    return school


@pytest.fixture
def ep(alder: Cluster) -> User:
    user = make_service_user(ServiceRoleKind.EP, alder)
    db.session.get_one(Person, user.person_id).name = "Edda Psychologist"
    db.session.commit()
    return user


@pytest.fixture
def by(app: Flask) -> ActingUser:
    return acting(make_service_user(ServiceRoleKind.ADMINISTRATOR))


def role_of(user: User, kind: ServiceRoleKind = ServiceRoleKind.EP) -> ServiceRole:
    return db.session.query(ServiceRole).filter_by(person_id=user.person_id, role=kind).one()


def end(user: User, last_day: date, by: ActingUser) -> list[str]:
    with transaction():
        return person_services.end_role(role_of(user), last_day, by=by)


def days_of(user: User, kind: str = "ep") -> list[date | None]:
    db.session.expire_all()
    rows = db.session.query(Assignment).filter_by(person_id=user.person_id, kind_key=kind)
    return [row.ends_on for row in rows.order_by(Assignment.id)]


class TestWhoIsNamed:
    def test_only_while_they_hold_the_role(self, ep: User, alder: Cluster, oak: School) -> None:
        role_of(ep).ends_on = TODAY
        db.session.commit()
        assert [one.name for one in list_supporters([alder.id])] == ["Edda Psychologist"]
        assert list_supporters([alder.id], TOMORROW) == []
        role_of(ep).ends_on = YESTERDAY
        db.session.commit()
        assert list_supporters([alder.id]) == []
        (own,) = list_own_clusters([oak.id])
        assert own.people == []

    def test_nobody_before_their_role_begins(self, ep: User, alder: Cluster) -> None:
        role_of(ep).starts_on = TOMORROW
        db.session.commit()
        assert list_supporters([alder.id]) == []
        assert len(list_supporters([alder.id], TOMORROW)) == 1

    def test_a_role_of_another_sort_is_not_enough(self, ep: User, alder: Cluster) -> None:
        role_of(ep).role = ServiceRoleKind.ASEP
        db.session.commit()
        assert list_supporters([alder.id]) == []

    def test_a_manager_needs_none(self, ep: User, alder: Cluster) -> None:
        assign(db.session.get_one(Person, ep.person_id), alder, "manager")
        role_of(ep).ends_on = YESTERDAY
        db.session.commit()
        assert [one.kind_key for one in list_supporters([alder.id])] == ["manager"]

    @pytest.mark.sqlite_only
    def test_no_page_names_them_with_their_address(
        self, ep: User, oak: School, client: GatedClient
    ) -> None:
        senco, email = make_school_user(oak), ep.email
        role_of(ep).ends_on = YESTERDAY
        db.session.commit()
        client.sign_in(senco)
        for path in ("/", "/clusters", "/clusters/alder", f"/schools/{oak.id}"):
            text = client.get(path).text
            assert "Edda Psychologist" not in text and email not in text, path


class TestEndRole:
    def test_assignments_end_on_the_same_day(
        self, ep: User, alder: Cluster, by: ActingUser
    ) -> None:
        assert end(ep, LATER, by) == ["Alder"]
        assert days_of(ep) == [LATER]
        assert role_of(ep).ends_on == LATER
        assert audit.list_changes("cluster_people", alder.id)[-1].by_user_id == by.user_id

    def test_what_ends_earlier_or_is_over_stays(
        self, ep: User, alder: Cluster, by: ActingUser
    ) -> None:
        person = db.session.get_one(Person, ep.person_id)
        assign(person, make_cluster("Beech"), "ep").ends_on = YESTERDAY
        assign(person, make_cluster("Cedar"), "ep").ends_on = TOMORROW
        db.session.commit()
        assert end(ep, LATER, by) == ["Alder"]
        assert days_of(ep) == [LATER, YESTERDAY, TOMORROW]

    def test_what_has_not_begun_is_taken_away(self, ep: User, by: ActingUser) -> None:
        person = db.session.get_one(Person, ep.person_id)
        assign(person, make_cluster("Beech"), "ep", date(2027, 1, 4))
        db.session.commit()
        assert end(ep, LATER, by) == ["Alder", "Beech"]
        assert days_of(ep) == [LATER]

    def test_a_last_day_in_the_past_keeps_what_began_since(self, ep: User, by: ActingUser) -> None:
        person = db.session.get_one(Person, ep.person_id)
        assign(person, make_cluster("Beech"), "ep", TODAY)
        db.session.commit()
        assert end(ep, YESTERDAY, by) == ["Alder", "Beech"]
        assert days_of(ep) == [YESTERDAY, TODAY]

    def test_what_another_role_allows_goes_on(
        self, ep: User, alder: Cluster, by: ActingUser
    ) -> None:
        person = db.session.get_one(Person, ep.person_id)
        give_service_role(person, ServiceRoleKind.ASEP).starts_on = TOMORROW
        assign(person, make_cluster("Beech"), "cover").ends_on = LATER
        db.session.commit()
        assert end(ep, TODAY, by) == ["Alder"]
        assert days_of(ep, "cover") == [LATER]

    def test_who_covers_for_them_stops_too(self, ep: User, alder: Cluster, by: ActingUser) -> None:
        own = db.session.query(Assignment).filter_by(person_id=ep.person_id).one()
        other = make_service_user(ServiceRoleKind.EP)
        cover = assign(db.session.get_one(Person, other.person_id), alder, "cover", TODAY)
        cover.covers_id, cover.ends_on = own.id, LATER
        db.session.commit()
        end(ep, TOMORROW, by)
        assert days_of(other, "cover") == [TOMORROW]


@pytest.mark.sqlite_only
class TestPage:
    def test_says_which_clusters_and_that_it_ends(
        self, ep: User, by: ActingUser, client: GatedClient
    ) -> None:
        client.sign_in(db.session.get_one(User, by.user_id))
        path = f"/people/{ep.person_id}/roles/service/{role_of(ep).id}/end"
        text = client.get(path).text
        assert "What they are to them ends with the role." in text and "<li>Alder</li>" in text
        answer = client.send(path, last_day=["31", "12", "2026"])
        assert "Their part in Alder ends with it." in client.get(answer.location).text
        assert "A later day brings back no cluster" in client.get(path).text

    def test_says_nothing_of_clusters_where_there_are_none(
        self, by: ActingUser, client: GatedClient
    ) -> None:
        lead = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
        db.session.commit()
        client.sign_in(db.session.get_one(User, by.user_id))
        role = role_of(lead, ServiceRoleKind.INCLUSION_LEAD)
        path = f"/people/{lead.person_id}/roles/service/{role.id}/end"
        assert "clusters until then" not in client.get(path).text
        answer = client.send(path, last_day=["31", "12", "2026"])
        assert "ends with it" not in client.get(answer.location).text
