"""Who supports a cluster, from when until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from threading import Barrier, Thread

import pytest
from flask import Flask

from cop_site import audit
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.assignment_queries import list_assignable_people, list_supporters
from cop_site.accounts.assignment_services import assign_person, end_assignment
from cop_site.accounts.models import Assignment, Person, ServiceRole, ServiceRoleKind
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.schools.cluster_models import Cluster
from cop_site.transaction import transaction
from tests.factories.people import (
    LONG_AGO,
    assign,
    make_partner_user,
    make_school_user,
    make_service_user,
)
from tests.factories.schools import make_authority, make_cluster, make_school
from tests.support.client import GatedClient

TODAY = date(2026, 11, 10)
YESTERDAY = date(2026, 11, 9)
LATER = date(2027, 1, 1)
BY = ActingUser(4711, 4711, "The inclusion lead", "lead@service.example")


@pytest.fixture
def cluster(app: Flask) -> Cluster:
    make_authority()
    return make_cluster("Alder")


def person_with(role: ServiceRoleKind) -> Person:
    person = db.session.get_one(Person, make_service_user(role).person_id)
    db.session.commit()
    return person


def give(cluster: Cluster, person: Person, kind: str, on: date = TODAY) -> Assignment:
    with transaction():
        return assign_person(cluster.id, person.id, kind, on, by=BY)


class TestAssignPerson:
    @pytest.mark.parametrize(
        ("kind", "role"),
        [
            ("ep", ServiceRoleKind.EP),
            ("asep", ServiceRoleKind.ASEP),
            ("cover", ServiceRoleKind.ASEP),
            ("manager", ServiceRoleKind.NETWORK_LEAD),
        ],
    )
    def test_right_role_may(self, cluster: Cluster, kind: str, role: ServiceRoleKind) -> None:
        person = person_with(role)
        give(cluster, person, kind)
        assert [(who.name, who.kind_key) for who in list_supporters([cluster.id])] == [
            (person.name, kind)
        ]
        (change,) = audit.list_changes("cluster_people", cluster.id)
        assert change.now["person_id"] == person.id
        assert change.by_user_id == BY.user_id

    @pytest.mark.parametrize(
        ("kind", "role"),
        [
            ("ep", ServiceRoleKind.ASEP),
            ("asep", ServiceRoleKind.EP),
            ("ep", ServiceRoleKind.INCLUSION_LEAD),
            ("cover", ServiceRoleKind.SUPPORT_OFFICER),
            ("manager", ServiceRoleKind.ADMINISTRATOR),
            ("named_partner", ServiceRoleKind.EP),
        ],
    )
    def test_wrong_role_may_not(self, cluster: Cluster, kind: str, role: ServiceRoleKind) -> None:
        person = person_with(role)
        with pytest.raises(DomainError, match="does not hold a role"):
            give(cluster, person, kind)

    def test_senco_may_not_be_the_ep(self, cluster: Cluster) -> None:
        user = make_school_user(make_school())
        person = db.session.get_one(Person, user.person_id)
        db.session.commit()
        with pytest.raises(DomainError, match="does not hold a role"):
            give(cluster, person, "ep")

    def test_partner_may_be_the_named_partner(self, cluster: Cluster) -> None:
        person = db.session.get_one(Person, make_partner_user().person_id)
        db.session.commit()
        give(cluster, person, "named_partner")
        assert len(list_supporters([cluster.id])) == 1

    def test_role_must_hold_on_the_first_day(self, cluster: Cluster) -> None:
        person = person_with(ServiceRoleKind.EP)
        db.session.query(ServiceRole).filter_by(person_id=person.id).one().ends_on = YESTERDAY
        db.session.commit()
        with pytest.raises(DomainError, match="does not hold a role"):
            give(cluster, person, "ep")

    def test_same_part_twice_on_one_day_is_refused(self, cluster: Cluster) -> None:
        person = person_with(ServiceRoleKind.EP)
        give(cluster, person, "ep", LATER)
        with pytest.raises(DomainError, match="from 1 January 2027 already"):
            give(cluster, person, "ep", TODAY)

    def test_same_part_again_after_it_ended(self, cluster: Cluster) -> None:
        person = person_with(ServiceRoleKind.EP)
        first = give(cluster, person, "ep", LONG_AGO)
        with transaction():
            end_assignment(cluster.id, first.id, YESTERDAY, by=BY)
        assert give(cluster, person, "ep", TODAY).id != first.id

    def test_unknown_kind_is_refused(self, cluster: Cluster) -> None:
        person = person_with(ServiceRoleKind.EP)
        with pytest.raises(DomainError, match="what they are"):
            give(cluster, person, "king")

    def test_two_people_assigning_at_once_make_one_assignment(self, committed_app: Flask) -> None:
        cluster, person = make_cluster(), person_with(ServiceRoleKind.EP)
        start, said = Barrier(2), []

        def run() -> None:
            with committed_app.app_context():
                start.wait()
                try:
                    give(cluster, person, "ep")
                    said.append("assigned")
                except DomainError as error:
                    said.append(error.field or "")

        threads = [Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        db.session.rollback()
        assert sorted(said) == ["assigned", "person"]
        assert db.session.query(Assignment).count() == 1

    def test_nobody_gives_themselves_a_part_but_the_lead(self, cluster: Cluster) -> None:
        person = person_with(ServiceRoleKind.EP)
        themselves = replace(BY, person_id=person.id)
        with pytest.raises(DomainError, match="Nobody gives themselves a part"), transaction():
            assign_person(cluster.id, person.id, "ep", TODAY, by=themselves)
        lead = replace(themselves, service_roles=frozenset({ServiceRoleKind.INCLUSION_LEAD}))
        with transaction():
            assert assign_person(cluster.id, person.id, "ep", TODAY, by=lead).person_id == person.id


class TestEndAssignment:
    def test_last_day_still_holds(self, cluster: Cluster) -> None:
        row = give(cluster, person_with(ServiceRoleKind.EP), "ep", LONG_AGO)
        with transaction():
            end_assignment(cluster.id, row.id, TODAY, by=BY)
        assert len(list_supporters([cluster.id], TODAY)) == 1
        assert list_supporters([cluster.id], date(2026, 11, 11)) == []

    def test_before_it_began_is_refused(self, cluster: Cluster) -> None:
        row = give(cluster, person_with(ServiceRoleKind.EP), "ep", TODAY)
        with pytest.raises(DomainError, match="began on 10 November 2026"), transaction():
            end_assignment(cluster.id, row.id, YESTERDAY, by=BY)

    def test_one_that_has_not_begun_is_withdrawn_with_a_history(self, cluster: Cluster) -> None:
        row = give(cluster, person_with(ServiceRoleKind.EP), "ep", LATER)
        with transaction():
            assert end_assignment(cluster.id, row.id, TODAY, by=BY) == (None, [])
        assert db.session.query(Assignment).count() == 0
        changes = audit.list_changes("cluster_people", cluster.id)
        assert [change.verb for change in changes] == ["started", "withdrawn"]
        assert {change.by_user_id for change in changes} == {BY.user_id}

    def test_ended_one_stays_ended(self, cluster: Cluster) -> None:
        row = give(cluster, person_with(ServiceRoleKind.EP), "ep", LONG_AGO)
        with transaction():
            end_assignment(cluster.id, row.id, YESTERDAY, by=BY)
        with pytest.raises(DomainError, match="ended on 9 November 2026"), transaction():
            end_assignment(cluster.id, row.id, LATER, by=BY)

    def test_assignment_of_another_cluster_is_not_found(self, cluster: Cluster) -> None:
        row = give(cluster, person_with(ServiceRoleKind.EP), "ep")
        other = make_cluster()
        db.session.commit()
        with pytest.raises(NotFoundError), transaction():
            end_assignment(other.id, row.id, TODAY, by=BY)


class TestListAssignablePeople:
    def test_staff_and_partners_with_their_roles(self, cluster: Cluster) -> None:
        ep = person_with(ServiceRoleKind.EP)
        partner = db.session.get_one(Person, make_partner_user().person_id)
        person_with(ServiceRoleKind.ADMINISTRATOR)
        make_school_user(make_school())
        found = dict(list_assignable_people())
        assert set(found) == {ep.id, partner.id}
        assert found[ep.id] == f"{ep.name}, Educational psychologist"


class TestPages:
    @pytest.fixture
    def lead(self, client: GatedClient, cluster: Cluster) -> GatedClient:
        user = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
        db.session.commit()
        client.sign_in(user)
        return client

    def test_assigned_ep_is_listed_and_gains_the_right_at_once(
        self, lead: GatedClient, client: GatedClient, cluster: Cluster
    ) -> None:
        user = make_service_user(ServiceRoleKind.EP)
        db.session.commit()
        answer = lead.send(
            "/clusters/alder/people",
            person=user.person_id,
            kind="ep",
            starts_on=["10", "11", "2026"],
        )
        assert answer.location == "/clusters/alder/people"
        assert "Since 10 November 2026" in lead.get("/clusters/alder/people").text
        client.sign_in(user)
        assert "/clusters/alder" in client.get("/").text

    def test_wrong_role_is_said_at_the_person(self, lead: GatedClient, cluster: Cluster) -> None:
        person = person_with(ServiceRoleKind.ASEP)
        answer = lead.send(
            "/clusters/alder/people", person=person.id, kind="ep", starts_on=["1", "1", "2027"]
        )
        assert answer.status_code == 422
        assert 'href="#person"' in answer.text

    def test_end_sets_the_last_day(self, lead: GatedClient, cluster: Cluster) -> None:
        row = assign(person_with(ServiceRoleKind.EP), cluster, "ep")
        db.session.commit()
        address = f"/clusters/alder/people/{row.id}/end"
        assert lead.get(address).status_code == 200
        lead.send(address, last_day=["31", "12", "2026"])
        assert "until 31 December 2026" in lead.get("/clusters/alder/people").text

    def test_end_before_it_began_is_refused(self, lead: GatedClient, cluster: Cluster) -> None:
        row = assign(person_with(ServiceRoleKind.EP), cluster, "ep", TODAY)
        db.session.commit()
        address = f"/clusters/alder/people/{row.id}/end"
        answer = lead.send(address, last_day=["1", "1", "2020"])
        assert answer.status_code == 422
        assert 'href="#last_day-day"' in answer.text

    def test_assignment_of_another_cluster_is_not_found(
        self, lead: GatedClient, cluster: Cluster
    ) -> None:
        row = assign(person_with(ServiceRoleKind.EP), make_cluster("Beech"), "ep")
        db.session.commit()
        assert lead.get(f"/clusters/alder/people/{row.id}/end").status_code == 404
