"""Mail about what others did to somebody's role."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site.accounts import told_services
from cop_site.accounts.models import (
    PartnerRole,
    SchoolRole,
    ServiceRole,
    ServiceRoleKind,
    User,
)
from cop_site.accounts.role_services import Role
from cop_site.db import db
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from cop_site.schools.models import School
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.people import (
    give_school_role,
    make_partner_user,
    make_person,
    make_school_user,
    make_service_user,
    role_of,
)
from tests.factories.schools import make_school

LAST = date(2026, 12, 11)


@pytest.fixture
def school(app: object) -> School:
    return make_school("Oak")


@pytest.fixture
def office(school: School) -> User:
    user = make_school_user(school, name="The Office")
    db.session.commit()
    return user


def end(row: Role, by: User, last_day: date = LAST) -> bool:
    done = told_services.end_role(row, last_day, by=acting(by))
    db.session.flush()
    return done


def mails() -> list[tuple[str, str, str]]:
    """To whom, the subject, and the words on one line."""
    rows = db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id))
    made = [(row.recipient, compose(row)) for row in rows]
    return [(to, m["Subject"], " ".join(m.get_content().split())) for to, m in made]


def row_of(table: Any, user: User) -> Any:
    return db.session.scalars(sa.select(table).where(table.person_id == user.person_id)).one()


class TestEndRole:
    def test_who_had_it_reads_which_from_when_and_whom_to_ask_once(
        self, school: School, office: User
    ) -> None:
        user = make_school_user(school)
        row = role_of(user, school)
        assert [end(row, office), end(row, office)] == [True, False]
        ((to, subject, text),) = mails()
        assert (to, subject) == (user.email, "Your last day as SENCO at Oak: 11 December 2026")
        assert "The Office has set your last day as SENCO at Oak" in text
        assert "If this is wrong, ask The Office or the inclusion service." in text
        assert end(row, office, date(2026, 12, 18))
        assert "18 December 2026" in mails()[1][1], "a day that moves is another message"

    def test_one_that_had_not_begun_says_that_it_will_not(
        self, school: School, office: User
    ) -> None:
        user = make_school_user(school, starts_on=LAST)
        end(role_of(user, school), office, NOON.date())
        ((_to, subject, text),) = mails()
        assert subject == "You will not be SENCO at Oak"
        assert "It had not begun." in text

    @pytest.mark.parametrize(
        ("make", "table", "words"),
        [
            (lambda: make_service_user(ServiceRoleKind.EP), ServiceRole, "Educational psych"),
            (make_partner_user, PartnerRole, "Partner from"),
        ],
        ids=["service", "partner"],
    )
    def test_of_whatever_sort(
        self,
        office: User,
        make: Callable[[], User],
        table: type[ServiceRole | PartnerRole],
        words: str,
    ) -> None:
        end(row_of(table, make()), office)
        assert words in mails()[0][1]

    def test_nobody_is_told_of_their_own_doing_or_without_an_open_account(
        self, school: School, office: User
    ) -> None:
        closed = make_school_user(school)
        closed.disabled_at = NOON
        for row in (
            role_of(office, school),
            role_of(closed, school),
            give_school_role(make_person(), school),
        ):
            assert end(row, office)
        assert mails() == []

    def test_nobody_fills_a_box_by_moving_the_day(
        self, school: School, office: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(told_services, "MOST_A_DAY", 2)
        row = row_of(SchoolRole, make_school_user(school))
        for day in range(1, 6):
            assert end(row, office, date(2026, 12, day))
        assert len(mails()) == 2
