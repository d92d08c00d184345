"""The awkward cases together in one term, each figure worked out by hand. On both databases.

North: A, B (one SENCO for both), C, D (an academy, D2, from October). South: E and F, one school,
G, from October. Network on 6 October in the morning and the afternoon; on 13 October its register
is still open. North met on 20 October, South on 21 October.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRoleKind, ServiceRoleKind
from cop_site.bookings.models import BookingState
from cop_site.db import db
from cop_site.events.models import Event, EventKind
from cop_site.reports.basis import Ask, load_basis
from cop_site.reports.cluster_report import ClusterReport, load_clusters
from cop_site.reports.engagement_report import load_report
from cop_site.reports.register_report import RegisterReport, load_registers
from cop_site.reports.survey_report import read_surveys
from cop_site.reports.toolkit_report import load_reach
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School
from tests.factories.events import make_booking, make_event, make_mark, session_of
from tests.factories.people import give_service_role, make_person
from tests.factories.reports import hold_network, link_schools, make_scope, make_staff
from tests.factories.schools import join_cluster, make_cluster, make_school, make_term
from tests.factories.support import make_entry, make_plan
from tests.factories.surveys import make_response, make_survey
from tests.factories.toolkit import make_download, make_resource

CHANGED = date(2026, 10, 1)
BEFORE = CHANGED - timedelta(days=1)


def october(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 10, day, hour, tzinfo=clock.LONDON)


@dataclass
class World:
    north: Cluster
    south: Cluster
    schools: dict[str, School]
    sencos: dict[str, Person]


@pytest.fixture
def world(app: object) -> World:
    term = make_term("Autumn 2026", date(2026, 9, 1), date(2026, 12, 18))
    north, south = make_cluster("North"), make_cluster("South")
    schools = {name: make_school(f"School {name}") for name in ("A", "B", "C", "D", "E", "F")}
    schools |= {name: make_school(f"School {name}", opened_on=CHANGED) for name in ("D2", "G")}
    link_schools(schools["D"], schools["D2"])
    for name in "EF":
        link_schools(schools[name], schools["G"])
        join_cluster(schools[name], south, ends_on=BEFORE)
    for name in "ABCD":
        join_cluster(schools[name], north)
    join_cluster(schools["G"], south, CHANGED)
    make_scope(term, [schools[name] for name in "ABCDEF"], cluster=north)
    shared = make_staff(schools["A"], schools["B"])
    sencos = {name: make_staff(schools[name]) for name in ("C", "D2", "G")} | {"AB": shared}
    world = World(north, south, schools, sencos)
    hold_networks(world)
    hold_meetings(world)
    db.session.flush()
    return world


def hold_networks(world: World) -> None:
    schools, sencos = world.schools, world.sencos
    _, morning = hold_network(october(6, 9))
    make_mark(morning, sencos["AB"], schools["A"], schools["B"])
    make_mark(morning, sencos["D2"], schools["D2"])
    officer = make_person()
    give_service_role(officer, ServiceRoleKind.SUPPORT_OFFICER)
    make_mark(morning, officer, schools["F"], walk_in=True)
    at_the_door = make_person(email=None)
    make_mark(morning, at_the_door, schools["C"], walk_in=True)
    at_the_door.merged_into_id = make_staff(schools["A"]).id
    _, afternoon = hold_network(october(6, 14))
    make_mark(afternoon, sencos["AB"], schools["A"])
    make_mark(afternoon, sencos["G"], schools["G"])
    _, still_open = hold_network(october(13), closed=False)
    make_mark(still_open, sencos["C"], schools["C"])


def book(event: Event, person: Person, *schools: School) -> None:
    booking = make_booking(event, person, *schools)
    booking.place_given_at = event.starts_at - timedelta(days=9)


def hold_meetings(world: World) -> None:
    schools, sencos = world.schools, world.sencos
    kind = EventKind.COP_MEETING
    event, register = hold_network(october(20), kind=kind, cluster_id=world.north.id)
    book(event, sencos["AB"], schools["A"], schools["B"])
    make_mark(register, sencos["AB"], schools["A"], schools["B"])
    make_mark(register, sencos["D2"], schools["D2"], walk_in=True)
    make_mark(register, sencos["G"], schools["G"], walk_in=True)
    book(event, sencos["C"], schools["C"])  # the register says nothing of them
    head = make_staff(schools["A"], role=SchoolRoleKind.HEADTEACHER)
    book(event, head, schools["A"])
    make_mark(register, head, schools["A"], kind="did_not_attend")
    twice = make_staff(schools["D2"])
    book(event, twice, schools["D2"])
    make_mark(register, twice, schools["D2"], kind="did_not_attend")
    double = make_person(email=None)
    make_mark(register, double, schools["D2"], walk_in=True)
    double.merged_into_id = twice.id
    accepted_then_cancelled(event, schools["B"])
    _, other = hold_network(october(21), kind=kind, cluster_id=world.south.id)
    make_mark(other, sencos["G"], schools["G"])
    make_mark(other, sencos["C"], schools["C"])


def accepted_then_cancelled(event: Event, school: School) -> None:
    """Waited, was offered a place, took it, and gave it up on the eve."""
    booking = make_booking(event, make_staff(school), school, state=BookingState.CANCELLED)
    booking.queued_at = event.starts_at - timedelta(days=9)
    booking.offered_at = booking.place_given_at = event.starts_at - timedelta(days=2)
    booking.cancelled_at = event.starts_at - timedelta(hours=20)
    booking.cancelled_late = True


def registers(ask: Ask | None = None) -> RegisterReport:
    report = load_registers(ask)
    assert report
    return report


def clusters(ask: Ask | None = None) -> ClusterReport:
    report = load_clusters(ask)
    assert report
    return report


class TestEngagement:
    def test_5_of_6_and_provisional(self, world: World) -> None:
        figures = load_report().figures
        assert figures
        assert figures.rate.of == "5 of 6"
        assert [one.school.name for one in figures.not_yet] == ["School C"]
        assert (figures.sessions_held, figures.sessions_not_closed) == (3, 1)


class TestCopEngagement:
    def test_3_of_4_and_2_of_2_with_guests(self, world: World) -> None:
        figures = clusters().engagement
        assert {one.name: one.rate.of for one in figures.clusters} == {
            "North": "3 of 4",
            "South": "2 of 2",
        }
        assert figures.rate.of == "5 of 6"
        guests = {one.name: [guest.name for guest in one.guests] for one in figures.clusters}
        assert guests == {"North": ["School G"], "South": ["School C"]}
        assert [one.joiners for one in figures.clusters] == [(), ()]
        through = figures.clusters[0].schools[3].counted_through
        assert through == ("School D2",)

    def test_last_term_comes_with_it(self, world: World) -> None:
        make_term("Summer 2026", date(2026, 4, 13), date(2026, 7, 21))
        assert clusters().before is None
        kind, day = EventKind.COP_MEETING, datetime(2026, 5, 5, 9, tzinfo=clock.LONDON)
        hold_network(day, world.schools["C"], kind=kind, cluster_id=world.north.id)
        before = clusters().before
        assert before
        assert before.rate.of == "1 of 6"

    def test_one_cluster(self, world: World) -> None:
        ask = Ask(cluster_id=world.south.id, visible=frozenset({world.south.id}))
        assert clusters(ask).engagement.rate.of == "2 of 2"
        hidden = Ask(cluster_id=world.south.id, visible=frozenset({world.north.id}))
        assert clusters(hidden).engagement.clusters == ()


class TestBookings:
    def test_1_of_3_and_the_others_apart(self, world: World) -> None:
        kept = registers().bookings.whole
        # The head did not come. The shared SENCO did, and so did the one marked twice.
        assert kept.rate.of == "1 of 3"
        assert (kept.not_recorded, kept.cancelled_late) == (1, 1)

    def test_by_cluster_of_the_schools_named(self, world: World) -> None:
        assert registers(Ask(cluster_id=world.north.id)).bookings.whole.rate.of == "1 of 3"
        south = registers(Ask(cluster_id=world.south.id)).bookings
        assert (south.whole.rate.n, south.sessions) == (0, ())


class TestRegisters:
    def test_4_of_5_and_the_late_one(self, world: World) -> None:
        figures = registers().registers
        assert figures.rate.of == "4 of 5"
        assert [one.session.day for one in figures.never_closed] == [date(2026, 10, 13)]
        north = registers(Ask(cluster_id=world.north.id)).registers
        assert north.rate.of == "1 of 1"


class TestReach:
    def test_4_of_6_through_the_schools_they_became(self, world: World) -> None:
        resource = make_resource()
        for name in ("A", "D2", "G"):
            make_download(resource, world.schools[name], date(2026, 10, 14))
        make_download(resource, world.schools["C"], date(2026, 11, 11))  # tomorrow
        make_download(resource, world.schools["B"], date(2026, 8, 31))
        report = load_reach(Ask())
        assert report
        assert report.reach
        assert report.reach.rate.of == "4 of 6"
        assert [one.counted_through for one in report.reach.reached] == [
            (),
            ("School D2",),
            ("School G",),
            ("School G",),
        ]


class TestDelivery:
    def test_minutes_to_date_against_the_plan_of_each_week(self, world: World) -> None:
        make_plan(world.north, 60, date(2026, 9, 1), date(2026, 9, 30))
        make_plan(world.north, 100, date(2026, 10, 1))
        make_entry(world.north, *world.schools.values(), day=date(2026, 11, 10))
        make_entry(world.north, day=date(2026, 11, 11))
        make_entry(world.south, day=date(2026, 9, 1))
        told = {one.name: one.delivery for one in clusters().delivery.clusters}
        # Weeks of 1, 7, 14, 21, 28 September, then 5 October to 9 November.
        assert told["North"].planned.minutes == 5 * 60 + 6 * 100
        assert told["North"].delivered.minutes == 85
        assert told["South"].headline == "Unplanned"


class TestSurveys:
    def test_survey_of_4_says_nothing(self, world: World) -> None:
        add_form(4)
        for figure in read_surveys(load_basis()).of_form:
            assert (figure.rate, figure.question.spread.n) == (None, None)
            assert figure.headline == "Not shown"

    def test_survey_of_10_is_not_cut_by_a_cluster(self, world: World) -> None:
        add_form(10)
        whole = read_surveys(load_basis())
        narrowed = read_surveys(load_basis(Ask(cluster_id=world.north.id)))
        assert whole == narrowed
        assert [one.question.spread.n for one in whole.of_form] == [10, 10, 10]


def add_form(answers: int) -> None:
    event = make_event(october(14))
    form = make_survey(closed=True, event_id=event.id, session_id=session_of(event).id)
    for _ in range(answers):
        make_response(
            form,
            {
                "reaction.confidence": "the_same",
                "reaction.clarity": "agree",
                "reaction.inclusion": "agree",
            },
        )
