"""Giving and ending roles: at schools, in the service, with partners."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import audit, clock
from cop_site.accounts import (
    invitation_services,
    role_services,
)
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.invitation_services import Newcomer
from cop_site.accounts.link_services import LinkPurpose, check_link, make_link
from cop_site.accounts.models import (
    PartnerService,
    Person,
    SchoolRole,
    SchoolRoleKind,
    ServiceRole,
    ServiceRoleKind,
    SignIn,
    Standing,
    User,
)
from cop_site.accounts.services import start_sign_in
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.factories.people import (
    give_school_role,
    make_person,
    make_school_user,
    make_service_user,
    make_user,
)
from tests.factories.schools import make_school
from tests.support.race import race

TODAY = date(2026, 11, 10)
YESTERDAY, TOMORROW = date(2026, 11, 9), date(2026, 11, 11)
NEXT = date(2026, 11, 20)
SENCO, TEACHER = SchoolRoleKind.SENCO, SchoolRoleKind.TEACHER


@pytest.fixture
def admin(app: Flask) -> ActingUser:
    return acting(make_service_user(ServiceRoleKind.ADMINISTRATOR))


def verbs(person_id: int) -> list[str]:
    return [change.verb for change in audit.list_changes("person", person_id)]


def is_signed_in(user: User) -> bool:
    rows = db.session.scalars(
        sa.select(SignIn)
        .where(SignIn.user_id == user.id, SignIn.ended_at.is_(None))
        .execution_options(populate_existing=True)
    )
    return bool(list(rows))


class TestGiveSchoolRole:
    def test_holds_from_its_day_and_is_in_the_history(self, admin: ActingUser) -> None:
        person, school = make_person(), make_school()
        row = role_services.give_school_role(person.id, school.id, SENCO, TOMORROW, by=admin)
        assert (row.starts_on, row.ends_on) == (TOMORROW, None)
        (change,) = audit.list_changes("person", person.id)
        assert change.by_user_id == admin.user_id
        assert change.now == {
            "role": "senco",
            "school_id": school.id,
            "starts_on": "2026-11-11",
        }

    @pytest.mark.parametrize(
        ("held", "asked"),
        [
            ((YESTERDAY, None), (TODAY, None)),
            ((YESTERDAY, TODAY), (TODAY, None)),
            ((TOMORROW, None), (TODAY, None)),
            ((TOMORROW, None), (TODAY, TOMORROW)),
        ],
    )
    def test_the_same_on_one_of_its_days_is_refused(
        self,
        admin: ActingUser,
        held: tuple[date, date | None],
        asked: tuple[date, date | None],
    ) -> None:
        person, school = make_person(), make_school()
        give_school_role(person, school, starts_on=held[0], ends_on=held[1])
        with pytest.raises(DomainError, match="already"):
            role_services.give_school_role(
                person.id, school.id, SENCO, asked[0], ends_on=asked[1], by=admin
            )

    @pytest.mark.parametrize("held", [(YESTERDAY, YESTERDAY), (date(2026, 11, 12), None)])
    def test_before_and_after_it_there_is_room(
        self, admin: ActingUser, held: tuple[date, date | None]
    ) -> None:
        person, school = make_person(), make_school()
        give_school_role(person, school, starts_on=held[0], ends_on=held[1])
        role_services.give_school_role(
            person.id, school.id, SENCO, TODAY, ends_on=TOMORROW, by=admin
        )

    def test_another_role_or_school_is_no_overlap(self, admin: ActingUser) -> None:
        person, school = make_person(), make_school()
        give_school_role(person, school, SENCO)
        for there, role in ((school, TEACHER), (make_school(), SENCO)):
            role_services.give_school_role(person.id, there.id, role, TODAY, by=admin)

    def test_nobody_gives_themselves_one(self, app: Flask) -> None:
        school = make_school()
        office = acting(make_school_user(school, role=SchoolRoleKind.OFFICE))
        with pytest.raises(DomainError, match="Somebody else"):
            role_services.give_school_role(office.person_id, school.id, SENCO, TODAY, by=office)

    def test_a_school_that_is_closed_by_then_is_refused(self, admin: ActingUser) -> None:
        person, school = make_person(), make_school(closed_on=TODAY)
        with pytest.raises(DomainError, match="closed on that day"):
            role_services.give_school_role(person.id, school.id, SENCO, TODAY, by=admin)
        role_services.give_school_role(
            person.id, school.id, SENCO, YESTERDAY, ends_on=YESTERDAY, by=admin
        )

    def test_somebody_merged_into_another_gets_none(self, admin: ActingUser) -> None:
        person = make_person()
        person.merged_into_id = make_person().id
        db.session.flush()
        with pytest.raises(NotFoundError):
            role_services.give_school_role(person.id, make_school().id, SENCO, TODAY, by=admin)

    def test_leaves_their_sign_ins_alone(self, admin: ActingUser) -> None:
        # Who may add people to a school could otherwise sign anybody out.
        user = make_user()
        start_sign_in(user.id, remember=False, device="")
        role_services.give_school_role(user.person_id, make_school().id, SENCO, TODAY, by=admin)
        assert is_signed_in(user)

    def test_two_at_once_give_one(self, committed_app: Flask) -> None:
        admins = [acting(make_service_user(ServiceRoleKind.ADMINISTRATOR)) for _ in range(2)]
        person_id, school_id = make_person().id, make_school().id
        db.session.commit()

        def give(by: ActingUser) -> Callable[[], int]:
            def run() -> int:
                with transaction():
                    return role_services.give_school_role(
                        person_id, school_id, SENCO, TODAY, ends_on=TOMORROW, by=by
                    ).id

            return run

        answers = race(committed_app, [give(by) for by in admins * 2])
        assert sum(isinstance(answer, int) for answer in answers) == 1
        assert all("already" in str(answer) for answer in answers if not isinstance(answer, int))


class TestGiveServiceRole:
    def test_ends_the_sign_ins_they_have(self, admin: ActingUser) -> None:
        user, other = make_user(), make_user()
        for one in (user, other):
            start_sign_in(one.id, remember=False, device="")
        role_services.give_service_role(user.person_id, ServiceRoleKind.EP, TODAY, by=admin)
        assert (is_signed_in(user), is_signed_in(other)) == (False, True)

    def test_twice_is_refused(self, admin: ActingUser) -> None:
        person = make_person()
        role_services.give_service_role(person.id, ServiceRoleKind.EP, TODAY, by=admin)
        with pytest.raises(DomainError, match="Educational psychologist"):
            role_services.give_service_role(person.id, ServiceRoleKind.EP, TOMORROW, by=admin)


class TestGivePartnerRole:
    def test_is_dated_and_told_by_the_partner(self, admin: ActingUser) -> None:
        person, partner = make_person(), PartnerService(name="Admissions")
        db.session.add(partner)
        db.session.flush()
        role_services.give_partner_role(person.id, partner.id, TODAY, by=admin)
        (change,) = audit.list_changes("person", person.id)
        assert change.now == {"partner_service_id": partner.id, "starts_on": "2026-11-10"}
        with pytest.raises(DomainError, match="Admissions"):
            role_services.give_partner_role(person.id, partner.id, TODAY, by=admin)

    def test_ends_the_sign_ins_they_have(self, admin: ActingUser) -> None:
        user, partner = make_user(), PartnerService(name="Admissions")
        db.session.add(partner)
        db.session.flush()
        start_sign_in(user.id, remember=False, device="")
        role_services.give_partner_role(user.person_id, partner.id, TODAY, by=admin)
        assert not is_signed_in(user)

    def test_an_unknown_partner_is_not_found(self, admin: ActingUser) -> None:
        with pytest.raises(NotFoundError):
            role_services.give_partner_role(make_person().id, 999, TODAY, by=admin)


class TestEndRole:
    def test_last_day_is_kept_with_a_reason(self, admin: ActingUser) -> None:
        row = give_school_role(make_person(), make_school())
        role_services.end_role(row, TODAY, by=admin, reason="Left the school")
        assert row.ends_on == TODAY
        (change,) = audit.list_changes("person", row.person_id)
        assert (change.verb, change.reason) == ("role ended", "Left the school")
        assert "ends_on" not in change.was and change.now["ends_on"] == "2026-11-10"

    def test_one_that_has_not_begun_is_taken_away(self, admin: ActingUser) -> None:
        row = give_school_role(make_person(), make_school(), starts_on=TOMORROW)
        person_id = row.person_id
        role_services.end_role(row, TODAY, by=admin)
        assert db.session.scalar(sa.select(sa.func.count(SchoolRole.id))) == 0
        assert verbs(person_id) == ["role withdrawn"]

    def test_a_day_before_its_beginning_is_refused(self, admin: ActingUser) -> None:
        row = give_school_role(make_person(), make_school(), starts_on=YESTERDAY)
        with pytest.raises(DomainError, match="This began on 9 November 2026"):
            role_services.end_role(row, date(2026, 11, 8), by=admin)

    def test_one_that_ended_is_left_alone(self, admin: ActingUser) -> None:
        row = give_school_role(make_person(), make_school(), ends_on=YESTERDAY)
        with pytest.raises(DomainError, match="This ended on 9 November 2026"):
            role_services.end_role(row, TODAY, by=admin)

    @pytest.mark.parametrize("last_day", [NEXT, NEXT + timedelta(days=30)])
    def test_a_longer_one_does_not_run_into_the_next(
        self, admin: ActingUser, last_day: date
    ) -> None:
        person, school = make_person("Nora"), make_school("Oak")
        row = give_school_role(person, school, ends_on=TOMORROW)
        give_school_role(person, school, starts_on=NEXT)
        with pytest.raises(DomainError) as refused:
            role_services.end_role(row, last_day, by=admin)
        assert str(refused.value) == "Nora is SENCO at Oak from 20 November 2026 already."
        assert (refused.value.field, row.ends_on) == ("last_day", TOMORROW)

    @pytest.mark.parametrize("last_day", [TODAY, NEXT - timedelta(days=1)])
    def test_up_to_the_next_there_is_room(self, admin: ActingUser, last_day: date) -> None:
        person, school = make_person(), make_school()
        row = give_school_role(person, school, ends_on=TOMORROW)
        give_school_role(person, school, starts_on=NEXT)
        role_services.end_role(row, last_day, by=admin)
        assert row.ends_on == last_day

    def test_another_role_school_or_person_does_not_stop_a_longer_one(
        self, admin: ActingUser
    ) -> None:
        person, school = make_person(), make_school()
        row = give_school_role(person, school, ends_on=TOMORROW)
        give_school_role(person, school, TEACHER)
        give_school_role(person, make_school())
        give_school_role(make_person(), school)
        role_services.end_role(row, NEXT, by=admin)
        assert row.ends_on == NEXT

    def test_a_longer_one_in_the_service_or_with_a_partner_neither(self, admin: ActingUser) -> None:
        person, partner = make_person("Nora"), PartnerService(name="Admissions")
        db.session.add(partner)
        db.session.flush()
        kind = ServiceRoleKind.EP
        rows: list[role_services.Role] = [
            role_services.give_service_role(person.id, kind, TODAY, by=admin),
            role_services.give_partner_role(person.id, partner.id, TODAY, by=admin),
        ]
        for row in rows:
            role_services.end_role(row, TOMORROW, by=admin)
        role_services.give_service_role(person.id, kind, NEXT, by=admin)
        role_services.give_partner_role(person.id, partner.id, NEXT, by=admin)
        for row, what in zip(rows, ("Educational psychologist", "Admissions"), strict=True):
            with pytest.raises(DomainError, match=f"Nora is {what} from 20 November 2026 already"):
                role_services.end_role(row, NEXT, by=admin)

    @pytest.mark.parametrize("begins", [TODAY, TOMORROW])
    def test_an_invitation_of_somebody_added_by_mistake_works_no_more(
        self, admin: ActingUser, begins: date
    ) -> None:
        user = invitation_services.find_or_add(Newcomer("Wrong", "wrong@school.example"))
        person = db.session.get_one(Person, user.person_id)
        row = give_school_role(person, make_school(), starts_on=begins)
        token = make_link(user.id, LinkPurpose.INVITATION, timedelta(days=1))
        db.session.flush()
        role_services.end_role(row, TODAY, by=admin)
        if begins == TOMORROW:
            with pytest.raises(DomainError):
                check_link(token, LinkPurpose.INVITATION)
        else:
            assert check_link(token, LinkPurpose.INVITATION) == user.id

    def test_a_role_that_had_not_begun_ends_no_sign_in(self, admin: ActingUser) -> None:
        user = make_user()
        start_sign_in(user.id, remember=False, device="")
        person = db.session.get_one(Person, user.person_id)
        row = give_school_role(person, make_school(), starts_on=TOMORROW)
        role_services.end_role(row, TODAY, by=admin)
        assert is_signed_in(user)

    def test_ends_their_sign_ins_but_not_this_one_of_who_ends_their_own(self, app: Flask) -> None:
        school = make_school()
        user = make_school_user(school, role=TEACHER)
        by = acting(user)
        start_sign_in(user.id, remember=False, device="here")
        start_sign_in(user.id, remember=False, device="there")
        db.session.flush()
        here = db.session.scalars(sa.select(SignIn).where(SignIn.device == "here")).one()
        row = db.session.scalars(sa.select(SchoolRole)).one()
        here_by = ActingUser(by.user_id, by.person_id, by.name, by.email, sign_in_id=here.id)
        role_services.end_role(row, TODAY, by=here_by)
        left = db.session.scalars(sa.select(SignIn.device).where(SignIn.ended_at.is_(None)))
        assert left.all() == ["here"]


class TestDescribe:
    @pytest.mark.parametrize("standing", [Standing.ACTING, Standing.INTERIM])
    def test_says_who_stands_in(self, admin: ActingUser, standing: Standing) -> None:
        person, school = make_person(), make_school()
        row = role_services.give_school_role(
            person.id, school.id, SENCO, TODAY, standing=standing, by=admin
        )
        (change,) = audit.list_changes("person", person.id)
        assert change.now == role_services.describe(row)
        assert change.now["standing"] == standing.value


class TestLastAdministrator:
    def role_of(self, person_id: int) -> ServiceRole:
        return db.session.scalars(
            sa.select(ServiceRole).where(ServiceRole.person_id == person_id)
        ).one()

    def test_can_not_be_ended(self, admin: ActingUser) -> None:
        with pytest.raises(DomainError, match="always be an administrator"):
            role_services.end_role(self.role_of(admin.person_id), TODAY, by=admin)

    @pytest.mark.parametrize("kept", ["closed", "not yet", "ending", "never in"])
    def test_one_who_can_not_act_does_not_count(self, admin: ActingUser, kept: str) -> None:
        other = make_service_user(ServiceRoleKind.ADMINISTRATOR)
        if kept == "closed":
            other.disabled_at = clock.now()
        elif kept == "never in":
            other.first_in_at = None
        elif kept == "not yet":
            self.role_of(other.person_id).starts_on = TOMORROW
        else:
            self.role_of(other.person_id).ends_on = TODAY + timedelta(days=9)
        db.session.flush()
        with pytest.raises(DomainError, match="always be an administrator"):
            role_services.end_role(self.role_of(admin.person_id), TODAY, by=admin)

    def test_two_who_remove_each_other_leave_one(self, committed_app: Flask) -> None:
        admins = [acting(make_service_user(ServiceRoleKind.ADMINISTRATOR)) for _ in range(2)]
        db.session.commit()

        def remove(other: ActingUser, by: ActingUser) -> Callable[[], bool]:
            def run() -> bool:
                row = self.role_of(other.person_id)
                with transaction():
                    role_services.end_role(row, TODAY, by=by)
                return True

            return run

        one, two = admins
        answers = race(committed_app, [remove(one, two), remove(two, one)])
        assert sorted(map(str, answers)) == sorted([role_services.LAST_ADMINISTRATOR, "True"])


class TestLockPerson:
    def test_nobody_is_not_found(self, app: Flask) -> None:
        with pytest.raises(NotFoundError):
            role_services.lock_person(999)

    def test_reads_them_as_they_are_now(self, app: Flask) -> None:
        person = make_person("Before")
        db.session.execute(
            sa.update(Person)
            .where(Person.id == person.id)
            .values(name="After")
            .execution_options(synchronize_session=False)
        )
        assert role_services.lock_person(person.id).name == "After"
