"""Who is shown on a school's page, and to whom with an address."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from cop_site.accounts.models import Person, SchoolRoleKind, ServiceRoleKind
from cop_site.db import db
from cop_site.people.school_people_queries import list_school_people
from cop_site.schools.models import School
from tests.factories.people import (
    assign,
    give_school_role,
    give_service_role,
    make_partner_user,
    make_person,
    make_school_user,
    make_service_user,
)
from tests.factories.schools import join_cluster, make_authority, make_cluster, make_school
from tests.support.client import GatedClient
from tests.support.statements import count_statements


class TestListSchoolPeople:
    def test_sencos_first_then_by_name_and_only_todays(self, app: Flask) -> None:
        school = make_school()
        for name, role in (
            ("Ash", SchoolRoleKind.HEADTEACHER),
            ("Birch", SchoolRoleKind.SENCO),
            ("Alder", SchoolRoleKind.SENCO),
        ):
            give_school_role(make_person(name), school, role)
        give_school_role(make_person("Left"), school, ends_on=date(2026, 11, 9))
        give_school_role(make_person("Later"), school, starts_on=date(2026, 11, 11))
        give_school_role(make_person("Elsewhere"), make_school())
        found = list_school_people([school.id])
        assert [one.name for one in found] == ["Alder", "Birch", "Ash"]
        sencos = list_school_people([school.id], (SchoolRoleKind.SENCO,))
        assert [one.name for one in sencos] == ["Alder", "Birch"]

    def test_merged_person_is_left_out(self, app: Flask) -> None:
        school, known, repeat = make_school(), make_person("Known"), make_person("Repeat")
        give_school_role(known, school)
        give_school_role(repeat, school)
        repeat.merged_into_id = known.id
        db.session.flush()
        assert [one.name for one in list_school_people([school.id])] == ["Known"]


@pytest.fixture
def school(app: Flask) -> School:
    """A school with a SENCO, in a cluster with an EP."""
    make_authority()
    school, cluster = make_school("Oak"), make_cluster("Alder")
    join_cluster(school, cluster)
    give_school_role(make_person("The Senco", "senco@oak.example"), school)
    ep = make_person("The Ep", "ep@service.example")
    give_service_role(ep, ServiceRoleKind.EP)
    assign(ep, cluster, "ep")
    db.session.commit()
    return school


class TestPeoplePanel:
    @pytest.mark.parametrize("who", ["colleague", "other_ep", "other_school", "partner"])
    def test_names_for_all_and_addresses_for_those_who_may(
        self, client: GatedClient, school: School, who: str
    ) -> None:
        user = {
            "colleague": lambda: make_school_user(school, role=SchoolRoleKind.TEACHER),
            "other_ep": lambda: make_service_user(ServiceRoleKind.EP),
            "other_school": lambda: make_school_user(make_school()),
            "partner": make_partner_user,
        }[who]()
        db.session.commit()
        client.sign_in(user)
        page = client.get(f"/schools/{school.id}").text
        for words in ("The Senco", "The Ep", "Educational psychologist, Alder"):
            assert words in page
        may = who in ("colleague", "other_ep")
        assert ("senco@oak.example" in page) is may
        assert ("ep@service.example" in page) is may

    def test_school_without_people_says_so(self, client: GatedClient, school: School) -> None:
        empty = make_school()
        user = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
        db.session.commit()
        client.sign_in(user)
        page = client.get(f"/schools/{empty.id}").text
        assert "Nobody is recorded at this school today." in page

    def test_statements_do_not_grow_with_people(self, client: GatedClient, school: School) -> None:
        user = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
        db.session.commit()
        client.sign_in(user)
        counts = []
        for more in (2, 27):
            for _ in range(more):
                give_school_role(make_person(), school)
            db.session.commit()
            db.session.expunge_all()
            with count_statements() as sent:
                client.get(f"/schools/{school.id}")
            counts.append(len(sent))
        # The lead has every panel: 3 for the frame, 4 for the timeline, 1 for each other thing.
        assert counts[0] == counts[1] <= 14
        assert db.session.query(Person).count() >= 30
