"""One SENCO hands over to the next: the roles. What becomes of bookings is tested with events."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import audit
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.invitation_services import Newcomer
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind, Standing, User
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from cop_site.people import handover_services
from cop_site.people.handover_services import Done, Handover
from cop_site.schools.models import School
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.factories.people import (
    give_school_role,
    make_person,
    make_school_user,
    make_user,
    role_of,
)
from tests.factories.schools import make_school

FIRST_DAY = date(2027, 1, 4)
NEW = Newcomer("Next Senco", "next@oak.example")


class World:
    """A school with a SENCO, an office that hands over, and a teacher."""

    def __init__(self) -> None:
        self.school = make_school("Oak")
        self.senco = make_school_user(self.school, name="Old Senco")
        self.office = acting(make_school_user(self.school, role=SchoolRoleKind.OFFICE))
        self.teacher = make_school_user(
            self.school, role=SchoolRoleKind.TEACHER, name="Kind Teacher"
        )
        self.role_id = role_of(self.senco, self.school).id
        db.session.commit()

    def hand_over(self, successor: int | Newcomer = NEW, *, by: ActingUser, **more: Any) -> Done:
        handover = Handover(successor, **{"first_day": FIRST_DAY, **more})
        with transaction():
            return handover_services.hand_over(self.school.id, self.role_id, handover, by=by)


def sencos(school: School) -> list[tuple[str, date, date | None]]:
    rows = db.session.execute(
        sa.select(Person.name, SchoolRole.starts_on, SchoolRole.ends_on)
        .join(Person, Person.id == SchoolRole.person_id)
        .where(SchoolRole.school_id == school.id, SchoolRole.role == SchoolRoleKind.SENCO)
        .order_by(SchoolRole.starts_on, SchoolRole.id)
    )
    return [(name, starts, ends) for name, starts, ends in rows]


def mails() -> list[tuple[str, str]]:
    rows = db.session.execute(
        sa.select(OutboxMessage.kind, OutboxMessage.recipient).order_by(OutboxMessage.id)
    )
    return [(kind, to) for kind, to in rows]


def last_mail() -> tuple[str, str]:
    """The subject, and the words on one line."""
    row = db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert row is not None
    made = compose(row)
    return made["Subject"], " ".join(made.get_content().split())


@pytest.fixture
def world(app: Flask) -> World:
    return World()


class TestHandOver:
    def test_old_role_ends_the_day_before_and_a_new_person_is_invited(self, world: World) -> None:
        done = world.hand_over(by=world.office, standing=Standing.ACTING)
        assert done.name == "Next Senco"
        assert sencos(world.school) == [
            ("Old Senco", date(2020, 9, 1), date(2027, 1, 3)),
            ("Next Senco", FIRST_DAY, None),
        ]
        new = db.session.scalars(sa.select(SchoolRole).order_by(SchoolRole.id.desc())).first()
        assert new is not None and new.name == "Acting SENCO"
        assert mails() == [
            ("accounts/invitation", "next@oak.example"),
            ("people/handed_over", world.senco.email),
        ]
        subject, text = last_mail()
        assert subject == "Next Senco takes over from you as SENCO of Oak"
        assert "from 4 January 2027. Your last day as its SENCO is 3 January 2027." in text
        assert f"If this is wrong, ask {world.office.name} or the inclusion service." in text
        told = audit.list_changes("school", world.school.id)[-1]
        assert (told.verb, told.by_user_id) == ("handed over", world.office.user_id)

    def test_one_of_the_schools_people_keeps_their_other_role(self, world: World) -> None:
        done = world.hand_over(world.teacher.person_id, by=acting(world.senco))
        assert done.name == "Kind Teacher"
        assert role_of(world.teacher, world.school, SchoolRoleKind.TEACHER).ends_on is None
        assert role_of(world.teacher, world.school).starts_on == FIRST_DAY
        assert "If this is wrong, ask the inclusion service." in last_mail()[1], "her own doing"

    def test_somebody_known_by_address_keeps_their_name(self, world: World) -> None:
        known = make_user(make_person("Real Name", "next@oak.example"))
        db.session.commit()
        assert world.hand_over(by=world.office).name == "Real Name"
        assert role_of(known, world.school).starts_on == FIRST_DAY

    def test_sent_twice_is_done_once(self, world: World) -> None:
        first = world.hand_over(by=world.office)
        again = world.hand_over(by=world.office)
        assert first.passed is not None and again.passed is None
        assert len(sencos(world.school)) == 2
        assert len(mails()) == 2

    def test_second_one_to_another_person_reads_who_takes_over(self, world: World) -> None:
        world.hand_over(by=world.office)
        with pytest.raises(DomainError, match="already: Next Senco takes over on 4 January 2027"):
            world.hand_over(world.teacher.person_id, by=acting(world.senco))

    def test_what_was_handed_over_is_not_handed_over_again_for_another_day(
        self, world: World
    ) -> None:
        world.hand_over(by=world.office)
        more: dict[str, Any] = {"first_day": date(2027, 2, 1), "seen_ends_on": date(2027, 1, 3)}
        with pytest.raises(DomainError, match="already: Next Senco takes over on 4 January 2027"):
            world.hand_over(by=world.office, **more)
        with pytest.raises(DomainError, match="already: Next Senco"):
            world.hand_over(world.teacher.person_id, by=world.office, **more)
        assert len(sencos(world.school)) == 2

    def test_role_changed_meanwhile_is_not_overwritten(self, world: World) -> None:
        role_of(world.senco, world.school).ends_on = date(2026, 12, 18)
        db.session.commit()
        with pytest.raises(DomainError, match="Somebody has changed this role"):
            world.hand_over(by=world.office)
        done = world.hand_over(by=world.office, seen_ends_on=date(2026, 12, 18))
        assert done.passed is not None
        assert sencos(world.school)[0][2] == date(2026, 12, 18), "an earlier end stays"

    def test_who_shares_the_post_already_gets_no_second_role(self, world: World) -> None:
        sharer = make_school_user(world.school, name="Sharer")
        db.session.commit()
        world.hand_over(sharer.person_id, by=world.office)
        assert [row[0] for row in sencos(world.school)] == ["Old Senco", "Sharer"]
        assert mails() == [
            ("people/handed_over", world.senco.email),
            ("people/takes_over", sharer.email),
        ]
        subject, text = last_mail()
        assert subject == "You take over from Old Senco as SENCO of Oak"
        assert "on 4 January 2027. You are its SENCO already, so nothing else changes" in text

    def test_sharer_whose_own_doing_it_is_is_not_sent_to_themselves(self, world: World) -> None:
        sharer = make_school_user(world.school, name="Sharer")
        db.session.commit()
        world.hand_over(sharer.person_id, by=acting(sharer))
        assert last_mail()[1].count("Sharer") == 1, "in the greeting alone"

    def test_nobody_takes_a_role_over_themselves(self, world: World) -> None:
        with pytest.raises(DomainError, match="Somebody else must give you a role"):
            world.hand_over(world.office.person_id, by=world.office)
        assert sencos(world.school) == [("Old Senco", date(2020, 9, 1), None)]

    def test_person_of_another_school_is_refused(self, world: World) -> None:
        stranger = make_school_user(make_school())
        past = make_person()
        give_school_role(past, world.school, ends_on=date(2026, 1, 1))
        db.session.commit()
        for person_id in (stranger.person_id, past.id, 2_000_000):
            with pytest.raises(DomainError, match="Choose one of the school’s people"):
                world.hand_over(person_id, by=world.office)

    def test_role_of_another_school_or_kind_is_not_found(self, world: World) -> None:
        elsewhere = make_school()
        other = role_of(make_school_user(elsewhere), elsewhere)
        teacher = role_of(world.teacher, world.school, SchoolRoleKind.TEACHER)
        db.session.commit()
        for role_id in (other.id, teacher.id):
            world.role_id = role_id
            with pytest.raises(NotFoundError):
                world.hand_over(by=world.office)

    def test_to_oneself_or_before_the_beginning_is_refused(self, world: World) -> None:
        with pytest.raises(DomainError, match="Choose somebody else"):
            world.hand_over(world.senco.person_id, by=world.office)
        with pytest.raises(DomainError, match="must be after 1 September 2020"):
            world.hand_over(by=world.office, first_day=date(2020, 9, 1))
        with pytest.raises(DomainError, match="within a year"):
            world.hand_over(by=world.office, first_day=date(2028, 1, 1))

    def test_person_without_an_account_gets_one(self, world: World) -> None:
        person = make_person("No Account", "none@oak.example")
        give_school_role(person, world.school, SchoolRoleKind.TEACHER)
        silent = make_person("No Address", None)
        give_school_role(silent, world.school, SchoolRoleKind.TEACHER)
        db.session.commit()
        with pytest.raises(DomainError, match="No Address has no email address"):
            world.hand_over(silent.id, by=world.office)
        world.hand_over(person.id, by=world.office)
        assert mails()[0] == ("accounts/invitation", "none@oak.example")


class TestToWhoIsSencoForAWhile:
    """The successor is SENCO on the day already, but acting or until a day."""

    EVE = date(2027, 1, 3)

    @pytest.fixture
    def stand_in(self, world: World) -> SchoolRole:
        user = make_school_user(world.school, name="Stand In", starts_on=date(2026, 9, 1))
        role = role_of(user, world.school)
        role.standing = Standing.ACTING
        db.session.commit()
        return role

    def hand_over(self, world: World, role: SchoolRole, **more: Any) -> Done:
        return world.hand_over(role.person_id, by=world.office, **more)

    @pytest.mark.parametrize(
        ("standing", "ends", "chosen"),
        [
            (Standing.ACTING, date(2027, 2, 12), Standing.SUBSTANTIVE),
            (Standing.ACTING, date(2027, 2, 12), Standing.ACTING),
            (Standing.ACTING, None, Standing.SUBSTANTIVE),
            (Standing.SUBSTANTIVE, FIRST_DAY, Standing.SUBSTANTIVE),
        ],
    )
    def test_gets_the_role_that_was_chosen(
        self,
        world: World,
        stand_in: SchoolRole,
        standing: Standing,
        ends: date | None,
        chosen: Standing,
    ) -> None:
        stand_in.standing, stand_in.ends_on = standing, ends
        db.session.commit()
        done = self.hand_over(world, stand_in, standing=chosen)
        assert done.passed is not None
        assert sencos(world.school)[1:] == [
            ("Stand In", date(2026, 9, 1), self.EVE),
            ("Stand In", FIRST_DAY, None),
        ]
        new = db.session.scalars(sa.select(SchoolRole).order_by(SchoolRole.id.desc())).first()
        assert new is not None and new.standing is chosen
        assert ("people/takes_over", world.senco.email) not in mails()
        again = self.hand_over(world, stand_in, standing=chosen)
        assert again.passed is None and len(sencos(world.school)) == 3

    def test_an_open_role_of_that_standing_stays(self, world: World, stand_in: SchoolRole) -> None:
        self.hand_over(world, stand_in, standing=Standing.ACTING)
        assert sencos(world.school)[1:] == [("Stand In", date(2026, 9, 1), None)]

    def test_one_planned_from_that_day_until_another_is_replaced(
        self, world: World, stand_in: SchoolRole
    ) -> None:
        old = db.session.get_one(SchoolRole, world.role_id)
        old.ends_on, stand_in.starts_on = self.EVE, FIRST_DAY
        stand_in.ends_on = date(2027, 2, 12)
        db.session.commit()
        done = self.hand_over(world, stand_in, seen_ends_on=self.EVE)
        assert done.passed is not None
        assert sencos(world.school)[1:] == [("Stand In", FIRST_DAY, None)]

    def test_one_that_began_that_day_is_not_undone(
        self, world: World, stand_in: SchoolRole
    ) -> None:
        today = date(2026, 11, 10)
        stand_in.starts_on, stand_in.ends_on = today, date(2027, 2, 12)
        db.session.commit()
        with pytest.raises(DomainError, match="Stand In began as Acting SENCO on 10 November"):
            self.hand_over(world, stand_in, first_day=today)
        assert sencos(world.school)[0][2] is None

    def test_nobody_gives_it_to_themselves(self, world: World, stand_in: SchoolRole) -> None:
        user = db.session.scalar(sa.select(User).where(User.person_id == stand_in.person_id))
        assert user is not None
        with pytest.raises(DomainError, match="Somebody else must give you a role"):
            world.hand_over(stand_in.person_id, by=acting(user))
        assert len(sencos(world.school)) == 2
