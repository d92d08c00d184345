"""An invented year among the register's schools, for the trial of conversions.

Only in a database that is thrown away, with people who do not exist; nothing of it is printed but
counts. Who came to what is by a school's place in the list.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import Person
from cop_site.db import db
from cop_site.events.models import EventKind
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School, SchoolStatus, Term
from cop_site.surveys.models import SurveyKind
from tests.factories.events import make_booking, make_event, make_mark, make_register, session_of
from tests.factories.people import give_school_role, make_person
from tests.factories.reports import hold_network, make_scope
from tests.factories.schools import join_cluster, make_cluster, make_term
from tests.factories.support import make_entry, make_plan
from tests.factories.surveys import answer_all, make_survey
from tests.factories.toolkit import make_download, make_resource

TERMS = (
    ("Autumn 2023", date(2023, 9, 4), date(2023, 12, 22)),
    ("Spring 2024", date(2024, 1, 8), date(2024, 3, 28)),
    ("Summer 2024", date(2024, 4, 15), date(2024, 7, 22)),
    ("Autumn 2024", date(2024, 9, 2), date(2024, 12, 20)),
    ("Spring 2025", date(2025, 1, 6), date(2025, 4, 4)),
    ("Summer 2025", date(2025, 4, 22), date(2025, 7, 22)),
)
NETWORK_ON, MEETING_ON = date(2023, 11, 21), date(2023, 11, 28)
AHEAD = date(2026, 1, 20)
# By a school's place in the list: who booked and what the register then said of them.
MARKS = ("in_person", "online", "apologies", "did_not_attend")


def stand_at(day: date, at: time = time(18)) -> datetime:
    """Stop the clock."""
    moment = clock.from_london(day, at)
    clock.source = lambda: moment
    return moment


@dataclass(frozen=True)
class Borough:
    """The schools that were open in 2023, one person at each, and their two clusters."""

    terms: list[Term]
    schools: list[School]
    people: dict[int, Person]
    clusters: list[Cluster]


def make_borough() -> Borough:
    opened = School.status.in_((SchoolStatus.OPEN, SchoolStatus.PROPOSED_TO_CLOSE))
    schools = list(db.session.scalars(sa.select(School).where(opened).order_by(School.id)))
    clusters = [make_cluster("Invented north"), make_cluster("Invented south")]
    people = {}
    for place, school in enumerate(schools):
        people[school.id] = make_person()
        give_school_role(people[school.id], school)
        join_cluster(school, clusters[place % 2], date(2023, 9, 1))
    terms = [make_term(*one) for one in TERMS]
    return Borough(terms, schools, people, clusters)


def fill_autumn(borough: Borough, must_come: Collection[int]) -> None:
    """2023: a list, a network session with bookings, meetings, support, downloads and surveys.

    ``must_come`` came: a school that closes in the term without having come leaves the list
    unless it is known to have become another, which only the links say.
    """
    scope_of(borough, 0, borough.schools)
    _hold_booked(borough, must_come)
    for place, cluster in enumerate(borough.clusters):
        came = borough.schools[place::4]
        hold_network(at_one(MEETING_ON), *came, kind=EventKind.COP_MEETING, cluster_id=cluster.id)
        make_entry(cluster, *came, day=MEETING_ON)
        make_plan(cluster, 120, TERMS[0][1])
    resource = make_resource()
    for school in borough.schools[::3]:
        make_download(resource, school, NETWORK_ON + timedelta(days=1))
    _ask(borough.terms[0])


def _hold_booked(borough: Borough, must_come: Collection[int]) -> None:
    event = make_event(at_one(NETWORK_ON), capacity=500, published_at=at_one(TERMS[0][1]))
    register = make_register(session_of(event))
    for place, school in enumerate(borough.schools):
        person = borough.people[school.id]
        booking = make_booking(event, person, school)
        booking.place_given_at = at_one(TERMS[0][1])
        kind = MARKS[0] if school.id in must_come else MARKS[place % len(MARKS)]
        make_mark(register, person, school, kind=kind, booking=booking)


def _ask(term: Term) -> None:
    opens, closes = at_one(NETWORK_ON), at_one(NETWORK_ON + timedelta(days=9))
    days = {"opens_at": opens, "closes_at": closes, "closed_at": closes, "shuffled_at": closes}
    wave = make_survey(SurveyKind.SCHOOL_WAVE, closed=True, term_id=term.id, **days)
    answer_all(wave, "toolkit.share", {"over_half": 12, "none": 18})


def book_ahead(borough: Borough, schools: Collection[School]) -> int:
    """A place for each of these at something to come; how many."""
    event = make_event(at_one(AHEAD), capacity=500)
    for school in schools:
        make_booking(event, borough.people[school.id], school)
    return len(schools)


def scope_of(borough: Borough, term: int, schools: list[School]) -> None:
    make_scope(borough.terms[term], schools)
    db.session.commit()


def at_one(day: date) -> datetime:
    return clock.from_london(day, time(13))
