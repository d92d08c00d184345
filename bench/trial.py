"""Everything that is measured on one database."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from bench import doors, growth, pages, races, stage
from bench.bare import ROWS
from bench.databases import Database
from bench.load import Ask, Load
from bench.pages import Case
from bench.people import Visitor
from bench.report import number, print_table, times
from bench.servers import THREADS, WORKERS, Server, environment, serve
from bench.stage import Stage
from cop_site import create_app
from cop_site.db import db

WARM_UP = 20
TOOLKIT_SEARCH = "/toolkit?q=plan"
ENGAGEMENT = "/reports/engagement"


@dataclass(frozen=True)
class Amounts:
    """How much is asked. ``requests`` of each page, ``looks`` at each page that must not slow."""

    requests: int
    looks: int
    volleys: int


@dataclass(frozen=True)
class Trial:
    """One database with the site and the bare page running on it."""

    database: Database
    app: Flask
    site: Server
    bare: Server
    stage: Stage
    amounts: Amounts


def try_database(database: Database, folder: Path, amounts: Amounts) -> list[str]:
    """Measure and print. What must hold and did not is returned, a sentence each."""
    secret = secrets.token_hex(32)
    settings = environment(database.url, folder, secret)
    stage.build_borough(settings)
    app = create_app({"SQLALCHEMY_DATABASE_URI": database.url, "SECRET_KEY": secret})
    set_up = stage.set_stage(app)
    try:
        with (
            serve("wsgi:app", settings, folder / "site.log", "/health/ready") as site,
            serve("bench.bare:create_app()", settings, folder / "bare.log", "/") as bare,
        ):
            trial = Trial(database, app, site, bare, set_up, amounts)
            return [
                *_try_pages(trial),
                *_try_race(trial),
                *_try_clicks(trial),
                *_try_volleys(trial),
                *doors.try_doors(database.name, app, site, bare),
                *_try_growth(trial),
            ]
    finally:
        with app.app_context():
            db.engine.dispose()


def _try_pages(trial: Trial) -> list[str]:
    """What each page costs; the booking's two requests also together."""
    cases = _cases(trial)
    bare, *others = cases
    pages.measure(cases, trial.database.read_cpu)
    for case in others:
        pages.count_sql(trial.app, case)
    rows = [_row(case, bare) for case in cases]
    form, sending = others[-3], others[-2]
    together = form.cpu_ms + sending.cpu_ms
    sums = ["", "", "", number(together), times(together, bare.cpu_ms)]
    asked = (form.statements or 0) + (sending.statements or 0)
    both = number(form.database_ms + sending.database_ms) if trial.database.has_processes else ""
    rows.append(["booking: both requests", *sums, both, str(asked), "25 ms, 15"])
    header = [
        "",
        "a second",
        "p50 ms",
        "p95 ms",
        "CPU ms",
        "to bare",
        "database ms",
        "SQL",
        "target",
    ]
    print_table(f"{trial.database.name}: pages, {THREADS} at a time", header, rows)
    print(f"Memory of the {WORKERS} workers: {trial.site.memory_mib():.0f} MiB (target 200)")
    return [f"{case.name}: {case.wrong} wrong answers" for case in cases if case.wrong]


def _row(case: Case, bare: Case) -> list[str]:
    return [
        case.name,
        number(case.rate, 0),
        number(case.percentile(50)),
        number(case.percentile(95)),
        number(case.cpu_ms),
        times(case.cpu_ms, bare.cpu_ms),
        number(case.database_ms) if case.database_cpu else "",
        "" if case.statements is None else str(case.statements),
        case.target,
    ]


def _cases(trial: Trial) -> list[Case]:
    """The bare page first: the others are told as multiples of it."""
    count, reader, site = trial.amounts.requests, trial.stage.reader, trial.site
    hybrid = f"/events/{trial.stage.hybrid_event}"
    easy = f"/events/{stage.add_event(trial.app, 1000)}"
    people = trial.stage.people
    early, one, booking = people[:WARM_UP], people[WARM_UP], people[WARM_UP + 1 :][:count]

    def looks(name: str, server: Server, ask: Ask, target: str = "") -> Case:
        return Case(name, server, [ask] * count, [ask] * WARM_UP, ask, target=target)

    def by_each(name: str, make: Callable[[Visitor], Ask], expected: int = 200) -> Case:
        asks, warm_up = [make(who) for who in booking], [make(who) for who in early]
        return Case(name, site, asks, warm_up, make(one), expected)

    return [
        looks(f"bare page, {ROWS} rows", trial.bare, Ask("/")),
        looks("events list, 20 rows", site, reader.opens("/events"), "3 x"),
        looks("event page, room or online", site, reader.opens(hybrid), "3 x"),
        looks("toolkit, a search", site, reader.opens(TOOLKIT_SEARCH), "3 x"),
        looks("support log", site, trial.stage.asep.opens("/support"), "3 x"),
        looks("engagement, every figure", site, trial.stage.lead.opens(ENGAGEMENT)),
        by_each("booking: the page with the form", lambda who: who.opens(easy)),
        by_each("booking: sending it", lambda who: who.sends(f"{easy}/booking"), 303),
        by_each("booking: the page after", lambda who: who.opens(easy)),
    ]


