"""M5, M7 and M9 a second way: crowded worlds, written out as CSV and counted in plain loops."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRoleKind
from cop_site.attendance.models import Register
from cop_site.bookings.models import BookingState
from cop_site.db import db
from cop_site.events.models import Event, EventKind, EventState
from cop_site.reports.basis import Ask
from cop_site.reports.cluster_report import load_clusters
from cop_site.reports.register_report import load_registers
from cop_site.schools.models import School
from tests.factories.events import make_booking, make_event, make_mark, session_of
from tests.factories.people import LONG_AGO, give_school_role, make_person
from tests.factories.reports import link_schools
from tests.factories.schools import join_cluster, make_cluster, make_school, make_term
from tests.integration.reports.rows import (
    Row,
    by_id,
    is_published,
    list_attended,
    london_day,
    moment,
    resolve,
    walk,
    write_out,
)

pytestmark = pytest.mark.thorough

FIRST, LAST = date(2026, 9, 1), date(2026, 11, 9)
TODAY = date(2026, 11, 10)
SCHOOLS = 6
ONE_DAY = timedelta(days=1)
# Few days, so that drawn dates often fall on the very day that decides.
DAYS = [date(2026, 8, 31), FIRST, date(2026, 9, 30), date(2026, 10, 1), date(2026, 11, 2), LAST]
KINDS = ["in_person", "online", "part", "not_recorded", "apologies", "did_not_attend"]
MOVES = [FIRST, date(2026, 9, 30), date(2026, 10, 1)]


def build(draw: Random) -> None:
    term = make_term("Autumn 2026", FIRST, date(2026, 10, 23))
    make_term("Late autumn 2026", TODAY, date(2026, 12, 18))
    assert term.id
    clusters = [make_cluster(), make_cluster()]
    # A grouping that overlaps: no figure may look at it.
    partnership = make_cluster(kind="inclusion_partnership")
    schools = [
        make_school(closed_on=draw.choice([None, None, None, *DAYS])) for _ in range(SCHOOLS)
    ]
    for school in schools:
        join_cluster(school, partnership)
        here, there = draw.sample([*clusters, None], 2)
        last = draw.choice([None, None, *MOVES])
        if here is not None:
            join_cluster(school, here, draw.choice([LONG_AGO, LONG_AGO, FIRST]), last)
        if there is not None and last is not None:
            join_cluster(school, there, last + ONE_DAY)
    for _ in range(draw.randint(0, 2)):
        before, after = sorted(draw.sample(range(SCHOOLS), 2))
        if not write_out("school_link"):
            link_schools(schools[before], schools[after], linked_on=draw.choice(DAYS))
    for _ in range(4):
        add_session(draw, schools, [one.id for one in clusters])
    db.session.flush()


def add_session(draw: Random, schools: list[School], cluster_ids: list[int]) -> None:
    day = draw.choice(DAYS)
    cop = draw.random() < 0.8
    event = make_event(
        datetime.combine(day, datetime.min.time(), tzinfo=clock.LONDON),
        kind=EventKind.COP_MEETING if cop else EventKind.CPD,
        cluster_id=draw.choice(cluster_ids) if cop else None,
        state=draw.choice([EventState.PUBLISHED] * 5 + [EventState.CANCELLED]),
        governors_count=draw.random() < 0.3,
    )
    register = add_register(draw, event)
    for _ in range(3):
        person, named = add_person(draw, schools)
        booking = None
        if draw.random() < 0.8:
            booking = add_booking(draw, event, person, named)
        if register is not None and draw.random() < 0.8:
            mark = make_mark(
                register,
                person,
                *named,
                kind=draw.choice([*KINDS, "in_person", "did_not_attend"]),
                role=draw.choice([SchoolRoleKind.SENCO, SchoolRoleKind.GOVERNOR]),
                walk_in=booking is None,
            )
            mark.voided_at = clock.now() if draw.random() < 0.15 else None
            if booking and draw.random() < 0.3:
                # At the door under another name, matched since.
                double = make_person()
                double.merged_into_id = person.id
                make_mark(register, double, *named, kind=draw.choice(KINDS), walk_in=True)


def add_register(draw: Random, event: Event) -> Register | None:
    """Closed in time or late, opened again since, open, or not there at all."""
    session = session_of(event)
    how = draw.choice(["closed", "closed", "closed", "again", "open", "none"])
    if how == "none":
        return None
    first = event.ends_at + timedelta(days=draw.choice([0, 5, 6, 7, 8, 9]))
    closed = first if first <= clock.now() and how != "open" else None
    register = Register(
        session_id=session.id,
        opened_at=session.starts_at,
        first_closed_at=closed,
        closed_at=None if how == "again" else closed,
    )
    db.session.add(register)
    db.session.flush()
    return register


def add_person(draw: Random, schools: list[School]) -> tuple[Person, list[School]]:
    named = draw.sample(schools, draw.randint(1, 2))
    person = make_person()
    if draw.random() < 0.8:
        give_school_role(person, named[0], starts_on=draw.choice([LONG_AGO, LONG_AGO, *DAYS]))
    return person, named


def add_booking(draw: Random, event: Event, person: Person, named: list[School]) -> object:
    booking = make_booking(event, person, *named)
    hour = timedelta(hours=1)
    booking.place_given_at = event.starts_at + draw.choice([-200 * hour, 0 * hour, hour])
    if draw.random() < 0.4:
        booking.state = BookingState.CANCELLED
        booking.cancelled_at = event.starts_at + draw.choice([-100 * hour, -hour, 0 * hour, hour])
        booking.cancelled_late = booking.cancelled_at > event.starts_at - 24 * hour
    if draw.random() < 0.1:
        booking.state, booking.place_given_at = BookingState.WAITING, None
    return booking


def count_clusters() -> dict[str, tuple[int, int]]:
    """k and n of each cluster, by id."""
    first, last = FIRST.isoformat(), LAST.isoformat()
    stays = [row for row in write_out("cluster_membership") if row["exclusive"] == "True"]
    pairs = [
        (row["school_id"], row["successor_id"])
        for row in write_out("school_link")
        if first <= row["linked_on"] <= last
    ]
    back = [(after, before) for before, after in pairs]
    schools = by_id("school")
    meetings = [
        (school_id, day, event["cluster_id"])
        for school_id, day, event in list_attended()
        if event["kind"].endswith(("COP_MEETING", "cop_meeting")) and first <= day <= last
    ]
    counted: dict[str, list[bool]] = {}
    starters = [row for row in stays if holds(row, first)]
    for row in starters:
        one = row["school_id"]
        after, before = walk(one, pairs), walk(one, back)
        all_of_it = {one} | after | before
        came = any(
            school_id in all_of_it
            and any(
                stay["cluster_id"] == cluster_id and holds(stay, day)
                for stay in stays
                if stay["school_id"] in {school_id} | walk(school_id, pairs) | walk(school_id, back)
            )
            for school_id, day, cluster_id in meetings
        )
        if before & {other["school_id"] for other in starters}:
            continue
        if came or after or not first <= schools[one]["closed_on"] < last:
            counted.setdefault(row["cluster_id"], []).append(came)
    return {key: (sum(came), len(came)) for key, came in counted.items()}


def holds(row: Row, day: str) -> bool:
    return row["starts_on"] <= day and (row["ends_on"] == "" or day <= row["ends_on"])


def list_held() -> list[tuple[Row, Row, Row | None]]:
    """Session, event and register of every session of the term that has ended."""
    options, events = by_id("option"), by_id("event")
    registers = {row["session_id"]: row for row in write_out("register")}
    found = []
    for session in write_out("session"):
        event = events[options[session["option_id"]]["event_id"]]
        in_term = FIRST.isoformat() <= london_day(session["starts_at"]) <= LAST.isoformat()
        if is_published(event) and in_term and moment(session["ends_at"]) <= clock.now():
            found.append((session, event, registers.get(session["id"])))
    return found


def count_bookings(cluster_id: str = "") -> tuple[int, int, int]:
    """Absent, recorded and not recorded; of one cluster's schools where one is named."""
    people = by_id("person")
    kinds = {row["key"]: row for row in write_out("mark_kind")}
    absent = recorded = missing = 0
    for session, _event, register in list_held():
        if register is None or register["closed_at"] == "":
            continue
        for booking in write_out("booking"):
            starts_at, given = moment(session["starts_at"]), booking["place_given_at"]
            ended = booking["cancelled_at"]
            if booking["option_id"] != session["option_id"] or given == "":
                continue
            if moment(given) > starts_at or (ended and moment(ended) <= starts_at):
                continue
            if cluster_id and not names_cluster(
                booking, cluster_id, london_day(session["starts_at"])
            ):
                continue
            said = [
                kinds[mark["kind_key"]]
                for mark in write_out("mark")
                if mark["register_id"] == register["id"]
                and mark["voided_at"] == ""
                and resolve(people, mark["person_id"]) == resolve(people, booking["person_id"])
                and kinds[mark["kind_key"]]["recorded"] == "True"
            ]
            if not said:
                missing += 1
                continue
            recorded += 1
            absent += all(row["attended"] == row["apology"] == "False" for row in said)
    return absent, recorded, missing


