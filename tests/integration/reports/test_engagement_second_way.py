"""M1 and M4 a second way: the tables written out as CSV, read back and counted in plain loops.

Shares no code with the first way but the tables' names. Slow and simple on purpose.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cop_site import clock
from cop_site.accounts.models import SchoolRoleKind
from cop_site.db import db
from cop_site.events.models import EventKind, EventState
from cop_site.reports.basis import Ask
from cop_site.reports.engagement_file import HEADER, file_rows
from cop_site.reports.engagement_report import load_report
from cop_site.web.tables import csv_text
from tests.factories.events import make_event, make_mark, make_register, session_of
from tests.factories.people import LONG_AGO, give_school_role, make_person
from tests.factories.reports import link_schools, make_scope
from tests.factories.schools import make_school, make_term
from tests.integration.reports.rows import by_id, list_attended, walk, write_out

pytestmark = pytest.mark.thorough

FIRST, LAST = date(2026, 9, 1), date(2026, 11, 9)
TODAY = date(2026, 11, 10)
SCHOOLS = 6
# Few days, so that drawn dates often fall on the very day that decides.
DAYS = [date(2026, 8, 31), FIRST, date(2026, 9, 30), date(2026, 10, 1), LAST, TODAY]
KINDS = ["in_person", "online", "part", "not_recorded", "apologies", "did_not_attend"]


@dataclass(frozen=True)
class DrawnMark:
    schools: frozenset[int]
    kind: str
    role: SchoolRoleKind
    role_at: int | None
    starts_on: date
    ends_on: date | None
    walk_in: bool
    merged: bool
    voided: bool


@dataclass(frozen=True)
class DrawnSession:
    day: date
    kind: EventKind
    state: EventState
    register: str
    governors: bool
    marks: list[DrawnMark]


@dataclass(frozen=True)
class World:
    scope: frozenset[int]
    closed_on: dict[int, date]
    links: frozenset[tuple[int, int]]
    linked_on: date
    sessions: list[DrawnSession]


def draw_world(draw: Random) -> World:
    """Crowded enough that each rule decides about some school in some world."""
    pairs = [tuple(sorted(draw.sample(range(SCHOOLS), 2))) for _ in range(draw.randint(0, 2))]
    return World(
        scope=frozenset(draw.sample(range(SCHOOLS), draw.randint(3, SCHOOLS))),
        closed_on={draw.randrange(SCHOOLS): draw.choice(DAYS) for _ in range(3)},
        # From a lower number to a higher, as time goes: no circles.
        links=frozenset((before, after) for before, after in pairs),
        linked_on=draw.choice(DAYS),
        sessions=[draw_session(draw) for _ in range(3)],
    )


def draw_session(draw: Random) -> DrawnSession:
    return DrawnSession(
        day=draw.choice(DAYS),
        kind=draw.choice([EventKind.SENCO_NETWORK] * 4 + [EventKind.CPD]),
        state=draw.choice([EventState.PUBLISHED] * 4 + [EventState.CANCELLED]),
        register=draw.choice(["closed", "closed", "closed", "open", "none"]),
        governors=draw.random() < 0.3,
        marks=[draw_mark(draw) for _ in range(3)],
    )


def draw_mark(draw: Random) -> DrawnMark:
    named = draw.sample(range(SCHOOLS), draw.randint(1, 2))
    return DrawnMark(
        schools=frozenset(named),
        kind=draw.choice([*KINDS, "in_person", "in_person", "in_person"]),
        role=draw.choice([SchoolRoleKind.SENCO, SchoolRoleKind.GOVERNOR]),
        role_at=draw.choice([named[0], named[0], draw.randrange(SCHOOLS), None]),
        starts_on=draw.choice([LONG_AGO, LONG_AGO, *DAYS]),
        ends_on=draw.choice([None, None, TODAY]),
        walk_in=draw.random() < 0.4,
        merged=draw.random() < 0.4,
        voided=draw.random() < 0.2,
    )


def build(world: World) -> None:
    term = make_term("Autumn 2026", FIRST, date(2026, 10, 23))
    make_term("Late autumn 2026", TODAY, date(2026, 12, 18))
    schools = [
        make_school(f"School {number}", closed_on=world.closed_on.get(number))
        for number in range(SCHOOLS)
    ]
    make_scope(term, [schools[number] for number in sorted(world.scope)])
    for before, after in sorted(world.links):
        link_schools(schools[before], schools[after], linked_on=world.linked_on)
    for drawn in world.sessions:
        starts_at = datetime.combine(drawn.day, datetime.min.time(), tzinfo=clock.LONDON)
        event = make_event(
            starts_at, kind=drawn.kind, state=drawn.state, governors_count=drawn.governors
        )
        if drawn.register == "none":
            continue
        register = make_register(session_of(event), closed=drawn.register == "closed")
        for each in drawn.marks:
            person = known = make_person()
            if each.merged:
                known = make_person()
                person.merged_into_id = known.id
            if each.role_at is not None:
                give_school_role(
                    known,
                    schools[each.role_at],
                    each.role,
                    starts_on=each.starts_on,
                    ends_on=each.ends_on,
                )
            named = [schools[number] for number in sorted(each.schools)]
            mark = make_mark(
                register, person, *named, kind=each.kind, role=each.role, walk_in=each.walk_in
            )
            mark.voided_at = clock.now() if each.voided else None
    db.session.flush()


def count_again(first: str, last: str) -> tuple[set[str], set[str]]:
    """Names of the schools engaged and not yet engaged, from the tables alone."""
    came = {
        school_id
        for school_id, day, event in list_attended()
        if event["kind"].endswith(("SENCO_NETWORK", "senco_network")) and first <= day <= last
    }
    schools = by_id("school")
    pairs = [
        (row["school_id"], row["successor_id"])
        for row in write_out("school_link")
        if first <= row["linked_on"] <= last
    ]
    listed = [row["school_id"] for row in write_out("scope_school")]
    engaged, waiting = set(), set()
    for school_id in listed:
        after = walk(school_id, pairs)
        before = walk(school_id, [(b, a) for a, b in pairs])
        if before & set(listed):
            continue
        if ({school_id} | after | before) & came:
            engaged.add(schools[school_id]["name"])
        elif after or not first <= schools[school_id]["closed_on"] < last:
            waiting.add(schools[school_id]["name"])
    return engaged, waiting


@settings(
    max_examples=50,
    deadline=timedelta(seconds=10),
    derandomize=True,
    phases=[Phase.generate],  # a smaller seed is no smaller world
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_both_ways_agree(app: Flask, seed: int) -> None:
    world = draw_world(Random(seed))
    undo = db.engine.begin_nested()  # type: ignore[attr-defined]
    try:
        build(world)
        engaged, waiting = count_again(FIRST.isoformat(), LAST.isoformat())
        report = load_report(Ask(first_term()))
        assert report.term and report.scope and report.figures
        text = csv_text(HEADER, file_rows(report.term, report.scope, report, report.figures))
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        counted = [row for row in rows if row["in_denominator"] == "yes"]
        assert {row["school"] for row in counted if row["engaged"] == "yes"} == engaged
        assert {row["school"] for row in counted if row["engaged"] == "no"} == waiting
        assert report.figures.rate.k == len(engaged)
        assert report.figures.rate.n == len(engaged) + len(waiting)
        assert len(rows) == len(world.scope)
    finally:
        db.session.remove()
        undo.rollback()


def first_term() -> int:
    terms = write_out("term")
    return next(int(row["id"]) for row in terms if row["starts_on"] == FIRST.isoformat())
