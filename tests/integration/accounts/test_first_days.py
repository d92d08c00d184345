"""A first day that is wrong is put right: of a role, and of a part in a cluster."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import audit
from cop_site.accounts import assignment_services, role_services
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import (
    Person,
    SchoolRole,
    SchoolRoleKind,
    ServiceRole,
    ServiceRoleKind,
    SignIn,
    User,
)
from cop_site.accounts.services import start_sign_in
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.people.school_people_queries import list_school_people
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School
from tests.factories.acting import acting
from tests.factories.people import (
    assign,
    give_school_role,
    make_person,
    make_school_user,
    make_service_user,
)
from tests.factories.schools import make_authority, make_cluster, make_school
from tests.support.client import GatedClient

TODAY = date(2026, 11, 10)
YESTERDAY, TOMORROW = date(2026, 11, 9), date(2026, 11, 11)
LONG_SINCE = date(2010, 9, 1)
DAY = ["1", "9", "2010"]
FIELDS: dict[str, Any] = {"first_day": DAY, "reason": "SENCO before the site began"}
SENCO, TEACHER = SchoolRoleKind.SENCO, SchoolRoleKind.TEACHER


@pytest.fixture
def admin(app: Flask) -> ActingUser:
    make_authority()
    return acting(make_service_user(ServiceRoleKind.ADMINISTRATOR))


def correct(row: role_services.Role, day: date, by: ActingUser) -> bool:
    return role_services.correct_first_day(row, day, by=by, reason="Typed wrongly")


def is_signed_in(user: User) -> bool:
    query = sa.select(SignIn.id).where(SignIn.user_id == user.id, SignIn.ended_at.is_(None))
    return db.session.scalar(query) is not None


def service_role_of(user: User | ActingUser) -> ServiceRole:
    return db.session.scalars(
        sa.select(ServiceRole).where(ServiceRole.person_id == user.person_id)
    ).one()


class TestOfARole:
    def test_is_kept_with_the_reason_and_whether_they_are_new_follows(
        self, admin: ActingUser
    ) -> None:
        person, school = make_person(), make_school()
        row = give_school_role(person, school, starts_on=TODAY)
        assert [one.is_new for one in list_school_people([school.id])] == [True]
        assert correct(row, LONG_SINCE, admin)
        assert [one.is_new for one in list_school_people([school.id])] == [False]
        (change,) = audit.list_changes("person", person.id)
        assert (change.verb, change.reason) == ("first day corrected", "Typed wrongly")
        assert change.by_user_id == admin.user_id
        assert (change.was["starts_on"], change.now["starts_on"]) == ("2026-11-10", "2010-09-01")

    def test_the_same_day_again_is_no_change(self, admin: ActingUser) -> None:
        row = give_school_role(make_person(), make_school(), starts_on=TODAY)
        assert not correct(row, TODAY, admin)
        assert audit.list_changes("person", row.person_id) == []

    def test_is_not_after_the_last_day(self, admin: ActingUser) -> None:
        row = give_school_role(make_person(), make_school(), starts_on=YESTERDAY, ends_on=TODAY)
        with pytest.raises(DomainError, match="The last day is 10 November 2026") as refused:
            correct(row, TOMORROW, admin)
        assert (refused.value.field, row.starts_on) == ("first_day", YESTERDAY)
        assert correct(row, TODAY, admin)

    def test_is_not_over_a_year_ahead(self, admin: ActingUser) -> None:
        row = give_school_role(make_person(), make_school(), starts_on=TODAY)
        with pytest.raises(DomainError, match="within a year"):
            correct(row, TODAY + timedelta(days=367), admin)

    def test_is_not_after_the_school_closed(self, admin: ActingUser) -> None:
        school = make_school("Oak", closed_on=TOMORROW)
        row = give_school_role(make_person(), school, starts_on=YESTERDAY)
        with pytest.raises(DomainError, match="Oak is closed on that day"):
            correct(row, TOMORROW, admin)
        assert correct(row, TODAY, admin)

    def test_does_not_run_into_the_same_role_before(self, admin: ActingUser) -> None:
        person, school = make_person("Nora"), make_school("Oak")
        give_school_role(person, school, starts_on=LONG_SINCE, ends_on=date(2020, 7, 31))
        row = give_school_role(person, school, starts_on=TODAY)
        with pytest.raises(DomainError) as refused, db.session.begin_nested():
            correct(row, date(2020, 7, 31), admin)
        assert str(refused.value) == "Nora is SENCO at Oak from 1 September 2010 already."
        assert refused.value.field == "first_day"
        assert correct(row, date(2020, 8, 1), admin)

    def test_another_role_school_or_person_is_no_overlap(self, admin: ActingUser) -> None:
        person, school = make_person(), make_school()
        row = give_school_role(person, school, starts_on=TODAY)
        give_school_role(person, school, TEACHER)
        give_school_role(person, make_school())
        give_school_role(make_person(), school)
        assert correct(row, LONG_SINCE, admin)

    def test_nobody_lets_their_own_begin_earlier(self, app: Flask) -> None:
        school = make_school()
        by = acting(make_school_user(school, role=SchoolRoleKind.OFFICE))
        person = db.session.get_one(Person, by.person_id)
        row = give_school_role(person, school, starts_on=TOMORROW)
        with pytest.raises(DomainError, match="Somebody else must give you a role"):
            correct(row, TODAY, by)

    @pytest.mark.parametrize(
        ("begins", "corrected", "stays"),
        [(TODAY, LONG_SINCE, True), (TODAY, TOMORROW, False), (TOMORROW, TODAY, True)],
    )
    def test_ends_sign_ins_where_a_right_goes(
        self, admin: ActingUser, begins: date, corrected: date, stays: bool
    ) -> None:
        user = make_school_user(make_school(), starts_on=begins)
        start_sign_in(user.id, remember=False, device="")
        row = db.session.query(SchoolRole).filter_by(person_id=user.person_id).one()
        correct(row, corrected, admin)
        assert is_signed_in(user) == stays

    def test_ends_sign_ins_where_a_role_in_the_service_begins(self, admin: ActingUser) -> None:
        user = make_service_user(ServiceRoleKind.EP)
        row = service_role_of(user)
        row.starts_on = TOMORROW
        start_sign_in(user.id, remember=False, device="")
        correct(row, TODAY, admin)
        assert not is_signed_in(user)

    def test_the_last_administrator_stays_one(self, admin: ActingUser) -> None:
        with pytest.raises(DomainError, match="always be an administrator"):
            correct(service_role_of(admin), TOMORROW, admin)


class TestOfAPartInACluster:
    @pytest.fixture
    def cluster(self, app: Flask) -> Cluster:
        return make_cluster("Alder")

    def assigned(self, cluster: Cluster, kind: ServiceRoleKind = ServiceRoleKind.EP) -> Any:
        person = db.session.get_one(Person, make_service_user(kind).person_id)
        return assign(person, cluster, kind.value, TODAY)

    def correct(self, row: Any, day: date, by: ActingUser) -> bool:
        return assignment_services.correct_first_day(
            row.cluster_id, row.id, day, by=by, reason="Typed wrongly"
        )

    def test_is_kept_with_the_reason(self, admin: ActingUser, cluster: Cluster) -> None:
        row = self.assigned(cluster)
        since = date(2024, 9, 1)
        assert self.correct(row, since, admin)
        assert not self.correct(row, since, admin)
        (change,) = audit.list_changes("cluster_people", cluster.id)
        assert (change.verb, change.reason) == ("first day corrected", "Typed wrongly")
        assert (change.was["starts_on"], change.now["starts_on"]) == ("2026-11-10", "2024-09-01")

    def test_is_refused_where_they_held_no_role_for_it(
        self, admin: ActingUser, cluster: Cluster
    ) -> None:
        with pytest.raises(DomainError, match="does not hold a role that allows this") as refused:
            self.correct(self.assigned(cluster), date(2001, 1, 1), admin)
        assert refused.value.field == "first_day"

    def test_is_not_after_the_last_day_nor_in_one_before(
        self, admin: ActingUser, cluster: Cluster
    ) -> None:
        row = self.assigned(cluster)
        row.ends_on = TOMORROW
        db.session.flush()
        with pytest.raises(DomainError, match="The last day is 11 November 2026"):
            self.correct(row, TOMORROW + timedelta(days=1), admin)
        before = assign(db.session.get_one(Person, row.person_id), cluster, "ep", date(2023, 1, 1))
        before.ends_on = YESTERDAY
        db.session.flush()
        with pytest.raises(DomainError, match="from 1 January 2023 already"):
            self.correct(row, YESTERDAY, admin)

    def test_cover_stays_within_what_it_covers(self, admin: ActingUser, cluster: Cluster) -> None:
        row = self.assigned(cluster)
        cover = self.assigned(cluster, ServiceRoleKind.ASEP)
        cover.kind_key, cover.covers_id, cover.ends_on = "cover", row.id, TOMORROW
        db.session.flush()
        with pytest.raises(DomainError, match="Who is covered began on 10 November 2026"):
            self.correct(cover, YESTERDAY, admin)
        with pytest.raises(DomainError, match="Cover for them began on 10 November 2026"):
            self.correct(row, TOMORROW, admin)
        self.correct(row, date(2024, 9, 1), admin)
        with pytest.raises(DomainError, match="Cover for a year at most"):
            self.correct(cover, date(2025, 9, 1), admin)
        assert self.correct(cover, YESTERDAY, admin)


class TestPages:
    def senco(self, name: str = "Sena Senco") -> SchoolRole:
        user = make_school_user(make_school("Oak"), name=name, starts_on=TODAY)
        db.session.commit()
        return db.session.query(SchoolRole).filter_by(person_id=user.person_id).one()

    def enter(self, client: GatedClient, kind: ServiceRoleKind) -> None:
        make_authority()
        user = make_service_user(kind)
        db.session.commit()
        client.sign_in(user)

    def first_day(self, row_id: int) -> date | None:
        query = sa.select(SchoolRole.starts_on).where(SchoolRole.id == row_id)
        return db.session.scalar(query)

    def test_an_administrator_does_it_from_the_person(
        self, client: GatedClient, app: Flask
    ) -> None:
        self.enter(client, ServiceRoleKind.ADMINISTRATOR)
        row = self.senco()
        row_id, person = row.id, f"/people/{row.person_id}"
        path = f"{person}/roles/school/{row_id}/first-day"
        assert path in client.get(person).text
        assert 'value="2026"' in client.get(path).text
        refused = client.send(path, first_day=["1", "1", "2010"])
        assert refused.status_code == 422 and "Enter why it is corrected" in refused.text
        ahead = client.send(path, **{**FIELDS, "first_day": ["1", "1", "2031"]})
        assert ahead.status_code == 422 and "within a year" in ahead.text
        assert client.send(path, **FIELDS).location == person
        assert self.first_day(row_id) == LONG_SINCE
        page = client.get(person).text
        assert "SENCO at Oak: first day 1 September 2010, not 10 November 2026" in page
        assert "SENCO before the site began" in page and "New in role" not in page

    def test_a_schools_own_office_does_it_from_its_people(
        self, client: GatedClient, app: Flask
    ) -> None:
        make_authority()
        row = self.senco()
        office = make_school_user(
            db.session.get_one(School, row.school_id), role=SchoolRoleKind.OFFICE
        )
        row_id, people = row.id, f"/schools/{row.school_id}/people"
        db.session.commit()
        client.sign_in(office)
        path = f"{people}/{row_id}/first-day"
        assert path in client.get(people).text and client.get(path).status_code == 200
        ahead = client.send(path, **{**FIELDS, "first_day": ["1", "1", "2031"]})
        assert ahead.status_code == 422 and "within a year" in ahead.text
        assert client.send(path, **FIELDS).location == people
        assert self.first_day(row_id) == LONG_SINCE

    def test_the_lead_does_it_for_a_part_in_a_cluster(
        self, client: GatedClient, app: Flask
    ) -> None:
        self.enter(client, ServiceRoleKind.INCLUSION_LEAD)
        user = make_service_user(ServiceRoleKind.EP)
        cluster = make_cluster("Alder")
        row = assign(db.session.get_one(Person, user.person_id), cluster, "ep", TODAY)
        path = f"/clusters/alder/people/{row.id}/first-day"
        db.session.commit()
        assert path in client.get("/clusters/alder/people").text
        assert client.get(path).status_code == 200
        refused = client.send(path, **{**FIELDS, "first_day": ["1", "1", "2001"]})
        assert refused.status_code == 422 and "does not hold a role" in refused.text
        answer = client.send(path, **{**FIELDS, "first_day": ["1", "9", "2024"]})
        assert answer.location == "/clusters/alder/people"
        assert "Since 1 September 2024" in client.get("/clusters/alder/people").text
