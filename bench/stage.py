"""What is measured on: the demonstration borough, more events ahead, and 200 people."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from flask import Flask

from bench.people import Visitor, make_visitors, sign_in_demonstration
from bench.servers import PROGRAMS, ROOT
from cop_site import clock
from cop_site.bookings.models import Booking
from cop_site.db import db
from cop_site.events.models import Event, EventKind, EventState, Mode, Option
from cop_site.schools.models import School
from cop_site.transaction import transaction
from tests.factories.events import make_event

PEOPLE = 500
MORE_EVENTS = 30
ABOUT = (
    "What it is for, whom it is for and what to bring.\n\n"
    "- Identify need early\n- Plan together\n- **Do**, then review\n\n"
    "Read the [guide](https://service.example/guide) first."
)


@dataclass(frozen=True)
class Stage:
    """``reader`` only looks; ``hybrid_event`` asks how one takes part, so it holds the most."""

    reader: Visitor
    lead: Visitor
    admin: Visitor
    asep: Visitor
    people: list[Visitor]
    hybrid_event: int


def build_borough(settings: dict[str, str]) -> None:
    """The demonstration, made by the command that people use."""
    done = subprocess.run(
        [str(PROGRAMS / "flask"), "demo", "ensure"],
        cwd=ROOT,
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the demonstration could not be built:\n{done.stdout}")


def set_stage(app: Flask) -> Stage:
    """Add to the borough what the measure needs, and sign everyone in."""
    with app.app_context(), transaction():
        schools = db.session.scalars(sa.select(School).order_by(School.id)).all()
        _add_events()
        made = Stage(
            reader=sign_in_demonstration("senco"),
            lead=sign_in_demonstration("lead"),
            admin=sign_in_demonstration("admin"),
            asep=sign_in_demonstration("asep"),
            people=make_visitors(PEOPLE, schools),
            hybrid_event=_find_hybrid_event(),
        )
    let_planner_know(app)
    return made


def let_planner_know(app: Flask) -> None:
    """What autovacuum would do within the minute; SQLite is left as the site leaves it."""
    with app.app_context():
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(sa.text("VACUUM ANALYZE"))


def _add_events() -> None:
    """Enough for a first page of 20, of every kind."""
    kinds = [kind for kind in EventKind if kind is not EventKind.COP_MEETING]
    for number in range(MORE_EVENTS):
        make_event(
            clock.now() + timedelta(days=2 + number),
            kind=kinds[number % len(kinds)],
            title=f"Session {number + 1} of the measure",
            description=ABOUT,
        )


def add_event(app: Flask, capacity: int) -> int:
    """The id of one more event to book, so far ahead that no list's first page shows it."""
    with app.app_context(), transaction():
        return make_event(clock.now() + timedelta(days=400), capacity=capacity).id


def _find_hybrid_event() -> int:
    """An event of the demonstration, in the room and online, that its SENCO has not booked."""
    booked = sa.select(Booking.event_id).where(Booking.event_id == Event.id)
    found = db.session.scalars(
        sa.select(Event.id)
        .join(Option)
        .where(
            Event.state == EventState.PUBLISHED,
            Event.starts_at > clock.now(),
            Option.mode == Mode.HYBRID,
            ~booked.exists(),
        )
        .order_by(Event.starts_at)
    )
    return found.first() or _none()


def _none() -> int:
    raise RuntimeError("the demonstration has no hybrid event ahead")