def names_cluster(booking: Row, cluster_id: str, day: str) -> bool:
    first, last = FIRST.isoformat(), LAST.isoformat()
    pairs = [
        (row["school_id"], row["successor_id"])
        for row in write_out("school_link")
        if first <= row["linked_on"] <= last
    ]
    back = [(after, before) for before, after in pairs]
    named = {
        r["school_id"] for r in write_out("booking_school") if r["booking_id"] == booking["id"]
    }
    for one in list(named):
        named |= walk(one, pairs) | walk(one, back)
    return any(
        row["school_id"] in named and row["cluster_id"] == cluster_id and holds(row, day)
        for row in write_out("cluster_membership")
        if row["exclusive"] == "True"
    )


def count_registers() -> tuple[int, int]:
    """In time and due. No bank holiday falls in these weeks."""
    in_time = due = 0
    for session, _event, register in list_held():
        last = date.fromisoformat(london_day(session["starts_at"]))
        working_days = 0
        while working_days < 5:
            last += ONE_DAY
            working_days += last.weekday() < 5
        if last >= TODAY:
            continue
        due += 1
        closed = register["first_closed_at"] if register else ""
        in_time += closed != "" and london_day(closed) <= last.isoformat()
    return in_time, due


@settings(
    max_examples=20,
    deadline=timedelta(seconds=20),
    derandomize=True,
    phases=[Phase.generate],  # a smaller seed is no smaller world
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_both_ways_agree(app: Flask, seed: int) -> None:
    undo = db.engine.begin_nested()  # type: ignore[attr-defined]
    try:
        build(Random(seed))
        term_id = next(
            int(row["id"]) for row in write_out("term") if row["starts_on"] == FIRST.isoformat()
        )
        clusters = load_clusters(Ask(term_id))
        assert clusters
        rates = {str(one.cluster_id): one.rate for one in clusters.engagement.clusters}
        told = {key: (rate.k, rate.n) for key, rate in rates.items() if rate.n}
        assert told == count_clusters()
        check_registers(Ask(term_id), "")
        for key in rates:
            check_registers(Ask(term_id, cluster_id=int(key)), key)
    finally:
        db.session.remove()
        undo.rollback()


def check_registers(ask: Ask, cluster_id: str) -> None:
    report = load_registers(ask)
    assert report
    kept = report.bookings.whole
    assert (kept.absent, kept.recorded, kept.not_recorded) == count_bookings(cluster_id)
    if not cluster_id:
        registers = report.registers
        assert (registers.in_time, registers.due) == count_registers()
