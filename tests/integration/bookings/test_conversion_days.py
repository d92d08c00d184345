"""What the new school has for some of the days only: the old one's fills the others."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from cop_site import audit
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import SchoolRole, SchoolRoleKind, ServiceRoleKind
from cop_site.bookings.conversion_services import Span, find_free_days, move_to_successor
from cop_site.db import db
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.schools.models import School, SchoolLink, SchoolLinkKind, SchoolStatus
from tests.factories.acting import acting
from tests.factories.people import give_school_role, make_person, make_service_user
from tests.factories.schools import join_cluster, make_cluster, make_school

DAY, EVE = date(2026, 11, 16), date(2026, 11, 15)
JANUARY, NEW_YEAR = date(2027, 1, 4), date(2027, 1, 3)
SEPTEMBER, AUGUST = date(2027, 9, 1), date(2027, 8, 31)


@pytest.fixture
def admin(app: Flask) -> ActingUser:
    return acting(make_service_user(ServiceRoleKind.ADMINISTRATOR))


@pytest.fixture
def old(app: Flask) -> School:
    return make_school("Elm", status=SchoolStatus.CLOSED, closed_on=EVE)


@pytest.fixture
def new(old: School) -> School:
    school = make_school("Elm Academy", opened_on=date(2026, 9, 1))
    kind = SchoolLinkKind.SUCCESSOR
    db.session.add(SchoolLink(school_id=old.id, successor_id=school.id, kind=kind))
    db.session.flush()
    return school


def roles_at(school: School) -> list[Span]:
    db.session.expire_all()
    rows = db.session.query(SchoolRole).filter_by(school_id=school.id)
    return [(row.starts_on, row.ends_on) for row in rows.order_by(SchoolRole.starts_on)]


def clusters_of(school: School) -> list[tuple[int, date, date | None]]:
    db.session.expire_all()
    rows = db.session.query(ClusterMembership).filter_by(school_id=school.id)
    order = (ClusterMembership.starts_on, ClusterMembership.id)
    return [(row.cluster_id, row.starts_on, row.ends_on) for row in rows.order_by(*order)]


class TestFindFreeDays:
    @pytest.mark.parametrize(
        ("last", "held", "free"),
        [
            (None, [], [(DAY, None)]),
            (None, [(JANUARY, None)], [(DAY, NEW_YEAR)]),
            (None, [(date(2020, 9, 1), EVE)], [(DAY, None)]),
            (None, [(date(2020, 9, 1), NEW_YEAR)], [(JANUARY, None)]),
            (None, [(date(2020, 9, 1), None)], []),
            (AUGUST, [(SEPTEMBER, None)], [(DAY, AUGUST)]),
            (AUGUST, [(DAY, AUGUST)], []),
            (AUGUST, [(SEPTEMBER, None), (DAY, NEW_YEAR)], [(JANUARY, AUGUST)]),
            (None, [(JANUARY, AUGUST)], [(DAY, NEW_YEAR), (SEPTEMBER, None)]),
        ],
    )
    def test_days_on_which_nothing_holds(
        self, last: date | None, held: list[Span], free: list[Span]
    ) -> None:
        rows = [SchoolRole(starts_on=first, ends_on=until) for first, until in held]
        assert find_free_days(DAY, last, rows) == free


class TestPeople:
    @pytest.mark.parametrize(
        ("there", "then"),
        [
            ((JANUARY, None), [(DAY, NEW_YEAR), (JANUARY, None)]),
            (
                (date(2026, 9, 1), date(2026, 11, 20)),
                [(date(2026, 9, 1), date(2026, 11, 20)), (date(2026, 11, 21), None)],
            ),
            ((JANUARY, AUGUST), [(DAY, NEW_YEAR), (JANUARY, AUGUST), (SEPTEMBER, None)]),
            ((date(2026, 9, 1), EVE), [(date(2026, 9, 1), EVE), (DAY, None)]),
        ],
        ids=["begins later", "ends sooner", "for some months", "is over by then"],
    )
    def test_no_day_is_without_the_role(
        self, old: School, new: School, admin: ActingUser, there: Span, then: list[Span]
    ) -> None:
        person = make_person()
        give_school_role(person, old)
        give_school_role(person, new, starts_on=there[0], ends_on=there[1])
        moved = move_to_successor(old.id, new.id, DAY, by=admin)
        assert (moved.people, moved.stayed) == (1, ())
        assert roles_at(new) == then
        assert roles_at(old)[0][1] == EVE

    def test_what_ends_goes_no_further_than_its_end(
        self, old: School, new: School, admin: ActingUser
    ) -> None:
        person = make_person()
        give_school_role(person, old, ends_on=AUGUST)
        give_school_role(person, new, starts_on=JANUARY, ends_on=date(2027, 3, 31))
        move_to_successor(old.id, new.id, DAY, by=admin)
        assert roles_at(new) == [
            (DAY, NEW_YEAR),
            (JANUARY, date(2027, 3, 31)),
            (date(2027, 4, 1), AUGUST),
        ]

    def test_one_that_was_over_before_today_is_left_alone(
        self, old: School, new: School, admin: ActingUser
    ) -> None:
        person, first = make_person(), date(2026, 9, 1)
        give_school_role(person, old)
        give_school_role(person, new, starts_on=first, ends_on=date(2026, 10, 31))
        assert move_to_successor(old.id, new.id, first, by=admin).people == 1
        assert roles_at(new) == [
            (first, date(2026, 10, 31)),
            (date(2026, 11, 1), None),
        ]

    def test_another_role_is_no_reason(self, old: School, new: School, admin: ActingUser) -> None:
        person = make_person()
        give_school_role(person, old)
        give_school_role(person, new, SchoolRoleKind.TEACHER)
        move_to_successor(old.id, new.id, DAY, by=admin)
        assert (DAY, None) in roles_at(new)


class TestClusters:
    def test_in_the_old_cop_until_its_own_begins(
        self, old: School, new: School, admin: ActingUser
    ) -> None:
        theirs, own = make_cluster(), make_cluster()
        join_cluster(old, theirs)
        join_cluster(new, own, SEPTEMBER)
        moved = move_to_successor(old.id, new.id, DAY, by=admin)
        assert moved.clusters == 1
        assert "of its own from 1 September 2027, and in the old school’s" in moved.stayed[0]
        assert clusters_of(new) == [(theirs.id, DAY, AUGUST), (own.id, SEPTEMBER, None)]
        assert clusters_of(old)[0][2] == EVE
        change = audit.list_changes("school_clusters", new.id)[-1]
        assert (change.verb, change.by_user_id) == ("started", admin.user_id)

    def test_in_the_old_cop_once_its_own_is_over(
        self, old: School, new: School, admin: ActingUser
    ) -> None:
        theirs, own = make_cluster(), make_cluster()
        join_cluster(old, theirs)
        join_cluster(new, own, date(2026, 9, 1), NEW_YEAR)
        moved = move_to_successor(old.id, new.id, DAY, by=admin)
        assert "from 1 September 2026 to 3 January 2027" in moved.stayed[0]
        assert clusters_of(new)[1] == (theirs.id, JANUARY, None)

    def test_the_same_cop_begins_sooner_or_ends_later(
        self, old: School, new: School, admin: ActingUser
    ) -> None:
        sooner, later = make_cluster(), make_cluster(kind="inclusion_partnership")
        for cluster in (sooner, later):
            join_cluster(old, cluster)
        join_cluster(new, sooner, SEPTEMBER)
        join_cluster(new, later, date(2026, 9, 1), AUGUST)
        moved = move_to_successor(old.id, new.id, DAY, by=admin)
        assert (moved.clusters, moved.stayed) == (2, ())
        assert set(clusters_of(new)) == {
            (sooner.id, DAY, None),
            (later.id, date(2026, 9, 1), None),
        }

    def test_a_move_that_was_planned_is_made_at_the_new_school(
        self, old: School, new: School, admin: ActingUser
    ) -> None:
        first, second = make_cluster(), make_cluster()
        join_cluster(old, first, ends_on=AUGUST)
        join_cluster(old, second, SEPTEMBER)
        assert move_to_successor(old.id, new.id, DAY, by=admin).clusters == 2
        assert clusters_of(new) == [(first.id, DAY, AUGUST), (second.id, SEPTEMBER, None)]
        assert [row[2] for row in clusters_of(old)] == [EVE]

    def test_grouping_that_is_not_exclusive_goes_along_whatever_cop_there_is(
        self, old: School, new: School, admin: ActingUser
    ) -> None:
        partnership, own = make_cluster(kind="inclusion_partnership"), make_cluster()
        join_cluster(old, partnership)
        join_cluster(new, own, SEPTEMBER)
        move_to_successor(old.id, new.id, DAY, by=admin)
        assert (partnership.id, DAY, None) in clusters_of(new)

    def test_twice_changes_nothing_more(self, old: School, new: School, admin: ActingUser) -> None:
        join_cluster(old, make_cluster())
        join_cluster(new, make_cluster(), SEPTEMBER)
        person = make_person()
        give_school_role(person, old)
        give_school_role(person, new, starts_on=JANUARY)
        move_to_successor(old.id, new.id, DAY, by=admin)
        was = clusters_of(new), roles_at(new)
        again = move_to_successor(old.id, new.id, DAY + timedelta(days=1), by=admin)
        assert (again.people, again.clusters) == (0, 0)
        assert (clusters_of(new), roles_at(new)) == was
