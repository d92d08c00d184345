"""Who is new as a SENCO, who hears of it, and what they are offered."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from cop_site.accounts.models import SchoolRoleKind, ServiceRoleKind, Standing, User
from cop_site.db import db
from cop_site.events.models import EventKind
from cop_site.people.mentoring_models import Mentorship
from cop_site.people.new_in_role_queries import (
    list_new_sencos,
    year_before,
)
from cop_site.people.school_people_queries import list_school_people
from cop_site.schools.cluster_models import Cluster
from tests.factories.events import make_event
from tests.factories.people import (
    give_school_role,
    make_person,
    make_school_user,
    make_service_user,
)
from tests.factories.schools import join_cluster, make_authority, make_cluster, make_school
from tests.support.client import GatedClient
from tests.support.statements import count_statements

A_YEAR_AGO = date(2025, 11, 10)
NEW = date(2026, 9, 1)


def make_new(cluster: Cluster, name: str = "", starts_on: date = NEW) -> User:
    school = make_school()
    join_cluster(school, cluster)
    user = make_school_user(school, name=name, starts_on=starts_on)
    db.session.commit()
    return user


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2026, 11, 10), A_YEAR_AGO),
        (date(2028, 2, 29), date(2027, 2, 28)),
        (date(2029, 2, 28), date(2028, 2, 28)),
    ],
)
def test_a_year_before_is_the_same_date(day: date, before: date) -> None:
    assert year_before(day) == before


class TestListNewSencos:
    @pytest.mark.parametrize(
        ("starts_on", "is_new"),
        [
            (A_YEAR_AGO, False),
            (A_YEAR_AGO + timedelta(days=1), True),
            (date(2026, 11, 10), True),
            (date(2026, 11, 11), False),
        ],
    )
    def test_less_than_a_year_from_the_first_day(
        self, app: Flask, starts_on: date, is_new: bool
    ) -> None:
        cluster = make_cluster()
        make_new(cluster, starts_on=starts_on)
        assert bool(list_new_sencos([cluster.id])) is is_new

    def test_who_moves_school_is_not_new_and_who_was_something_else_is(self, app: Flask) -> None:
        school, cluster = make_school("Oak"), make_cluster()
        join_cluster(school, cluster)
        moved, rose = make_person("Moved"), make_person("Rose")
        elsewhere = make_school()
        give_school_role(moved, elsewhere, starts_on=date(2019, 9, 1), ends_on=date(2020, 7, 1))
        give_school_role(rose, school, SchoolRoleKind.TEACHER)
        for person in (moved, rose):
            give_school_role(person, school, starts_on=NEW)
        assert [one.name for one in list_new_sencos([cluster.id])] == ["Rose"]
        assert [one.name for one in list_school_people([school.id]) if one.is_new] == ["Rose"]

    def test_acting_counts_and_a_role_that_ended_does_not(self, app: Flask) -> None:
        school, cluster = make_school(), make_cluster()
        join_cluster(school, cluster)
        acting = make_person("Acting")
        give_school_role(acting, school, starts_on=NEW).standing = Standing.ACTING
        give_school_role(make_person("Left"), school, starts_on=NEW, ends_on=date(2026, 11, 9))
        merged = make_person("Merged")
        give_school_role(merged, school, starts_on=NEW)
        merged.merged_into_id = acting.id
        db.session.flush()
        assert [one.name for one in list_new_sencos([cluster.id])] == ["Acting"]

    def test_the_next_mentor_named_already_makes_no_second_row(self, app: Flask) -> None:
        cluster = make_cluster()
        mentee = make_new(cluster).person_id
        for name, starts_on, ends_on in (
            ("Next", date(2027, 1, 4), None),
            ("Over", date(2026, 9, 2), date(2026, 11, 9)),
            ("Now", date(2026, 11, 10), date(2026, 12, 31)),
        ):
            row = Mentorship(mentor_id=make_person(name).id, mentee_id=mentee, meetings=0)
            row.starts_on, row.ends_on = starts_on, ends_on
            db.session.add(row)
        db.session.flush()
        assert [one.mentor for one in list_new_sencos([cluster.id])] == ["Now"]
        db.session.query(Mentorship).filter_by(ends_on=date(2026, 12, 31)).delete()
        assert [one.mentor for one in list_new_sencos([cluster.id])] == ["Next"]

    def test_other_clusters_are_left_out(self, app: Flask) -> None:
        mine, other = make_cluster(), make_cluster()
        make_new(other)
        assert list_new_sencos([mine.id]) == []


@pytest.mark.sqlite_only
class TestPanels:
    @pytest.fixture
    def cluster(self, app: Flask) -> Cluster:
        make_authority()
        cluster = make_cluster("Alder")
        make_new(cluster, "Nora New")
        return cluster

    @pytest.mark.parametrize(
        ("role", "own", "sees"),
        [
            (ServiceRoleKind.ASEP, True, True),
            (ServiceRoleKind.EP, True, True),
            (ServiceRoleKind.EP, False, False),
            (ServiceRoleKind.INCLUSION_LEAD, False, True),
            (ServiceRoleKind.ADMINISTRATOR, False, False),
        ],
    )
    def test_on_the_cluster_page_for_who_looks_after_it(
        self, client: GatedClient, cluster: Cluster, role: ServiceRoleKind, own: bool, sees: bool
    ) -> None:
        client.sign_in(make_service_user(role, cluster if own else None))
        page = client.get(f"/clusters/{cluster.slug}").text
        assert ("Nora New" in page) is sees
        assert ("No mentor yet" in page) is sees

    def test_on_home_of_its_asep_and_not_of_others(
        self, client: GatedClient, cluster: Cluster
    ) -> None:
        client.sign_in(make_service_user(ServiceRoleKind.ASEP, cluster))
        assert "Nora New" in client.get("/").text
        client.sign_in(make_service_user(ServiceRoleKind.ASEP, make_cluster()))
        assert "New SENCOs" not in client.get("/").text

    def test_on_the_school_page_for_service_staff_alone(
        self, client: GatedClient, cluster: Cluster
    ) -> None:
        (one,) = list_new_sencos([cluster.id])
        for user, sees in (
            (make_service_user(ServiceRoleKind.NETWORK_LEAD), True),
            (make_school_user(make_school()), False),
        ):
            db.session.commit()
            client.sign_in(user)
            page = client.get(f"/schools/{one.school_id}").text
            assert ("New in role" in page) is sees

    def test_costs_one_statement_however_many_are_new(
        self, client: GatedClient, cluster: Cluster
    ) -> None:
        client.sign_in(make_service_user(ServiceRoleKind.ASEP, cluster))
        counts = []
        for more in (2, 27):
            for _ in range(more):
                make_new(cluster)
            db.session.expunge_all()
            with count_statements() as sent:
                client.get("/")
            counts.append((len(sent), sum("mentorship" in one for one in sent)))
        assert counts[0] == counts[1]
        assert counts[0][1] == 1


@pytest.mark.sqlite_only
class TestNextInduction:
    @pytest.fixture
    def user(self, app: Flask) -> User:
        make_authority()
        return make_new(make_cluster())

    def test_is_offered_until_it_is_booked(self, client: GatedClient, user: User) -> None:
        event = make_event(kind=EventKind.INDUCTION, title="Your first year")
        make_event(kind=EventKind.CPD, title="Something else")
        db.session.commit()
        client.sign_in(user)
        assert "For you as a new SENCO" in client.get("/").text
        client.send(f"/events/{event.id}/booking")
        assert "For you as a new SENCO" not in client.get("/").text

    def test_is_not_offered_to_who_was_a_senco_before(
        self, client: GatedClient, user: User
    ) -> None:
        make_event(kind=EventKind.INDUCTION)
        person = db.session.get_one(type(make_person()), user.person_id)
        give_school_role(person, make_school(), ends_on=date(2021, 7, 1))
        db.session.commit()
        client.sign_in(user)
        assert "For you as a new SENCO" not in client.get("/").text

    def test_one_of_another_cluster_is_not_theirs(self, client: GatedClient, user: User) -> None:
        make_event(kind=EventKind.INDUCTION, cluster_id=make_cluster().id)
        db.session.commit()
        client.sign_in(user)
        assert "For you as a new SENCO" not in client.get("/").text

    def test_costs_nothing_for_everybody_else(self, client: GatedClient, user: User) -> None:
        old = make_school_user(make_school())
        make_event(kind=EventKind.INDUCTION)
        db.session.commit()
        asked = []
        for one in (old, user):
            client.sign_in(one)
            with count_statements() as sent:
                client.get("/")
            asked.append(sum("'induction'" in text or "event.kind = ?" in text for text in sent))
        assert asked[1] - asked[0] == 1
