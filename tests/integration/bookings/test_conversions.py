"""A school became another: what is current goes along, what was stays."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind, ServiceRoleKind, Standing
from cop_site.bookings.conversion_queries import get_conversion, list_conversions
from cop_site.bookings.conversion_services import Moved, move_to_successor
from cop_site.bookings.models import BookingSchool, BookingState
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.schools.models import School, SchoolLink, SchoolLinkKind, SchoolStatus
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.factories.events import make_booking, make_event
from tests.factories.people import (
    give_school_role,
    make_person,
    make_school_user,
    make_service_user,
)
from tests.factories.schools import join_cluster, make_cluster, make_school
from tests.support.client import GatedClient
from tests.support.race import race

pytestmark = pytest.mark.usefixtures("app")
FIRST_DAY, EVE = date(2026, 9, 1), date(2026, 8, 31)
TODAY = date(2026, 11, 10)


@pytest.fixture
def admin(app: Flask) -> ActingUser:
    return acting(make_service_user(ServiceRoleKind.ADMINISTRATOR))


@pytest.fixture
def old(app: Flask) -> School:
    return make_school("Elm", status=SchoolStatus.CLOSED, closed_on=EVE)


@pytest.fixture
def new(old: School) -> School:
    school = make_school("Elm", opened_on=FIRST_DAY)
    link(old, school)
    return school


def link(old: School, new: School, kind: SchoolLinkKind = SchoolLinkKind.SUCCESSOR) -> None:
    db.session.add(SchoolLink(school_id=old.id, successor_id=new.id, kind=kind))
    db.session.flush()


def roles_at(school: School) -> list[tuple[str, SchoolRoleKind, date, date | None]]:
    rows = db.session.execute(
        sa.select(Person.name, SchoolRole.role, SchoolRole.starts_on, SchoolRole.ends_on)
        .join(Person, Person.id == SchoolRole.person_id)
        .where(SchoolRole.school_id == school.id)
        .order_by(SchoolRole.starts_on, SchoolRole.id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def clusters_of(school: School) -> list[tuple[int, date, date | None]]:
    rows = db.session.scalars(
        sa.select(ClusterMembership)
        .where(ClusterMembership.school_id == school.id)
        .order_by(ClusterMembership.id)
        .execution_options(populate_existing=True)
    )
    return [(row.cluster_id, row.starts_on, row.ends_on) for row in rows]


class TestListConversions:
    def test_names_those_with_something_left_and_counts_it(self, old: School, new: School) -> None:
        assert list_conversions() == []
        person = make_person()
        give_school_role(person, old)
        join_cluster(old, make_cluster())
        make_booking(make_event(), person, old)
        make_booking(make_event(clock.now() - timedelta(days=9)), person, old)
        (found,) = list_conversions()
        assert (found.people, found.clusters, found.bookings) == (1, 1, 1)
        assert (found.before.id, found.after.id, found.day) == (old.id, new.id, FIRST_DAY)

    def test_a_school_that_another_was_split_from_keeps_its_people(self) -> None:
        goes_on, split_off = make_school(), make_school()
        link(goes_on, split_off)
        give_school_role(make_person(), goes_on)
        assert list_conversions() == []
        with pytest.raises(NotFoundError):
            get_conversion(goes_on.id, split_off.id)

    def test_a_link_older_than_the_new_school_waits_for_it_to_open(self, old: School) -> None:
        new = make_school(opened_on=FIRST_DAY)
        db.session.add(
            SchoolLink(
                school_id=old.id,
                successor_id=new.id,
                kind=SchoolLinkKind.SUCCESSOR,
                linked_on=date(2026, 3, 1),
            )
        )
        db.session.flush()
        assert get_conversion(old.id, new.id).day == FIRST_DAY

    def test_other_links_are_no_conversions(self, old: School) -> None:
        other = make_school()
        link(old, other, SchoolLinkKind.OTHER)
        give_school_role(make_person(), old)
        assert list_conversions() == []
        with pytest.raises(NotFoundError):
            get_conversion(old.id, other.id)


class TestMoveToSuccessor:
    def test_people_go_with_role_standing_and_end(
        self, old: School, new: School, admin: ActingUser
    ) -> None:
        acting_senco = give_school_role(make_person("A"), old, ends_on=date(2027, 1, 31))
        acting_senco.standing = Standing.ACTING
        later = give_school_role(
            make_person("B"), old, SchoolRoleKind.OFFICE, starts_on=date(2027, 1, 4)
        )
        gone = give_school_role(make_person("C"), old, SchoolRoleKind.TEACHER, ends_on=EVE)
        moved = move_to_successor(old.id, new.id, FIRST_DAY, by=admin)
        assert moved == Moved(2, 0, 0)
        assert roles_at(new) == [
            ("A", SchoolRoleKind.SENCO, FIRST_DAY, date(2027, 1, 31)),
            ("B", SchoolRoleKind.OFFICE, later.starts_on, None),
        ]
        assert roles_at(old) == [
            ("A", SchoolRoleKind.SENCO, acting_senco.starts_on, EVE),
            ("C", SchoolRoleKind.TEACHER, gone.starts_on, EVE),
        ]
        standings = db.session.scalars(
            sa.select(SchoolRole.standing).where(SchoolRole.school_id == new.id)
        )
        assert Standing.ACTING in list(standings)

    def test_a_role_that_began_at_the_old_school_since_is_not_undone(
        self, old: School, new: School, admin: ActingUser
    ) -> None:
        give_school_role(make_person("A"), old, starts_on=date(2026, 10, 1))
        move_to_successor(old.id, new.id, FIRST_DAY, by=admin)
        assert roles_at(old)[0][2:] == (date(2026, 10, 1), TODAY)
        assert roles_at(new)[0][2:] == (TODAY + timedelta(days=1), None)

    def test_who_is_there_already_is_told_and_not_doubled(
        self, old: School, new: School, admin: ActingUser
    ) -> None:
        person = make_person("A")
        give_school_role(person, old)
        give_school_role(person, new, starts_on=FIRST_DAY)
        assert move_to_successor(old.id, new.id, FIRST_DAY, by=admin) == Moved(1, 0, 0)
        assert len(roles_at(new)) == 1
        assert roles_at(old)[0][3] == EVE

    def test_who_can_not_begin_there_goes_on_at_the_old_school(
        self, old: School, new: School
    ) -> None:
        user = make_service_user(ServiceRoleKind.ADMINISTRATOR)
        person = db.session.get_one(Person, user.person_id)
        give_school_role(person, old)
        moved = move_to_successor(old.id, new.id, FIRST_DAY, by=acting(user))
        assert moved.people == 0 and "somebody else must move it" in moved.stayed[0]
        assert roles_at(old)[0][3] is None

    def test_somebody_merged_into_another_is_passed_over(
        self, old: School, new: School, admin: ActingUser
    ) -> None:
        merged = make_person("A")
        give_school_role(merged, old)
        merged.merged_into_id = make_person("B").id
        db.session.flush()
        assert move_to_successor(old.id, new.id, FIRST_DAY, by=admin).people == 0

    def test_clusters_go_along_on_the_day(
        self, old: School, new: School, admin: ActingUser
    ) -> None:
        cop, partnership = make_cluster(), make_cluster(kind="inclusion_partnership")
        for cluster in (cop, partnership):
            join_cluster(old, cluster)
        assert move_to_successor(old.id, new.id, FIRST_DAY, by=admin).clusters == 2
        assert {row[0] for row in clusters_of(new)} == {cop.id, partnership.id}
        assert {row[1:] for row in clusters_of(new)} == {(FIRST_DAY, None)}
        assert {row[2] for row in clusters_of(old)} == {EVE}

    def test_a_cop_of_its_own_stays(self, old: School, new: School, admin: ActingUser) -> None:
        join_cluster(old, make_cluster())
        own = make_cluster()
        join_cluster(new, own, FIRST_DAY)
        moved = move_to_successor(old.id, new.id, FIRST_DAY, by=admin)
        assert moved.clusters == 0 and "of its own already" in moved.stayed[0]
        assert clusters_of(new) == [(own.id, FIRST_DAY, None)]
        assert clusters_of(old)[0][2] == EVE

    def test_bookings_ahead_name_the_new_school_once(
        self, old: School, new: School, admin: ActingUser
    ) -> None:
        person = make_person()
        ahead = make_booking(make_event(), person, old)
        both = make_booking(make_event(), person, old, new)
        past = make_booking(make_event(clock.now() - timedelta(days=9)), person, old)
        gone = make_booking(make_event(), person, old, state=BookingState.CANCELLED)
        assert move_to_successor(old.id, new.id, FIRST_DAY, by=admin).bookings == 2

        def named(booking_id: int) -> list[int]:
            query = sa.select(BookingSchool.school_id).where(BookingSchool.booking_id == booking_id)
            return list(db.session.scalars(query))

        assert [named(one.id) for one in (ahead, both)] == [[new.id], [new.id]]
        assert [named(one.id) for one in (past, gone)] == [[old.id], [old.id]]
        assert audit.list_changes("booking", ahead.id)[-1].now == {"school_id": new.id}

    def test_bookings_before_the_day_stay(
        self, old: School, new: School, admin: ActingUser
    ) -> None:
        new.opened_on = date(2027, 1, 1)
        soon = make_booking(make_event(clock.now() + timedelta(days=7)), make_person(), old)
        later = make_booking(make_event(clock.now() + timedelta(days=70)), make_person(), old)
        moved = move_to_successor(old.id, new.id, date(2027, 1, 1), by=admin)
        assert moved.bookings == 1
        named = dict(
            db.session.execute(sa.select(BookingSchool.booking_id, BookingSchool.school_id)).all()
        )
        assert named == {soon.id: old.id, later.id: new.id}

    @pytest.mark.parametrize("status", [SchoolStatus.CLOSED, SchoolStatus.OPEN])
    def test_to_a_school_that_is_closed_nothing_moves(
        self, old: School, new: School, admin: ActingUser, status: SchoolStatus
    ) -> None:
        give_school_role(make_person(), old)
        new.status, new.closed_on = status, FIRST_DAY
        with pytest.raises(DomainError, match="closed on that day"):
            move_to_successor(old.id, new.id, FIRST_DAY, by=admin)
        assert roles_at(new) == []

    def test_twice_finds_nothing_left(self, old: School, new: School, admin: ActingUser) -> None:
        give_school_role(make_person(), old)
        join_cluster(old, make_cluster())
        move_to_successor(old.id, new.id, FIRST_DAY, by=admin)
        assert move_to_successor(old.id, new.id, FIRST_DAY, by=admin) == Moved(0, 0, 0)

    def test_before_the_new_school_opened_is_refused(
        self, old: School, new: School, admin: ActingUser
    ) -> None:
        with pytest.raises(DomainError, match="opened on 1 September 2026"):
            move_to_successor(old.id, new.id, EVE, by=admin)

    def test_two_at_once_move_each_once(self, committed_app: Flask) -> None:
        old, new = make_school("Elm", status=SchoolStatus.CLOSED), make_school("Elm")
        link(old, new)
        person = make_person()
        give_school_role(person, old)
        join_cluster(old, make_cluster())
        make_booking(make_event(), person, old)
        by = acting(make_service_user(ServiceRoleKind.ADMINISTRATOR))
        ids = old.id, new.id
        db.session.commit()

        def move() -> tuple[int, int, int]:
            with transaction():
                moved = move_to_successor(*ids, FIRST_DAY, by=by)
            return moved.people, moved.clusters, moved.bookings

        answers = race(committed_app, [move] * 3)
        assert sorted(answers) == [(0, 0, 0), (0, 0, 0), (1, 1, 1)]
        assert len(roles_at(new)) == len(clusters_of(new)) == 1


@pytest.mark.sqlite_only
class TestPages:
    def test_looked_at_and_moved(self, client: GatedClient, old: School, new: School) -> None:
        make_school_user(old, name="The SENCO")
        client.sign_in(make_service_user(ServiceRoleKind.ADMINISTRATOR))
        listed = client.get("/schools/conversions").text
        page = f"/schools/conversions/{old.id}/{new.id}"
        assert f'href="{page}"' in listed and "1 person, no clusters, no bookings" in listed
        assert 'value="09"' in client.get(page).text
        assert client.send(page, day=["31", "8", "2026"]).status_code == 422
        assert client.send(page, day=["1", "9", "2026"]).location == "/schools/conversions"
        text = client.get("/schools/conversions").text
        assert "Moved: 1 person" in text and "Nothing is left" in text

    def test_schools_that_are_not_linked_have_no_page(
        self, client: GatedClient, old: School
    ) -> None:
        client.sign_in(make_service_user(ServiceRoleKind.ADMINISTRATOR))
        other = make_school()
        db.session.commit()
        page = f"/schools/conversions/{old.id}/{other.id}"
        assert client.get(page).status_code == 404
        assert client.send(page, day=["1", "9", "2026"]).status_code == 404