def _try_race(trial: Trial) -> list[str]:
    header = ["", "seconds", "to bare", "p95 s", "answers", "booked", "waiting", "in order"]
    rows, problems = [], []
    for count, places in races.RACES:
        people = trial.stage.people[:count]
        base = races.race_bare(trial.bare, count)
        held = races.race(trial.app, trial.site, people, places)
        positions = held.standing.positions
        rows += [
            [f"bare page, {count} at once", number(base.seconds, 2), "1.0 x", *[""] * 5],
            [
                f"{count} people, {places} places",
                number(held.load.seconds, 2),
                times(held.load.seconds, base.seconds),
                number(held.load.percentile(95), 2),
                _statuses(held.load),
                str(len(held.standing.booked)),
                str(len(held.standing.waiting)),
                f"{positions[0]} to {positions[-1]}" if positions else "",
            ],
        ]
        problems += [f"race of {count}: {problem}" for problem in held.problems]
    print_table(f"{trial.database.name}: the races (200 for 20: target 5 s)", header, rows)
    return problems


def _statuses(load: Load) -> str:
    return ", ".join(f"{count} x {status}" for status, count in sorted(load.statuses.items()))


def _try_clicks(trial: Trial) -> list[str]:
    """The last request of a booking, sent five times at once."""
    held = races.click_often(trial.app, trial.site, trial.stage.people[: races.CLICKERS])
    print(
        f"{races.CLICKERS} people send their form {races.CLICKS} times at once:"
        f" {len(held.standing.booked)} bookings, answers {_statuses(held.load)}"
    )
    return [f"clicks: {problem}" for problem in held.problems]


def _try_volleys(trial: Trial) -> list[str]:
    """The race again and again, smaller."""
    people = trial.stage.people[: races.VOLLEY_PEOPLE]
    held = [
        races.race(trial.app, trial.site, people, races.VOLLEY_PLACES)
        for _ in range(trial.amounts.volleys)
    ]
    exact = sum(len(one.standing.booked) == races.VOLLEY_PLACES for one in held)
    seconds = sorted(one.load.seconds for one in held)
    if held:
        print(
            f"{len(held)} volleys of {len(people)} for {races.VOLLEY_PLACES} places:"
            f" exactly {races.VOLLEY_PLACES} in {exact},"
            f" {seconds[len(held) // 2]:.2f} s each, the longest {seconds[-1]:.2f} s"
        )
    return [
        f"volley {count}: {problem}"
        for count, one in enumerate(held, start=1)
        for problem in one.problems
    ]


def _try_growth(trial: Trial) -> list[str]:
    """The same pages before and after there is a great deal more."""
    reader, lead, admin = trial.stage.reader, trial.stage.lead, trial.stage.admin
    look = f"/events/{trial.stage.hybrid_event}"
    of_events = {
        "/events": reader.opens("/events"),
        "/events?places=1": reader.opens("/events?places=1"),
        "/events?q=network": reader.opens("/events?q=network"),
        "/events/<id>": reader.opens(look),
        "/ for a SENCO": reader.opens("/"),
    }
    of_schools = {
        "/schools": reader.opens("/schools"),
        "/schools?search=lane": reader.opens("/schools?search=lane"),
        "/clusters": reader.opens("/clusters"),
        TOOLKIT_SEARCH: reader.opens(TOOLKIT_SEARCH),
        "/support": trial.stage.asep.opens("/support"),
        ENGAGEMENT: lead.opens(ENGAGEMENT),
        "/ for the lead": lead.opens("/"),
        "/clusters/plan": lead.opens("/clusters/plan"),
        "/clusters/map": lead.opens("/clusters/map"),
        "/schools/conversions": admin.opens("/schools/conversions"),
    }
    of_people = {
        "/people": admin.opens("/people"),
        "/people?search=person+77": admin.opens("/people?search=person+77"),
        "/changes": admin.opens("/changes"),
        "/changes?thing=person": admin.opens("/changes?thing=person"),
        "/schools/without-senco": lead.opens("/schools/without-senco"),
        "/ for an administrator": admin.opens("/"),
    }
    for title, asks, add in (
        (f"{growth.MANY_EVENTS:,} events ahead", of_events, growth.add_many_events),
        (f"{growth.MANY_PEOPLE:,} people", of_people, growth.add_many_people),
        (f"{growth.MANY_SCHOOLS:,} schools", of_schools, growth.add_many_schools),
    ):
        few = growth.time_pages(trial.site, asks, trial.amounts.looks)
        add(trial.app)
        many = growth.time_pages(trial.site, asks, trial.amounts.looks)
        rows = [
            [name, number(few[name]), number(many[name]), times(many[name], few[name])]
            for name in asks
        ]
        header = ["", "few, p50 ms", "many, p50 ms", "ratio"]
        print_table(f"{trial.database.name}: {title} (target 2 x)", header, rows)
    return []
