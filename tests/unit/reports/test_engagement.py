"""M1 and M4 from plain facts: each edge case worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cop_site.accounts.models import SchoolRoleKind
from cop_site.reports.engagement import Engagement, Facts, measure
from cop_site.reports.fact_models import Attendee, CountedSession, Held, Link, ListedSchool
from cop_site.reports.visits import is_eligible
from cop_site.schools.term_models import Period

AUTUMN = Period(date(2026, 9, 1), date(2027, 1, 3))
TODAY = date(2026, 11, 10)
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
ALWAYS = (Held(SchoolRoleKind.SENCO, date(2020, 9, 1)),)


def listed(*ids: int, **values: Any) -> tuple[ListedSchool, ...]:
    return tuple(ListedSchool(one, f"School {one:03}", **values) for one in ids)


def session(
    number: int = 1,
    day: date = date(2026, 10, 6),
    *,
    hour: int = 9,
    closed: bool = True,
    governors: bool = False,
) -> CountedSession:
    starts_at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    return CountedSession(number, starts_at, starts_at + timedelta(hours=2), governors, closed)


def came(school_id: int, session_id: int = 1, **values: Any) -> Attendee:
    return Attendee(
        **{
            "session_id": session_id,
            "school_id": school_id,
            "school_name": f"School {school_id:03}",
            "role": SchoolRoleKind.SENCO,
            "held": ALWAYS,
            **values,
        }
    )


def became(before: int, after: int, on: date | None, **values: Any) -> Link:
    days = {"linked_on": on, "opened_on": None, "closed_on": None, **values}
    return Link(before, after, **days)


def figure(
    schools: tuple[ListedSchool, ...],
    *attendees: Attendee,
    sessions: tuple[CountedSession, ...] = (session(),),
    links: tuple[Link, ...] = (),
    period: Period = AUTUMN,
    as_at: date = TODAY,
) -> Engagement:
    return measure(Facts(schools, sessions, attendees, links), period, as_at=as_at, now=NOW)


def engaged(figures: Engagement) -> list[int]:
    return [one.school.school_id for one in figures.engaged]


def not_yet(figures: Engagement) -> list[int]:
    return [one.school.school_id for one in figures.not_yet]


class TestMeasure:
    def test_81_of_89_is_91_percent_and_8_not_yet(self) -> None:
        figures = figure(listed(*range(1, 90)), *(came(one) for one in range(1, 82)))
        assert figures.rate.of == "81 of 89"
        assert figures.rate.percent == 91
        assert not_yet(figures) == list(range(82, 90))

    def test_a_school_counts_once_however_often_it_came(self) -> None:
        twice = (came(1, 1), came(1, 1), came(1, 2))
        figures = figure(listed(1, 2), *twice, sessions=(session(1), session(2, hour=13)))
        assert figures.rate.of == "1 of 2"
        assert [visit.session_id for visit in figures.engaged[0].visits] == [1, 2]

    def test_person_of_two_schools_counts_for_each_named(self) -> None:
        assert engaged(figure(listed(1, 2, 3), came(1), came(2))) == [1, 2]

    def test_school_outside_the_scope_is_listed_apart(self) -> None:
        figures = figure(listed(1, 2), came(1), came(7, urn=900_007))
        assert figures.rate.of == "1 of 2"
        assert [(one.school_id, one.urn) for one in figures.outside] == [(7, 900_007)]

    def test_nobody_listed_gives_none_of_none(self) -> None:
        assert figure((), came(1)).rate.of == "0 of 0"

    def test_open_register_counts_for_nothing_and_makes_it_provisional(self) -> None:
        figures = figure(listed(1), came(1), sessions=(session(closed=False),))
        assert (engaged(figures), figures.sessions_not_closed) == ([], 1)
        assert figures.is_provisional

    def test_session_not_ended_is_not_provisional(self) -> None:
        running = session(day=TODAY, hour=11, closed=False)
        figures = figure(listed(1), sessions=(running,))
        assert not figures.is_provisional
        assert figures.sessions_held == 0

    def test_as_at_leaves_later_sessions_out(self) -> None:
        sessions = (session(1, date(2026, 10, 6)), session(2, date(2026, 10, 7), closed=False))
        figures = figure(listed(1), came(1, 1), sessions=sessions, as_at=date(2026, 10, 6))
        assert (engaged(figures), figures.sessions_not_closed) == ([1], 0)
        assert engaged(figure(listed(1), came(1, 1), as_at=date(2026, 10, 5))) == []


class TestPeriod:
    @pytest.mark.parametrize(
        ("day", "inside"),
        [
            (date(2026, 8, 31), False),
            (date(2026, 9, 1), True),
            (date(2027, 1, 3), True),
            (date(2027, 1, 4), False),
        ],
    )
    def test_runs_to_the_day_before_the_next_term(self, day: date, inside: bool) -> None:
        figures = figure(listed(1), came(1), sessions=(session(day=day),), as_at=date(2027, 3, 1))
        assert (engaged(figures) == [1]) is inside

    def test_session_belongs_to_the_day_it_starts_on_in_london(self) -> None:
        # 23:30 UTC on 31 August is half past midnight on 1 September in London.
        late = session(day=date(2026, 8, 31), hour=23)
        late = CountedSession(1, late.starts_at + timedelta(minutes=30), late.ends_at, False, True)
        assert engaged(figure(listed(1), came(1), sessions=(late,))) == [1]

    def test_last_term_has_no_end(self) -> None:
        open_ended = Period(date(2026, 9, 1), None)
        assert engaged(figure(listed(1), came(1), period=open_ended)) == [1]


class TestIsEligible:
    @pytest.mark.parametrize(
        ("starts_on", "ends_on", "counts"),
        [
            (date(2026, 10, 6), None, True),
            (date(2026, 10, 7), None, False),
            (date(2026, 9, 1), date(2026, 10, 6), True),
            (date(2026, 9, 1), date(2026, 10, 5), False),
        ],
    )
    def test_role_on_the_day_decides(
        self, starts_on: date, ends_on: date | None, counts: bool
    ) -> None:
        held = (Held(SchoolRoleKind.TEACHER, starts_on, ends_on),)
        assert is_eligible(came(1, held=held), session()) is counts

    def test_nobody_without_a_role_there_counts(self) -> None:
        assert not is_eligible(came(1, held=()), session())

    def test_governor_counts_only_where_the_event_says_so(self) -> None:
        governor = came(1, held=(Held(SchoolRoleKind.GOVERNOR, date(2020, 9, 1)),))
        assert not is_eligible(governor, session())
        assert is_eligible(governor, session(governors=True))

    def test_governor_who_also_teaches_there_counts(self) -> None:
        both = (Held(SchoolRoleKind.GOVERNOR, date(2020, 9, 1)), *ALWAYS)
        assert is_eligible(came(1, held=both), session())

    def test_walk_in_counts_for_the_school_named(self) -> None:
        assert is_eligible(came(1, held=(), is_walk_in=True), session())

    def test_walk_in_merged_into_someone_without_a_role_there_does_not(self) -> None:
        assert not is_eligible(came(1, held=(), is_walk_in=True, is_merged=True), session())

    def test_walk_in_merged_into_someone_with_a_role_there_does(self) -> None:
        assert is_eligible(came(1, is_walk_in=True, is_merged=True), session())

    def test_governor_at_the_door_counts_only_where_the_event_says_so(self) -> None:
        governor = came(1, held=(), is_walk_in=True, role=SchoolRoleKind.GOVERNOR)
        assert not is_eligible(governor, session())
        assert is_eligible(governor, session(governors=True))

    def test_service_staff_at_the_door_do_not_count(self) -> None:
        serves = ((date(2026, 9, 1), None),)
        assert not is_eligible(came(1, held=(), is_walk_in=True, serves=serves), session())

    def test_somebody_who_left_the_service_before_counts_at_the_door(self) -> None:
        serves = ((date(2020, 9, 1), date(2026, 10, 5)),)
        assert is_eligible(came(1, held=(), is_walk_in=True, serves=serves), session())

    def test_service_staff_with_a_role_at_the_school_count(self) -> None:
        serves = ((date(2026, 9, 1), None),)
        assert is_eligible(came(1, is_walk_in=True, serves=serves), session())


class TestConversion:
    CHANGE = date(2026, 11, 1)

    def test_predecessor_in_scope_counts_when_the_successor_comes(self) -> None:
        figures = figure(listed(1, 2), came(51), links=(became(1, 51, self.CHANGE),))
        assert figures.rate.of == "1 of 2"
        assert figures.engaged[0].counted_through == ("School 051",)
        assert figures.outside == ()

    def test_successor_in_scope_counts_when_the_predecessor_came(self) -> None:
        links = (became(1, 51, self.CHANGE, opened_on=self.CHANGE),)
        assert engaged(figure(listed(51), came(1), links=links)) == [51]

    def test_both_in_scope_are_one_school(self) -> None:
        figures = figure(listed(1, 2, 51), came(51), links=(became(1, 51, self.CHANGE),))
        assert figures.rate.of == "1 of 2"
        assert [left.school.school_id for left in figures.left_out] == [51]

    def test_each_predecessor_counts_when_the_amalgamated_school_comes(self) -> None:
        links = (became(1, 51, self.CHANGE), became(2, 51, self.CHANGE))
        assert engaged(figure(listed(1, 2, 3), came(51), links=links)) == [1, 2]

    def test_predecessor_does_not_count_for_the_one_it_joins_with(self) -> None:
        links = (became(1, 51, self.CHANGE), became(2, 51, self.CHANGE))
        assert engaged(figure(listed(1, 2), came(1), links=links)) == [1]

    def test_school_that_takes_another_in_stays_its_own(self) -> None:
        links = (became(1, 2, self.CHANGE, opened_on=date(1990, 9, 1)),)
        assert engaged(figure(listed(1, 2), came(1), links=links)) == [1]
        assert engaged(figure(listed(1, 2), came(2), links=links)) == [1, 2]

    def test_two_changes_in_a_period_follow_one_another(self) -> None:
        links = (became(1, 51, date(2026, 9, 30)), became(51, 52, self.CHANGE))
        assert engaged(figure(listed(1), came(52), links=links)) == [1]

    def test_links_in_a_circle_come_to_an_end(self) -> None:
        links = (became(1, 2, self.CHANGE), became(2, 1, self.CHANGE))
        assert figure(listed(1, 2), came(1), links=links).rate.of == "2 of 2"

    @pytest.mark.parametrize("on", [date(2026, 8, 31), date(2027, 1, 4), None])
    def test_change_outside_the_period_makes_nothing_one(self, on: date | None) -> None:
        figures = figure(listed(1), came(51), links=(became(1, 51, on),))
        assert engaged(figures) == []
        assert [one.school_id for one in figures.outside] == [51]

    @pytest.mark.parametrize(
        "days", [{"opened_on": date(2026, 9, 1)}, {"closed_on": date(2026, 8, 31)}]
    )
    def test_opening_or_closing_day_dates_a_link_without_one(self, days: dict[str, date]) -> None:
        assert engaged(figure(listed(1), came(51), links=(became(1, 51, None, **days),))) == [1]


class TestClosing:
    def test_closed_in_the_period_stays_if_it_came(self) -> None:
        figures = figure(listed(1, closed_on=date(2026, 10, 20)), came(1))
        assert figures.rate.of == "1 of 1"

    def test_closed_in_the_period_drops_with_a_note_if_it_had_not(self) -> None:
        closed = listed(1, closed_on=date(2026, 10, 20))
        figures = figure(closed + listed(2), came(2))
        assert figures.rate.of == "1 of 1"
        assert [left.why for left in figures.left_out] == [
            "closed on 20 October 2026 and had not come"
        ]

    def test_with_a_successor_it_stays(self) -> None:
        closed = listed(1, closed_on=date(2026, 10, 31))
        figures = figure(closed, links=(became(1, 51, date(2026, 11, 1)),))
        assert figures.rate.of == "0 of 1"

    @pytest.mark.parametrize("closed_on", [date(2026, 8, 31), date(2026, 11, 10), date(2027, 1, 3)])
    def test_not_closed_within_what_is_looked_at_stays(self, closed_on: date) -> None:
        assert figure(listed(1, closed_on=closed_on)).rate.of == "0 of 1"


class TestOnly:
    def test_keeps_the_schools_of_some_clusters_and_nothing_outside(self) -> None:
        schools = listed(1, 2, cluster_id=5) + listed(3, cluster_id=6) + listed(4)
        whole = figure(schools, came(1), came(3), came(9))
        part = whole.only({5})
        assert part.rate.of == "1 of 2"
        assert part.outside == ()
        assert part.sessions_held == whole.sessions_held == 1
