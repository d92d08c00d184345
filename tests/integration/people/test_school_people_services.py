"""A school adds, ends, invites again and confirms its own people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import audit
from cop_site.accounts import role_services
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.invitation_services import Newcomer
from cop_site.accounts.models import (
    Person,
    SchoolRole,
    SchoolRoleKind,
    ServiceRoleKind,
    Standing,
    User,
)
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.notifications.models import OutboxMessage
from cop_site.people import (
    school_people_queries,
    school_people_services,
)
from cop_site.people.school_people_services import Part
from cop_site.schools.models import School
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.people import (
    assign,
    give_school_role,
    make_person,
    make_school_user,
    make_service_user,
    make_user,
)
from tests.factories.schools import join_cluster, make_cluster, make_school
from tests.support.race import race

TODAY = date(2026, 11, 10)
TEACHER = Part(SchoolRoleKind.TEACHER, TODAY)


def _add(school: School, by: ActingUser, email: str = "new@oak.example", **more: Any) -> SchoolRole:
    part = more.get("part", TEACHER)
    with transaction():
        newcomer = Newcomer(more.get("name", "New Teacher"), email)
        return school_people_services.add_person(school.id, newcomer, part, by=by)


def _kinds() -> Counter[str]:
    return Counter(db.session.scalars(sa.select(OutboxMessage.kind)))


@pytest.fixture
def school(app: Flask) -> School:
    return make_school("Oak")


@pytest.fixture
def office(school: School) -> ActingUser:
    user = make_school_user(school, role=SchoolRoleKind.OFFICE)
    db.session.commit()
    return acting(user)


class TestAddPerson:
    def test_new_person_gets_an_account_a_role_and_an_invitation(
        self, school: School, office: ActingUser
    ) -> None:
        row = _add(school, office, "New@Oak.Example")
        user = db.session.scalars(sa.select(User).where(User.email == "new@oak.example")).one()
        assert (row.person_id, row.starts_on) == (user.person_id, TODAY)
        assert user.first_in_at is None and user.password_hash is None
        message = db.session.scalars(sa.select(OutboxMessage)).one()
        assert (message.kind, message.recipient) == ("accounts/invitation", "new@oak.example")
        assert message.context["welcome"] == "Teacher at Oak"
        told = audit.list_changes("person", user.person_id)[-1]
        assert (told.verb, told.by_user_id) == ("role given", office.user_id)

    def test_known_address_adds_the_role_and_keeps_the_stored_name(
        self, school: School, office: ActingUser
    ) -> None:
        known = make_user(make_person("Real Name", "known@elm.example"))
        known.first_in_at = NOON
        db.session.commit()
        row = _add(school, office, "known@elm.example", name="Another Name")
        assert row.person_id == known.person_id
        assert db.session.get_one(Person, known.person_id).name == "Real Name"
        assert _kinds() == {"accounts/role_given": 1}

    def test_acting_senco_to_come_is_said_in_the_invitation(
        self, school: School, office: ActingUser
    ) -> None:
        part = Part(SchoolRoleKind.SENCO, date(2027, 1, 4), Standing.ACTING)
        assert _add(school, office, part=part).name == "Acting SENCO"
        message = db.session.scalars(sa.select(OutboxMessage)).one()
        assert message.context["welcome"] == "Acting SENCO at Oak from 4 January 2027"

    def test_very_same_part_again_changes_nothing(self, school: School, office: ActingUser) -> None:
        assert _add(school, office).id == _add(school, office).id
        assert _kinds() == {"accounts/invitation": 1}

    def test_nobody_adds_themselves(self, school: School, office: ActingUser) -> None:
        with pytest.raises(DomainError, match="Somebody else must give you a role"):
            _add(school, office, office.email, part=Part(SchoolRoleKind.SENCO, TODAY))
        assert _kinds() == {}

    def test_only_a_senco_is_acting_and_nobody_starts_in_two_years(
        self, school: School, office: ActingUser
    ) -> None:
        with pytest.raises(DomainError, match="Only a SENCO can be acting"):
            _add(school, office, part=Part(SchoolRoleKind.OFFICE, TODAY, Standing.ACTING))
        with pytest.raises(DomainError, match="within a year"):
            _add(school, office, part=Part(SchoolRoleKind.OFFICE, date(2028, 9, 1)))
        assert db.session.scalar(sa.select(User).where(User.email == "new@oak.example")) is None

    def test_closed_account_is_not_opened(self, school: School, office: ActingUser) -> None:
        make_user(make_person("Gone", "gone@oak.example")).disabled_at = NOON
        db.session.commit()
        with pytest.raises(DomainError, match="an account that is closed"):
            _add(school, office, "gone@oak.example")


class TestEndPart:
    def test_twice_with_one_day_is_once(self, school: School, office: ActingUser) -> None:
        role = give_school_role(make_person(), school)
        db.session.commit()
        given = []
        for _ in range(2):
            with transaction():
                given.append(school_people_services.end_part(school.id, role.id, TODAY, by=office))
        assert given == [True, False]
        verbs = [change.verb for change in audit.list_changes("person", role.person_id)]
        assert verbs == ["role ended"]

    def test_last_manager_may_end_their_own(self, school: School, office: ActingUser) -> None:
        own = db.session.scalars(sa.select(SchoolRole)).one()
        with transaction():
            assert school_people_services.end_part(school.id, own.id, TODAY, by=office)
        assert db.session.get_one(SchoolRole, own.id).ends_on == TODAY

    def test_role_of_another_school_is_left_alone(self, school: School, office: ActingUser) -> None:
        other = give_school_role(make_person(), make_school())
        db.session.commit()
        with transaction():
            assert not school_people_services.end_part(school.id, other.id, TODAY, by=office)
        assert db.session.get_one(SchoolRole, other.id).ends_on is None


class TestInviteAgain:
    def test_new_link_after_ten_minutes_and_the_old_one_is_dead(
        self, school: School, office: ActingUser, at: Callable[[datetime], None]
    ) -> None:
        role = _add(school, office)
        with pytest.raises(DomainError, match="in the last 10 minutes"), transaction():
            school_people_services.invite_again(school.id, role.id, by=office)
        at(NOON + timedelta(minutes=11))
        with transaction():
            school_people_services.invite_again(school.id, role.id, by=office)
        assert _kinds() == {"accounts/invitation": 2}

    def test_who_has_been_in_needs_none(self, school: School, office: ActingUser) -> None:
        role = db.session.scalars(sa.select(SchoolRole)).one()
        db.session.get_one(User, office.user_id).first_in_at = NOON
        db.session.commit()
        with pytest.raises(DomainError, match="have been in already"), transaction():
            school_people_services.invite_again(school.id, role.id, by=office)

    def test_role_elsewhere_or_over_is_not_found(self, school: School, office: ActingUser) -> None:
        elsewhere = give_school_role(make_person(), make_school())
        over = give_school_role(make_person(), school, ends_on=date(2026, 11, 9))
        db.session.commit()
        for role in (elsewhere, over):
            with pytest.raises(NotFoundError), transaction():
                school_people_services.invite_again(school.id, role.id, by=office)


class TestConfirmSenco:
    def test_is_noted_once_a_day_with_who_said_so(self, school: School, office: ActingUser) -> None:
        role = give_school_role(make_person(), school)
        db.session.commit()
        for _ in range(2):
            with transaction():
                school_people_services.confirm_senco(school.id, role.id, by=office)
        assert db.session.get_one(SchoolRole, role.id).confirmed_on == TODAY
        (told,) = audit.list_changes("person", role.person_id)
        assert (told.verb, told.by_user_id) == ("still in post", office.user_id)

    def test_only_a_senco_of_this_school_today(self, school: School, office: ActingUser) -> None:
        rows = [
            give_school_role(make_person(), make_school()),
            give_school_role(make_person(), school, SchoolRoleKind.TEACHER),
            give_school_role(make_person(), school, ends_on=date(2026, 11, 9)),
        ]
        db.session.commit()
        for row in rows:
            with pytest.raises(NotFoundError), transaction():
                school_people_services.confirm_senco(school.id, row.id, by=office)


class TestFindManagedSchool:
    def test_stands_in_only_where_nobody_of_the_school_could(self, school: School) -> None:
        cluster, other = make_cluster(), make_cluster()
        join_cluster(school, cluster)
        find = school_people_queries.find_managed_school
        assert find(school.id, {cluster.id}).stands_in
        assert not find(school.id, {other.id}).stands_in
        assert not find(school.id, ()).stands_in
        give_school_role(make_person(), school)  # a SENCO without an account
        teacher = make_school_user(school, role=SchoolRoleKind.TEACHER)
        assert find(school.id, {cluster.id}).stands_in
        closed = make_school_user(school)
        closed.disabled_at = NOON
        make_school_user(school, been_in=False)
        gone = make_school_user(school)
        db.session.get_one(Person, gone.person_id).bounced_at = NOON
        db.session.flush()
        assert find(school.id, {cluster.id}).stands_in
        person = db.session.get_one(Person, teacher.person_id)
        give_school_role(person, school, SchoolRoleKind.OFFICE)
        assert not find(school.id, {cluster.id}).stands_in


class TestListOwnPeople:
    def test_today_to_come_and_the_last_year(self, school: School) -> None:
        def role(name: str, **dates: date) -> None:
            give_school_role(make_person(name), school, **dates)  # type: ignore[arg-type]

        role("Here")
        role("Last day today", ends_on=TODAY)
        role("To come", starts_on=date(2026, 11, 11))
        role("Left", ends_on=date(2026, 11, 9))
        role("Long gone", ends_on=date(2025, 11, 9))
        found = school_people_queries.list_own_people(school.id)
        assert [one.name for one in found.here] == ["Here", "Last day today"]
        assert [one.name for one in found.to_come] == ["To come"]
        assert [one.name for one in found.left] == ["Left"]

    def test_says_who_has_not_been_in_and_whose_mail_comes_back(self, school: School) -> None:
        make_school_user(school, name="A")
        make_school_user(school, name="B", been_in=False)
        give_school_role(make_person("C"), school)
        left = make_person("D")
        left.bounced_at = NOON
        give_school_role(left, school)
        db.session.flush()
        here = school_people_queries.list_own_people(school.id).here
        assert [one.is_in for one in here] == [True, False, None, None]
        assert [one.may_have_left for one in here] == [False, False, False, True]


class TestAtOnce:
    def test_two_schools_add_one_new_person(self, committed_app: Flask) -> None:
        schools = [make_school(), make_school()]
        staff = [acting(make_school_user(school)) for school in schools]
        db.session.commit()
        pairs = zip(schools, staff, strict=True)
        runners = [lambda s=school, b=by: _add(s, b).person_id for school, by in pairs]
        given = race(committed_app, runners)
        db.session.rollback()
        assert len(set(given)) == 1 and isinstance(given[0], int), given
        assert db.session.scalar(sa.select(sa.func.count(User.id))) == 3

    def test_five_clicks_add_one_role_and_send_one_invitation(self, committed_app: Flask) -> None:
        school = make_school()
        by = acting(make_school_user(school))
        db.session.commit()
        given = race(committed_app, [lambda: _add(school, by).id for _ in range(5)])
        db.session.rollback()
        assert len(set(given)) == 1 and isinstance(given[0], int), given
        assert _kinds() == {"accounts/invitation": 1}

    def test_ending_while_an_administrator_ends_it_too(self, committed_app: Flask) -> None:
        """One locks the school first and the other the person: neither waits for ever."""
        school = make_school()
        by = acting(make_school_user(school))
        role = give_school_role(make_person(), school)
        db.session.commit()
        role_id, school_id = role.id, school.id

        def end_as_school() -> bool:
            with transaction():
                return school_people_services.end_part(school_id, role_id, TODAY, by=by)

        def end_as_administrator() -> None:
            row = db.session.get_one(SchoolRole, role_id)
            with transaction():
                role_services.end_role(row, TODAY, by=by)

        given = race(committed_app, [end_as_school, end_as_administrator] * 3)
        assert not [one for one in given if isinstance(one, Exception)], given


def test_a_stand_in_is_assigned(app: Flask) -> None:
    """What the policy asks for: the assignment, not the service role alone."""
    cluster = make_cluster()
    asep = make_service_user(ServiceRoleKind.ASEP, cluster)
    other = make_service_user(ServiceRoleKind.ASEP)
    partner = make_user()
    assign(db.session.get_one(Person, partner.person_id), cluster, "manager")
    found = [set(acting(user).supported_clusters) for user in (asep, other, partner)]
    assert found == [{cluster.id}, set(), set()]
