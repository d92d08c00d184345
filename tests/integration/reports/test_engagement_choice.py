"""Engagement by choice of term and cluster, and as known then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from cop_site import audit, clock
from cop_site.attendance.models import MarkChange
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.events.models import EventState
from cop_site.reports.basis import Ask, Moment
from cop_site.reports.engagement_report import find_last_visits, load_report
from cop_site.schools.models import School, Scope
from tests.conftest import NOON
from tests.factories.events import make_event, make_mark
from tests.factories.people import (
    make_person,
)
from tests.factories.reports import (
    add_to_scope,
    hold_network,
    make_scope,
    make_staff,
)
from tests.factories.schools import make_cluster, make_school
from tests.integration.reports.october import OCTOBER, Terms, engaged, london, not_closed, outside
from tests.support.statements import count_statements


class TestChoice:
    def test_opens_on_the_latest_term_with_a_held_session(
        self, at: Callable[[datetime], None], schools: list[School], terms: Terms, scope: Scope
    ) -> None:
        hold_network(OCTOBER, schools[0])
        hold_network(london(2027, 2, 2), closed=False)
        at(london(2027, 1, 20))
        report = load_report()
        assert report.term is not None
        assert report.term.name == "Autumn 2026"

    def test_without_a_held_session_opens_on_todays_term(self, terms: Terms) -> None:
        report = load_report()
        assert report.term is not None
        assert (report.term.name, report.scope, report.figures) == ("Autumn 2026", None, None)

    def test_before_the_first_term_opens_on_it(
        self, at: Callable[[datetime], None], terms: Terms
    ) -> None:
        at(london(2026, 1, 6))
        report = load_report()
        assert report.term is not None
        assert report.term.name == "Summer 2026"

    def test_no_terms_gives_an_empty_report(self, app: object) -> None:
        assert load_report().term is None

    def test_unknown_term_is_not_found(self, terms: Terms) -> None:
        with pytest.raises(NotFoundError):
            load_report(Ask(2**31 - 1))

    def test_newest_version_of_the_list_named_first_unless_asked(
        self, terms: Terms, schools: list[School], scope: Scope
    ) -> None:
        make_scope(terms.autumn, schools[:1], name="Another list", frozen_at=clock.now())
        newer = make_scope(terms.autumn, schools[:2], version=2, frozen_at=clock.now())
        other_terms = make_scope(terms.summer, schools)
        ids = [None, scope.id, newer.id, other_terms.id]
        found = [load_report(Ask(terms.autumn.id, one)).scope for one in ids]
        assert [one and one.id for one in found] == [newer.id, scope.id, newer.id, newer.id]

    def test_last_term_comes_with_its_own_scope_of_the_same_name(
        self, terms: Terms, schools: list[School], scope: Scope
    ) -> None:
        make_scope(terms.summer, schools[:3])
        make_scope(terms.summer, schools[:1], name="Another list", frozen_at=clock.now())
        hold_network(london(2026, 5, 5), schools[0], schools[1])
        hold_network(OCTOBER, schools[2])
        report = load_report()
        assert report.figures is not None
        assert report.before is not None
        assert (report.figures.rate.of, report.before.rate.of) == ("1 of 4", "2 of 3")

    def test_last_terms_list_of_another_name_is_not_compared_with(
        self, terms: Terms, schools: list[School], scope: Scope
    ) -> None:
        make_scope(terms.summer, schools, name="Another list")
        hold_network(london(2026, 5, 5), *schools)
        hold_network(OCTOBER, schools[2])
        report = load_report()
        assert report.before is None
        assert report.basis.no_comparison == (
            "No comparison: Summer 2026 has no list called Network schools"
        )

    @pytest.mark.parametrize(
        ("today", "days", "said"),
        [
            (NOON, (26, 26), "Term still running: 2 more SENCO network sessions, the next on 26 "),
            (NOON, (9,), "Term still running: no more SENCO network sessions are published"),
            (NOON, (10,), "Term still running: 1 more SENCO network session, 10 November 2026"),
            (london(2026, 12, 18), (9,), "Term still running: no more"),
            (london(2026, 12, 19), (9,), ""),
            (london(2026, 12, 19), (51,), "Still to come: 1 more SENCO network session, 21 Dec"),
            (london(2026, 12, 19), (65,), ""),
            (london(2026, 8, 31), (26,), "Term begins on 1 September 2026"),
        ],
    )
    def test_says_what_is_still_to_come(
        self,
        terms: Terms,
        scope: Scope,
        at: Callable[[datetime], None],
        today: datetime,
        days: tuple[int, ...],
        said: str,
    ) -> None:
        for day in days:
            make_event(london(2026, 11, 1, 13) + timedelta(days=day - 1))
        at(today)
        report = load_report(Ask(terms.autumn.id))
        assert report.still_to_come.startswith(said)
        assert report.is_running is bool(said)
        assert report.evidence.startswith("0 of 4 so far.") is bool(said)
        assert "Too few schools for a percentage." in report.evidence

    def test_clusters_narrow_what_is_seen_and_not_how_it_is_counted(
        self, terms: Terms, schools: list[School]
    ) -> None:
        north, south = make_cluster("North"), make_cluster("South")
        scope = make_scope(terms.autumn, schools[:2], cluster=north)
        add_to_scope(scope, schools[2], south)
        hold_network(OCTOBER, schools[0], schools[2], schools[3])
        report = load_report(Ask(visible=frozenset({north.id})))
        assert (engaged(report), outside(report)) == (["School A"], [])


class TestKnownAt:
    def test_register_closed_later_was_open_then(self, schools: list[School], scope: Scope) -> None:
        hold_network(OCTOBER, schools[0])
        then = Moment(date(2026, 10, 6), OCTOBER + timedelta(hours=1, minutes=59))
        assert engaged(load_report(Ask(scope.term_id), then)) == []
        after = Moment(date(2026, 10, 6), OCTOBER + timedelta(hours=3))
        assert engaged(load_report(Ask(scope.term_id), after)) == ["School A"]

    def test_register_reopened_since_was_closed_then(
        self, at: Callable[[datetime], None], schools: list[School], scope: Scope
    ) -> None:
        _, register = hold_network(OCTOBER, schools[0])
        for hours, verb in ((3, "closed"), (30, "reopened"), (60, "closed"), (90, "reopened")):
            at(OCTOBER + timedelta(hours=hours))
            audit.record("register", register.id, verb, by=None)
        register.closed_at = None
        at(NOON)
        db.session.flush()

        def seen(hours: int) -> tuple[list[str], int]:
            moment = Moment(date(2026, 11, 10), OCTOBER + timedelta(hours=hours))
            report = load_report(Ask(scope.term_id), moment)
            return engaged(report), not_closed(report)

        assert [seen(hours) for hours in (2, 4, 31, 61, 91)] == [
            ([], 1),
            (["School A"], 0),
            ([], 1),
            (["School A"], 0),
            ([], 1),
        ]
        assert not_closed(load_report()) == 1

    def test_mark_changed_or_voided_since_counts_as_it_was(
        self, schools: list[School], scope: Scope
    ) -> None:
        _, register = hold_network(OCTOBER)
        changed = make_mark(register, make_staff(schools[0]), schools[0])
        changed.kind_key = "did_not_attend"
        later = OCTOBER + timedelta(days=3)
        db.session.add(
            MarkChange(
                mark_id=changed.id,
                tap_id="later",
                was="in_person",
                now="did_not_attend",
                at=later,
            )
        )
        voided = make_mark(register, make_staff(schools[1]), schools[1])
        voided.voided_at = later
        db.session.flush()
        before = Moment(date(2026, 11, 10), later - timedelta(hours=1))
        assert engaged(load_report(None, before)) == ["School A", "School B"]
        assert engaged(load_report(None, Moment(date(2026, 11, 10), later))) == []
        assert engaged(load_report()) == []

    def test_event_cancelled_since_was_on_then(self, schools: list[School], scope: Scope) -> None:
        event, _ = hold_network(OCTOBER, schools[0])
        event.state = EventState.CANCELLED
        event.cancelled_at = OCTOBER + timedelta(days=3)
        db.session.flush()
        before = Moment(date(2026, 11, 10), OCTOBER + timedelta(days=2))
        assert engaged(load_report(Ask(scope.term_id), before)) == ["School A"]
        assert engaged(load_report(Ask(scope.term_id))) == []


class TestFindLastVisits:
    def test_gives_the_latest_eligible_visit_of_any_term(
        self, schools: list[School], scope: Scope
    ) -> None:
        hold_network(london(2026, 3, 3), schools[0], schools[1])
        hold_network(london(2026, 5, 5), schools[0])
        _, register = hold_network(london(2026, 6, 6))
        make_mark(register, make_person(), schools[1])  # no role there
        hold_network(london(2026, 7, 7), schools[0], closed=False)
        report = load_report(Ask(scope.term_id))
        assert report.figures is not None
        assert find_last_visits(report, report.figures.not_yet) == {
            schools[0].id: date(2026, 5, 5),
            schools[1].id: date(2026, 3, 3),
        }


class TestStatements:
    def test_five_whatever_the_size(self, terms: Terms) -> None:
        def count(number: int) -> int:
            made = [make_school() for _ in range(number)]
            make_scope(terms.summer, made, version=number)
            make_scope(terms.autumn, made, version=number, frozen_at=clock.now())
            hold_network(london(2026, 5, 5), *made)
            hold_network(OCTOBER, *made[1:])
            db.session.flush()
            db.session.expunge_all()
            with count_statements() as sent:
                report = load_report()
            assert report.figures is not None
            assert report.before is not None
            assert len(report.figures.schools) == number
            return len(sent)

        assert count(3) == count(30) == 5
