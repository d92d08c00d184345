"""Whether pages stay as quick when there is a thousand times as much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask

from bench.load import Ask, run
from bench.pages import percentile
from bench.servers import Server
from bench.stage import let_planner_know
from cop_site import audit, clock
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind, User
from cop_site.db import db
from cop_site.events.models import Event, EventKind, EventState, Mode, Option, Session
from cop_site.schools.models import School, SchoolStatus
from cop_site.transaction import transaction

MANY_EVENTS = 20_000
MANY_SCHOOLS = 25_000
MANY_PEOPLE = 20_000
MANY_CHANGES = 50_000
MADE_HERE = "many-"


def time_pages(site: Server, asks: Mapping[str, Ask], times: int) -> dict[str, float]:
    """Milliseconds until the answer to each, half of them sooner; asked one at a time."""
    run(site.port, [ask for ask in asks.values() for _ in range(8)], threads=4)
    rounds = [run(site.port, list(asks.values()), threads=1).answers for _ in range(times)]
    columns: list[Sequence[Any]] = list(zip(*rounds, strict=True))
    wrong = [name for name, column in zip(asks, columns, strict=True) if _failed(column)]
    if wrong:
        raise RuntimeError(f"these pages did not answer 200: {', '.join(wrong)}")
    return {
        name: percentile([answer.seconds for answer in column], 50) * 1000
        for name, column in zip(asks, columns, strict=True)
    }


def _failed(column: Sequence[Any]) -> bool:
    return any(answer.status != 200 for answer in column)


def add_many_events(app: Flask) -> None:
    """Published events over the coming year, each with its option and its date."""
    start = clock.now() + timedelta(days=1)
    kinds = list(EventKind)
    rows = [
        {
            "kind": kinds[number % len(kinds)],
            "title": f"Session {number} of many",
            "state": EventState.PUBLISHED,
            "starts_at": start + timedelta(minutes=25 * number),
            "ends_at": start + timedelta(minutes=25 * number + 90),
            "calendar_uid": f"{MADE_HERE}{number}",
            "created_at": clock.now(),
            "published_at": clock.now(),
        }
        for number in range(MANY_EVENTS)
    ]
    with app.app_context(), transaction():
        db.session.execute(sa.insert(Event), rows)
        made = Event.calendar_uid.startswith(MADE_HERE)
        options = sa.select(
            Event.id,
            sa.literal(0),
            sa.literal(""),
            sa.literal(Mode.IN_PERSON.value),
            sa.literal(20),
        ).where(made)
        db.session.execute(
            sa.insert(Option).from_select(
                ["event_id", "position", "name", "mode", "room_capacity"], options
            )
        )
        sessions = sa.select(
            Option.id, Event.starts_at, Event.ends_at, sa.literal("Town Hall"), sa.literal("")
        )
        db.session.execute(
            sa.insert(Session).from_select(
                ["option_id", "starts_at", "ends_at", "venue", "join_link"],
                sessions.join(Event, Event.id == Option.event_id).where(made),
            )
        )
    let_planner_know(app)


def add_many_schools(app: Flask) -> None:
    """Open schools, as many as England has."""
    rows = [
        {
            "urn": 1_000_000 + number,
            "la_code": "999",
            "la_name": "Larkshire",
            "name": f"{number % 977} Lane Primary School",
            "type_code": "01",
            "type_name": "Community school",
            "phase": ("Primary", "Secondary", "Nursery")[number % 3],
            "status": SchoolStatus.OPEN,
            "town": f"Town {number % 331}",
        }
        for number in range(MANY_SCHOOLS)
    ]
    with app.app_context(), transaction():
        db.session.execute(sa.insert(School), rows)
    let_planner_know(app)


def add_many_people(app: Flask) -> None:
    """SENCOs and teachers with accounts, over all schools, and a long record of changes."""
    now, first_day = clock.now(), clock.today() - timedelta(days=500)
    people = [
        {
            "name": f"{number % 613} Person {number}",
            "email": f"{MADE_HERE}{number}@many.example",
            "created_at": now,
        }
        for number in range(MANY_PEOPLE)
    ]
    with app.app_context(), transaction():
        db.session.execute(sa.insert(Person), people)
        made = sa.select(Person.id, Person.email, Person.created_at).where(
            Person.email.startswith(MADE_HERE)
        )
        db.session.execute(sa.insert(User).from_select(["person_id", "email", "created_at"], made))
        ids = list(db.session.scalars(made.with_only_columns(Person.id)))
        schools = list(db.session.scalars(sa.select(School.id).order_by(School.id)))
        kinds = (SchoolRoleKind.SENCO, SchoolRoleKind.TEACHER)
        roles = [
            {
                "person_id": person_id,
                "school_id": schools[number % len(schools)],
                "role": kinds[number % 2],
                "starts_on": first_day,
            }
            for number, person_id in enumerate(ids)
        ]
        db.session.execute(sa.insert(SchoolRole), roles)
        changes: list[audit.Entry] = [
            (ids[number % len(ids)], {}, {"name": "new"}) for number in range(MANY_CHANGES)
        ]
        audit.record_many("person", "renamed", changes, by=None)
    let_planner_know(app)
