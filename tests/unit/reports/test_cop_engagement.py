"""M5 from plain facts: each edge case worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from cop_site.accounts.models import SchoolRoleKind
from cop_site.events.models import EventKind
from cop_site.reports.cop_engagement import (
    ClusterEngagement,
    CopEngagement,
    CopFacts,
    measure_clusters,
)
from cop_site.reports.fact_models import Attendee, CountedSession, Held, Link, ListedSchool, Member
from cop_site.schools.term_models import Period

FIRST = date(2026, 9, 1)
AUTUMN = Period(FIRST, date(2027, 1, 3))
TODAY = date(2026, 11, 10)
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
OCTOBER = date(2026, 10, 6)
NORTH, SOUTH = 1, 2
NAMES = {NORTH: "North", SOUTH: "South"}


def member(
    school_id: int,
    cluster_id: int = NORTH,
    starts_on: date = date(2024, 9, 1),
    ends_on: date | None = None,
    **values: Any,
) -> Member:
    school = ListedSchool(
        school_id,
        f"School {school_id}",
        cluster_id=cluster_id,
        cluster_name=NAMES[cluster_id],
        **values,
    )
    return Member(school, starts_on, ends_on)


def meeting(
    number: int = 1, cluster_id: int | None = NORTH, day: date = OCTOBER, **values: Any
) -> CountedSession:
    starts_at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    return CountedSession(
        **{
            "session_id": number,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=2),
            "governors_count": False,
            "is_closed": True,
            "kind": EventKind.COP_MEETING,
            "cluster_id": cluster_id,
            **values,
        }
    )


def came(school_id: int, session_id: int = 1) -> Attendee:
    senco = SchoolRoleKind.SENCO
    held = (Held(senco, date(2020, 9, 1)),)
    return Attendee(session_id, school_id, f"School {school_id}", senco, held=held)


def figure(
    members: tuple[Member, ...],
    *attendees: Attendee,
    sessions: tuple[CountedSession, ...] = (meeting(),),
    links: tuple[Link, ...] = (),
    as_at: date = TODAY,
) -> CopEngagement:
    facts = CopFacts(members, sessions, attendees, links)
    return measure_clusters(facts, AUTUMN, as_at=as_at, now=NOW)


def of(figures: CopEngagement, cluster_id: int) -> ClusterEngagement:
    return next(one for one in figures.clusters if one.cluster_id == cluster_id)


def shares(figures: CopEngagement) -> dict[str, str]:
    return {one.name: one.rate.of for one in figures.clusters}


class TestMeasureClusters:
    def test_counts_each_clusters_schools_and_the_whole(self) -> None:
        members = (member(1), member(2), member(3, SOUTH), member(4, SOUTH), member(5, SOUTH))
        sessions = (meeting(1, NORTH), meeting(2, SOUTH), meeting(3, SOUTH))
        figures = figure(members, came(1, 1), came(3, 2), came(3, 3), came(4, 3), sessions=sessions)
        assert shares(figures) == {"North": "1 of 2", "South": "2 of 3"}
        assert figures.rate.of == "3 of 5"
        assert [one.school.school_id for one in of(figures, SOUTH).not_yet] == [5]
        assert (figures.meetings_held, of(figures, SOUTH).meetings_held) == (3, 2)

    def test_other_kinds_of_event_do_not_count(self) -> None:
        network = meeting(kind=EventKind.SENCO_NETWORK)
        assert figure((member(1),), came(1), sessions=(network,)).rate.of == "0 of 1"

    def test_visitor_to_another_cluster_is_a_guest(self) -> None:
        figures = figure((member(1), member(2, SOUTH)), came(1), came(2))
        assert shares(figures) == {"North": "1 of 1", "South": "0 of 1"}
        guests = of(figures, NORTH).guests
        assert [(one.school_id, one.name, one.days) for one in guests] == [
            (2, "School 2", (OCTOBER,))
        ]

    def test_school_in_no_cluster_is_a_guest(self) -> None:
        figures = figure((member(1),), came(9))
        assert figures.rate.of == "0 of 1"
        assert [one.school_id for one in of(figures, NORTH).guests] == [9]

    def test_mover_counts_for_the_cluster_it_started_in(self) -> None:
        left, joined = date(2026, 9, 30), date(2026, 10, 1)
        members = (member(1, ends_on=left), member(1, SOUTH, joined), member(2, SOUTH))
        figures = figure(members, came(1), sessions=(meeting(cluster_id=SOUTH),))
        assert shares(figures) == {"North": "1 of 1", "South": "0 of 1"}
        assert [
            (one.school.school_id, one.joined_on, one.counts_for)
            for one in of(figures, SOUTH).joiners
        ] == [(1, joined, "North")]
        assert of(figures, SOUTH).guests == ()

    def test_mover_at_its_old_clusters_meeting_is_a_guest(self) -> None:
        members = (member(1, ends_on=date(2026, 10, 5)), member(1, SOUTH, OCTOBER))
        figures = figure(members, came(1))
        assert figures.rate.of == "0 of 1"
        assert [one.school_id for one in of(figures, NORTH).guests] == [1]

    def test_last_day_of_a_membership_still_holds(self) -> None:
        members = (member(1, ends_on=OCTOBER), member(1, SOUTH, OCTOBER + timedelta(days=1)))
        assert figure(members, came(1)).rate.of == "1 of 1"

    def test_joiner_is_listed_and_not_counted(self) -> None:
        members = (member(1), member(2, starts_on=FIRST + timedelta(days=1)))
        figures = figure(members, came(2))
        assert figures.rate.of == "0 of 1"
        assert [(o.school.school_id, o.counts_for) for o in of(figures, NORTH).joiners] == [(2, "")]

    def test_joiner_of_the_first_day_counts(self) -> None:
        figures = figure((member(1, starts_on=FIRST),), came(1))
        assert (figures.rate.of, of(figures, NORTH).joiners) == ("1 of 1", ())

    def test_school_that_joins_after_the_as_at_date_is_no_joiner_yet(self) -> None:
        members = (member(1), member(2, starts_on=TODAY + timedelta(days=1)))
        assert of(figure(members), NORTH).joiners == ()

    def test_converted_school_counts_without_a_second_membership(self) -> None:
        link = Link(1, 7, date(2026, 10, 1), None, None, "Academy 7")
        figures = figure((member(1),), came(7), links=(link,))
        assert figures.rate.of == "1 of 1"
        assert of(figures, NORTH).guests == ()
        assert of(figures, NORTH).schools[0].counted_through == ("School 7",)

    def test_converted_schools_own_membership_makes_it_no_joiner(self) -> None:
        changed = date(2026, 10, 1)
        link = Link(1, 7, changed, None, None)
        members = (member(1, ends_on=date(2026, 9, 30)), member(7, starts_on=changed))
        figures = figure(members, came(7), links=(link,))
        assert (figures.rate.of, of(figures, NORTH).joiners) == ("1 of 1", ())

    def test_amalgamation_counts_each_school_for_the_cluster_it_started_in(self) -> None:
        changed = date(2026, 10, 1)
        links = (Link(1, 7, changed, changed, None), Link(2, 7, changed, changed, None))
        members = (
            member(1, ends_on=date(2026, 9, 30)),
            member(2, SOUTH, ends_on=date(2026, 9, 30)),
            member(7, starts_on=changed),
        )
        figures = figure(members, came(7), links=links)
        assert shares(figures) == {"North": "1 of 1", "South": "1 of 1"}

    def test_school_that_closed_and_had_not_come_leaves_with_a_note(self) -> None:
        members = (member(1), member(2, closed_on=date(2026, 10, 31)))
        figures = figure(members, came(1))
        assert figures.rate.of == "1 of 1"
        assert [o.why for o in of(figures, NORTH).left_out] == [
            "closed on 31 October 2026 and had not come"
        ]

    def test_meeting_after_the_as_at_date_is_left_out(self) -> None:
        figures = figure((member(1),), came(1), as_at=OCTOBER - timedelta(days=1))
        assert (figures.rate.of, figures.meetings_held) == ("0 of 1", 0)

    def test_meeting_of_the_term_before_is_left_out(self) -> None:
        figures = figure((member(1),), came(1), sessions=(meeting(day=date(2026, 8, 31)),))
        assert (figures.rate.of, figures.meetings_held) == ("0 of 1", 0)

    def test_cluster_without_schools_on_the_first_day_is_told_once_it_has_met(self) -> None:
        members = (member(1, starts_on=OCTOBER),)
        assert [one.rate.of for one in figure(members, came(1)).clusters] == ["0 of 0"]
        assert figure(members, sessions=()).clusters == ()


class TestProvisional:
    def test_open_register_makes_its_own_cluster_provisional_only(self) -> None:
        members = (member(1), member(2, SOUTH))
        figures = figure(members, came(1), sessions=(meeting(is_closed=False),))
        assert figures.rate.of == "0 of 2"
        assert [one.sessions_not_closed for one in figures.clusters] == [1, 0]
        assert figures.sessions_not_closed == 1

    def test_and_the_cluster_that_a_mover_started_in(self) -> None:
        members = (
            member(1, ends_on=date(2026, 9, 30)),
            member(1, SOUTH, date(2026, 10, 1)),
            member(2, SOUTH),
        )
        figures = figure(members, sessions=(meeting(cluster_id=SOUTH, is_closed=False),))
        assert [one.sessions_not_closed for one in figures.clusters] == [1, 1]
        assert figures.sessions_not_closed == 1

    def test_meeting_that_has_not_ended_is_not_provisional(self) -> None:
        running = meeting(day=TODAY, ends_at=NOW + timedelta(minutes=1), is_closed=False)
        figures = figure((member(1),), sessions=(running,))
        assert (figures.sessions_not_closed, figures.meetings_held) == (0, 0)


class TestOnly:
    def test_leaves_numerators_and_denominators_of_some_clusters(self) -> None:
        figures = figure((member(1), member(2, SOUTH), member(3, SOUTH)), came(1))
        assert figures.only({SOUTH}).rate.of == "0 of 2"
        assert figures.only(set()).rate.of == "0 of 0"
        assert figures.only(None) is figures
