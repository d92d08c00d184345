"""Which schools were open on a day, also those that the register closed without saying when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts.models import SchoolRoleKind, ServiceRoleKind
from cop_site.accounts.role_services import correct_first_day, give_school_role
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.schools.cluster_plan_queries import PlanFilter, list_plan_schools
from cop_site.schools.cluster_services import move_schools
from cop_site.schools.models import School, SchoolLink, SchoolLinkKind, SchoolStatus
from cop_site.schools.open_queries import is_closed_on, open_on
from cop_site.schools.scope_queries import resolve_scope
from tests.factories.acting import acting
from tests.factories.people import make_person, make_service_user
from tests.factories.schools import make_cluster, make_school

pytestmark = pytest.mark.usefixtures("app")
OPEN, CLOSED = SchoolStatus.OPEN, SchoolStatus.CLOSED
PROPOSED = SchoolStatus.PROPOSED_TO_OPEN
# The standing clock's day is 10 November 2026.
TODAY = date(2026, 11, 10)
LEARNED_ON, LINKED_ON, OPENED_ON = date(2026, 7, 14), date(2026, 1, 31), date(2026, 4, 1)
SOON = TODAY + timedelta(days=30)


def close(school: School, at: Callable[[datetime], None], *, was: SchoolStatus = OPEN) -> None:
    """As an import does: at noon of the day on which the file says so, with no closing day."""
    school.status = CLOSED
    at(datetime(LEARNED_ON.year, LEARNED_ON.month, LEARNED_ON.day, 12, tzinfo=clock.LONDON))
    record(school, was={"status": was.value}, now={"status": CLOSED.value})
    at(datetime(2026, 11, 10, 12, tzinfo=clock.LONDON))
    db.session.flush()


def record(school: School, was: dict[str, str], now: dict[str, str]) -> None:
    audit.record("school", school.id, "changed by import", by=None, was=was, now=now)


def link(before: School, after: School, linked_on: date | None, **values: object) -> None:
    values = {"kind": SchoolLinkKind.SUCCESSOR, **values}
    row = SchoolLink(school_id=before.id, successor_id=after.id, linked_on=linked_on, **values)
    db.session.add(row)
    db.session.flush()


def is_open(school: School, day: date) -> bool:
    """As the rule has it, and in every place that asks it."""
    found = db.session.scalar(sa.select(School.id).where(School.id == school.id, open_on(day)))
    in_list = school.id in {one.school.id for one in resolve_scope({}, day)}
    in_plan = school.id in list_plan_schools(day, PlanFilter()).schools
    assert in_list is in_plan is (found is not None)
    if school.status is not PROPOSED and not school.opened_on:
        assert is_closed_on(school, day) is not in_list
    return in_list


def last_open_day(school: School) -> date | None:
    """The last of the days that matter here on which it is open; it is open on all before."""
    days = [
        day + timedelta(days=more)
        for day in (LINKED_ON, OPENED_ON, LEARNED_ON, TODAY, SOON)
        for more in (-1, 0)
    ]
    found = [is_open(school, day) for day in days]
    assert found == sorted(found, reverse=True)
    return max((day for day, good in zip(days, found, strict=True) if good), default=None)


class TestClosedWithNoDay:
    def test_is_open_until_this_site_learned_of_it(self, at: Callable[[datetime], None]) -> None:
        school = make_school()
        close(school, at)
        assert last_open_day(school) == LEARNED_ON - timedelta(days=1)

    def test_learned_after_midnight_in_london_is_that_day(
        self, at: Callable[[datetime], None]
    ) -> None:
        school = make_school(status=CLOSED)
        at(datetime(2026, 7, 14, 0, 30, tzinfo=clock.LONDON))
        record(school, was={"status": "proposed_to_close"}, now={"status": "closed"})
        at(datetime(2026, 11, 10, 12, tzinfo=clock.LONDON))
        assert last_open_day(school) == LEARNED_ON - timedelta(days=1)

    def test_a_dated_link_goes_before(self, at: Callable[[datetime], None]) -> None:
        school = make_school()
        close(school, at)
        link(school, make_school(), LINKED_ON)
        assert last_open_day(school) == LINKED_ON - timedelta(days=1)

    def test_a_school_that_opened_later_than_its_link_says_takes_over_that_day(
        self, at: Callable[[datetime], None]
    ) -> None:
        school = make_school()
        close(school, at)
        link(school, make_school(opened_on=OPENED_ON), LINKED_ON)
        assert last_open_day(school) == OPENED_ON - timedelta(days=1)

    def test_a_school_that_was_there_before_takes_over_on_the_day_of_the_link(
        self, at: Callable[[datetime], None]
    ) -> None:
        school = make_school()
        close(school, at)
        link(school, make_school(opened_on=date(1970, 9, 1)), OPENED_ON)
        assert last_open_day(school) == OPENED_ON - timedelta(days=1)

    def test_the_last_of_several_links_counts(self) -> None:
        school = make_school(status=CLOSED)
        link(school, make_school(), OPENED_ON)
        link(school, make_school(), LINKED_ON)
        assert last_open_day(school) == OPENED_ON - timedelta(days=1)

    def test_links_without_a_day_or_of_another_kind_say_nothing(
        self, at: Callable[[datetime], None]
    ) -> None:
        school = make_school()
        close(school, at)
        link(school, make_school(opened_on=OPENED_ON), None)
        link(school, make_school(), LINKED_ON, kind=SchoolLinkKind.OTHER)
        link(make_school(), school, LINKED_ON)
        assert last_open_day(school) == LEARNED_ON - timedelta(days=1)

    def test_a_link_of_a_day_ahead_opens_nothing(self) -> None:
        school = make_school(status=CLOSED)
        link(school, make_school(), SOON)
        assert last_open_day(school) == TODAY - timedelta(days=1)

    def test_that_was_closed_when_first_heard_of_is_open_on_no_day(self) -> None:
        school = make_school(status=CLOSED)
        record(school, was={}, now={"name": school.name, "status": "closed"})
        assert last_open_day(school) is None

    def test_that_never_opened_is_open_on_no_day(self, at: Callable[[datetime], None]) -> None:
        school = make_school()
        close(school, at, was=PROPOSED)
        assert last_open_day(school) is None

    def test_a_day_that_the_register_gives_later_decides(
        self, at: Callable[[datetime], None]
    ) -> None:
        school = make_school()
        close(school, at)
        school.closed_on = LINKED_ON
        db.session.flush()
        assert last_open_day(school) == LINKED_ON - timedelta(days=1)

    def test_nothing_said_of_another_school_is_taken_for_its_own(
        self, at: Callable[[datetime], None]
    ) -> None:
        other, school = make_school(), make_school(status=CLOSED)
        close(other, at)
        audit.record("scope", school.id, "x", by=None, was={"status": "open"})
        assert last_open_day(school) is None


class TestOnlyProposed:
    @pytest.mark.parametrize(
        ("opens_on", "day", "is_in"),
        [
            (SOON, SOON, True),
            (SOON, SOON - timedelta(days=1), False),
            (LINKED_ON, TODAY, False),
            (LINKED_ON, SOON, True),
            (None, SOON, False),
        ],
    )
    def test_is_expected_on_a_day_ahead(
        self, opens_on: date | None, day: date, is_in: bool
    ) -> None:
        assert is_open(make_school(status=PROPOSED, opened_on=opens_on), day) is is_in


class TestWhoeverAsks:
    def test_joins_a_cluster_from_a_day_on_which_it_was_open(
        self, at: Callable[[datetime], None]
    ) -> None:
        school, cluster = make_school("Oak"), make_cluster()
        close(school, at)
        ways = {"source_id": None, "target_id": cluster.id, "by": None}
        with pytest.raises(DomainError, match="Oak is closed"):
            move_schools([school.id], starts_on=LEARNED_ON, **ways)
        assert move_schools([school.id], starts_on=LINKED_ON, **ways).count == 1

    def test_gives_a_role_from_a_day_on_which_it_was_open(
        self, at: Callable[[datetime], None]
    ) -> None:
        school, person = make_school("Oak"), make_person()
        admin = acting(make_service_user(ServiceRoleKind.ADMINISTRATOR))
        close(school, at)
        with pytest.raises(DomainError, match="Oak is closed"):
            give_school_role(person.id, school.id, SchoolRoleKind.SENCO, LEARNED_ON, by=admin)
        row = give_school_role(person.id, school.id, SchoolRoleKind.SENCO, LINKED_ON, by=admin)
        with pytest.raises(DomainError, match="Oak is closed"):
            correct_first_day(row, LEARNED_ON, by=admin)
        assert correct_first_day(row, OPENED_ON, by=admin)
