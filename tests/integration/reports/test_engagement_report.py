"""M1 and M4 from rows, each case worked out by hand. Runs on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRoleKind, ServiceRoleKind
from cop_site.db import db
from cop_site.events.models import EventKind, EventState
from cop_site.reports.engagement_report import load_report
from cop_site.schools.models import School, Scope
from tests.conftest import NOON
from tests.factories.events import make_event, make_mark, make_register, session_of
from tests.factories.people import (
    give_school_role,
    give_service_role,
    make_partner_user,
    make_person,
)
from tests.factories.reports import (
    hold_network,
    link_schools,
    make_staff,
)
from tests.factories.schools import make_school
from tests.integration.reports.october import OCTOBER, engaged, london, not_closed, outside


class TestWhatCounts:
    def test_schools_at_a_network_session_are_engaged(
        self, schools: list[School], scope: Scope
    ) -> None:
        hold_network(OCTOBER, schools[0], schools[2])
        report = load_report()
        assert engaged(report) == ["School A", "School C"]
        assert report.figures is not None
        assert [one.school.name for one in report.figures.not_yet] == ["School B", "School D"]

    @pytest.mark.parametrize("kind", ["in_person", "online", "part"])
    def test_attended_in_any_way_counts(
        self, schools: list[School], scope: Scope, kind: str
    ) -> None:
        _, register = hold_network(OCTOBER)
        make_mark(register, make_staff(schools[0]), schools[0], kind=kind)
        assert engaged(load_report()) == ["School A"]

    @pytest.mark.parametrize("kind", ["not_recorded", "apologies", "did_not_attend"])
    def test_anything_else_does_not(self, schools: list[School], scope: Scope, kind: str) -> None:
        _, register = hold_network(OCTOBER)
        make_mark(register, make_staff(schools[0]), schools[0], kind=kind)
        assert engaged(load_report()) == []

    def test_voided_mark_does_not_count(self, schools: list[School], scope: Scope) -> None:
        _, register = hold_network(OCTOBER)
        mark = make_mark(register, make_staff(schools[0]), schools[0])
        mark.voided_at = clock.now()
        db.session.flush()
        assert engaged(load_report()) == []

    def test_other_kinds_of_event_do_not_count(self, schools: list[School], scope: Scope) -> None:
        hold_network(OCTOBER, schools[0], kind=EventKind.CPD)
        hold_network(OCTOBER, schools[1], kind=EventKind.COP_MEETING, closed=False)
        report = load_report()
        assert (engaged(report), not_closed(report)) == ([], 0)

    @pytest.mark.parametrize("state", [EventState.CANCELLED, EventState.DRAFT])
    def test_event_that_is_not_published_does_not_count(
        self, schools: list[School], scope: Scope, state: EventState
    ) -> None:
        hold_network(OCTOBER, schools[0], state=state)
        hold_network(OCTOBER, schools[0], state=state, closed=False)
        report = load_report()
        assert (engaged(report), not_closed(report)) == ([], 0)

    def test_morning_and_afternoon_of_a_day_count_a_school_once(
        self, schools: list[School], scope: Scope
    ) -> None:
        hold_network(london(2026, 10, 6, 9), schools[0])
        hold_network(london(2026, 10, 6, 14), schools[0])
        report = load_report()
        assert report.figures is not None
        assert report.figures.rate.of == "1 of 4"
        assert len(report.figures.engaged[0].visits) == 2

    def test_shared_senco_counts_for_each_school_named(
        self, schools: list[School], scope: Scope
    ) -> None:
        _, register = hold_network(OCTOBER)
        shared = make_staff(schools[0], schools[1], schools[2])
        make_mark(register, shared, schools[0], schools[1])
        assert engaged(load_report()) == ["School A", "School B"]

    def test_role_that_ended_the_day_before_does_not_count(
        self, schools: list[School], scope: Scope
    ) -> None:
        _, register = hold_network(OCTOBER)
        person = make_person()
        give_school_role(person, schools[0], ends_on=date(2026, 10, 5))
        give_school_role(person, schools[1], ends_on=date(2026, 10, 6))
        make_mark(register, person, schools[0], schools[1])
        assert engaged(load_report()) == ["School B"]

    def test_governor_counts_only_where_the_event_says_so(
        self, schools: list[School], scope: Scope
    ) -> None:
        governor = SchoolRoleKind.GOVERNOR
        _, register = hold_network(OCTOBER)
        make_mark(register, make_staff(schools[0], role=governor), schools[0], role=governor)
        _, register = hold_network(OCTOBER, governors_count=True)
        make_mark(register, make_staff(schools[1], role=governor), schools[1], role=governor)
        assert engaged(load_report()) == ["School B"]

    def test_service_officer_at_the_network_does_not_count(
        self, schools: list[School], scope: Scope
    ) -> None:
        _, register = hold_network(OCTOBER)
        officer = make_person()
        give_service_role(officer, ServiceRoleKind.SUPPORT_OFFICER)
        make_mark(register, officer, schools[0], walk_in=True)
        make_mark(register, make_person(), schools[1])
        partner = db.session.get_one(Person, make_partner_user().person_id)
        make_mark(register, partner, schools[2], walk_in=True)
        assert engaged(load_report()) == []

    def test_schools_own_person_counts_also_in_the_service(
        self, schools: list[School], scope: Scope
    ) -> None:
        _, register = hold_network(OCTOBER)
        speaker = make_staff(schools[0])
        give_service_role(speaker, ServiceRoleKind.NETWORK_LEAD)
        make_mark(register, speaker, schools[0])
        assert engaged(load_report()) == ["School A"]


class TestWalkIn:
    def test_counts_for_the_school_named_until_merged(
        self, schools: list[School], scope: Scope
    ) -> None:
        _, register = hold_network(OCTOBER)
        at_the_door = make_person(email=None)
        make_mark(register, at_the_door, schools[0], walk_in=True)
        assert engaged(load_report()) == ["School A"]
        at_the_door.merged_into_id = make_staff(schools[1]).id
        db.session.flush()
        assert engaged(load_report()) == []

    def test_merged_twice_into_someone_with_a_role_there_counts(
        self, schools: list[School], scope: Scope
    ) -> None:
        _, register = hold_network(OCTOBER)
        at_the_door, between = make_person(email=None), make_person(email=None)
        make_mark(register, at_the_door, schools[0], walk_in=True)
        between.merged_into_id = make_staff(schools[0]).id
        at_the_door.merged_into_id = between.id
        db.session.flush()
        assert engaged(load_report()) == ["School A"]


class TestConversion:
    def test_conversion_in_the_term_is_one_school(
        self, schools: list[School], scope: Scope
    ) -> None:
        academy = make_school("Academy A", opened_on=date(2026, 10, 1))
        schools[0].closed_on = date(2026, 9, 30)
        link_schools(schools[0], academy)
        hold_network(OCTOBER, academy)
        report = load_report()
        assert (engaged(report), outside(report)) == (["School A"], [])
        assert report.figures is not None
        assert report.figures.rate.of == "1 of 4"

    def test_amalgamation_counts_each_predecessor_in_scope(
        self, schools: list[School], scope: Scope
    ) -> None:
        whole, elsewhere = make_school("Whole"), make_school("Elsewhere")
        for before in (schools[0], schools[1], elsewhere):
            link_schools(before, whole, linked_on=date(2026, 10, 1))
        hold_network(OCTOBER, whole)
        report = load_report()
        assert (engaged(report), outside(report)) == (["School A", "School B"], [])

    def test_conversion_before_the_term_makes_nothing_one(
        self, schools: list[School], scope: Scope
    ) -> None:
        academy = make_school("Academy A")
        link_schools(schools[0], academy, linked_on=date(2026, 8, 31))
        hold_network(OCTOBER, academy)
        report = load_report()
        assert (engaged(report), outside(report)) == ([], ["Academy A"])

    def test_closing_without_successor_drops_only_a_school_that_had_not_come(
        self, schools: list[School], scope: Scope
    ) -> None:
        schools[0].closed_on = schools[1].closed_on = date(2026, 10, 31)
        hold_network(OCTOBER, schools[0])
        report = load_report()
        assert report.figures is not None
        assert report.figures.rate.of == "1 of 3"
        assert [left.school.name for left in report.figures.left_out] == ["School B"]


class TestProvisional:
    def test_counts_ended_sessions_without_a_closed_register(
        self, schools: list[School], scope: Scope
    ) -> None:
        hold_network(OCTOBER, schools[0])
        hold_network(OCTOBER, schools[1], closed=False)
        make_event(OCTOBER + timedelta(days=1))
        make_event(NOON - timedelta(hours=1))  # still running
        make_event(NOON + timedelta(days=7))
        report = load_report()
        assert (engaged(report), not_closed(report)) == (["School A"], 2)

    def test_session_without_a_register_is_not_closed(
        self, schools: list[School], scope: Scope
    ) -> None:
        event = make_event(OCTOBER)
        assert not_closed(load_report()) == 1
        make_register(session_of(event))
        assert not_closed(load_report()) == 0

    def test_open_register_of_another_term_does_not_matter(
        self, schools: list[School], scope: Scope
    ) -> None:
        hold_network(london(2026, 8, 31), schools[0], closed=False)
        hold_network(OCTOBER, schools[1])
        assert not_closed(load_report()) == 0
