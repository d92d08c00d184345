"""The doors: many signing in at once, somebody guessing, and what an answer's time gives away."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from bench.load import Ask, Load, run, send, volley
from bench.pages import percentile
from bench.report import number, print_table, times
from bench.servers import THREADS, Server
from cop_site.accounts import (
    passwords,
    services,
)
from cop_site.accounts.models import SignInGuess
from cop_site.db import db
from cop_site.schools.models import School
from cop_site.transaction import transaction
from tests.factories.people import make_school_user
from tests.support.client import RAW_TOKEN

COMING = 50
GUESSES = 1000
PAIRS = 300
PASSWORD = "three plain words"  # noqa: S105 - of people who are invented and gone after it
WRONG = "three wrong words"
LARGEST_GAP_MS = 2.0


@dataclass(frozen=True)
class Doorway:
    """What somebody at the sign-in page has: a cookie with a token, and the token."""

    cookie: str
    token: str

    def knocks(self, email: str, password: str = WRONG, address: str = "") -> Ask:
        fields = {"csrf_token": self.token, "email": email, "password": password}
        return Ask("/sign-in", self.cookie, fields, address)

    def forgets(self, email: str, address: str) -> Ask:
        fields = {"csrf_token": self.token, "email": email}
        return Ask("/forgot-password", self.cookie, fields, address)


@dataclass
class Guessing:
    """A thousand guesses at one account. ``looked`` is how many were held against its password."""

    load: Load
    looked: int
    known_browser: int
    other_people: int
    problems: list[str] = field(default_factory=list)


def open_door(app: Flask) -> Doorway:
    cookies = SecureCookieSessionInterface().get_signing_serializer(app)
    assert cookies is not None
    signer = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token")
    name = app.config["SESSION_COOKIE_NAME"]
    return Doorway(
        f"{name}={cookies.dumps({'csrf_token': RAW_TOKEN})}", str(signer.dumps(RAW_TOKEN))
    )


def add_people(app: Flask, count: int) -> list[str]:
    """The addresses of so many SENCOs with a password."""
    hashed = passwords.hash_password(PASSWORD)
    with app.app_context(), transaction():
        schools = db.session.scalars(sa.select(School).order_by(School.id)).all()
        made = [make_school_user(schools[n % len(schools)]) for n in range(count)]
        for user in made:
            user.password_hash = hashed
        return [user.email for user in made]


def address(number: int) -> str:
    """One of many, of those that stand in no real network."""
    return f"198.18.{number // 250}.{number % 250 + 1}"


def come_at_once(door: Doorway, site: Server, people: Sequence[str]) -> Load:
    return volley(site.port, [door.knocks(email, PASSWORD) for email in people])


class Meter:
    """Processor time of a server for one request, load by load: the clock alone tells of others."""

    def __init__(self) -> None:
        self.cpu_ms: list[float] = []

    def read(self, server: Server, send_all: Callable[[], Load]) -> Load:
        before = server.cpu_seconds()
        load = send_all()
        used = server.cpu_seconds() - before
        self.cpu_ms.append(used * 1000 / len(load.answers))
        return load


def _end_guessing(
    app: Flask, door: Doorway, site: Server, load: Load, victim: str, other: str, known: str
) -> Guessing:
    """After the guessing its owner comes, on a browser of before, and a colleague."""
    owner = Ask("/sign-in", f"{door.cookie}; {known}", door.knocks(victim, PASSWORD).fields)
    held = Guessing(
        load,
        _count_looks(app, victim),
        send(site.port, owner).status,
        send(site.port, door.knocks(other, PASSWORD)).status,
    )
    held.problems = list(find_problems(held))
    return held


def _sign_in_before(app: Flask, door: Doorway, email: str) -> str:
    """The cookie of a browser that this account signed in from."""
    client = app.test_client(use_cookies=False)
    ask = door.knocks(email, PASSWORD)
    answer = client.post(ask.path, data=ask.fields, headers={"Cookie": ask.cookie})
    for text in answer.headers.getlist("Set-Cookie"):
        if "known" in text.split("=")[0]:
            return text.split(";")[0]
    raise RuntimeError(f"signing in answered {answer.status_code} and left no known browser")


def _count_looks(app: Flask, email: str) -> int:
    """Each try that is let through to the password leaves a row; that of before is one."""
    with app.app_context():
        account = services.name_account(email)
        query = sa.select(sa.func.count()).where(SignInGuess.account == account)
        return (db.session.scalar(query) or 0) - 1


def find_problems(held: Guessing) -> Iterator[str]:
    if held.load.faults:
        yield f"{held.load.faults} guesses met a fault: {dict(held.load.statuses)}"
    if held.looked > services.GUESSES:
        yield f"{held.looked} guesses were held against the password, {services.GUESSES} at most"
    if held.known_browser != 303:
        yield f"the owner was locked out on a known browser ({held.known_browser})"
    if held.other_people != 303:
        yield f"a colleague was locked out ({held.other_people})"


@dataclass(frozen=True)
class Gap:
    """Milliseconds for known and for unknown addresses.

    ``noise`` is how far two lots of known addresses are apart, which tells nothing apart.
    """

    known: float
    unknown: float
    noise: float

    @property
    def wide(self) -> float:
        return abs(self.known - self.unknown)


def measure_gap(site: Server, known: Sequence[Ask], unknown: Sequence[Ask]) -> Gap:
    """The middle of each, asked in pairs of which now one and now the other comes first.

    A pair in the same order each time has the same worker for all who are known, and of a
    quarter or of sixty the noise is larger than what is looked for.
    """
    order = random.Random(1)
    took: dict[bool, list[float]] = {True: [], False: []}
    for here, away in zip(known, unknown, strict=True):
        pair = [(True, here), (False, away)]
        order.shuffle(pair)
        for is_known, ask in pair:
            took[is_known].append(send(site.port, ask).seconds)
    halves = [percentile(took[True][start::2], 50) * 1000 for start in (0, 1)]
    first, second = (percentile(took[is_known], 50) * 1000 for is_known in (True, False))
    return Gap(first, second, abs(halves[0] - halves[1]))


def try_doors(name: str, app: Flask, site: Server, bare: Server) -> list[str]:
    """Measure and print. What must hold and did not is returned, a sentence each."""
    door, people = open_door(app), add_people(app, COMING + PAIRS + 2)
    coming, known, (victim, other) = people[:COMING], people[COMING:-2], people[-2:]
    meter = Meter()
    base = meter.read(bare, lambda: volley(bare.port, [Ask("/")] * COMING))
    come = meter.read(site, lambda: come_at_once(door, site, coming))
    known_before = _sign_in_before(app, door, victim)
    asks = [door.knocks(victim, f"{WRONG} {n}", address(n)) for n in range(GUESSES)]
    load = meter.read(site, lambda: run(site.port, asks, THREADS * 2))
    held = _end_guessing(app, door, site, load, victim, other, known_before)
    header = ["", "seconds", "p50 ms", "p95 ms", "CPU ms each", "to bare", "answers"]
    names = (
        f"bare page, {COMING} at once",
        f"{COMING} people sign in at once",
        f"{GUESSES} guesses at one account",
    )
    loads = zip(names, (base, come, held.load), meter.cpu_ms, strict=True)
    rows = [_row(name, load, cpu, meter.cpu_ms[0]) for name, load, cpu in loads]
    print_table(f"{name}: the doors", header, rows)
    print(
        f"Of {GUESSES} guesses from as many addresses {held.looked} were held against the password"
        f" (target {services.GUESSES} in 5 minutes); the owner on a known browser then got"
        f" {held.known_browser}, a colleague {held.other_people}"
    )
    gaps = list(_find_gaps(site, door, known))
    wrong = sum(answer.status != 303 for answer in come.answers)
    problems = [f"{wrong} of {COMING} could not sign in: {dict(come.statuses)}"] if wrong else []
    return [f"doors: {problem}" for problem in (*problems, *held.problems, *gaps)]


def _row(name: str, load: Load, cpu_ms: float, bare_ms: float) -> list[str]:
    seconds = [answer.seconds for answer in load.answers]
    return [
        name,
        number(load.seconds, 2),
        number(percentile(seconds, 50) * 1000),
        number(percentile(seconds, 95) * 1000),
        number(cpu_ms),
        times(cpu_ms, bare_ms),
        ", ".join(f"{count} x {status}" for status, count in sorted(load.statuses.items())),
    ]


def _find_gaps(site: Server, door: Doorway, known: Sequence[str]) -> Iterator[str]:
    """What the time of an answer tells a stranger of who is here; printed, and told if too much."""
    unknown = [f"nobody{n}@else.example" for n in range(len(known))]
    places = [address(GUESSES + n) for n in range(2 * len(known))]
    for what, ask in (
        ("a wrong password", lambda email, at: door.knocks(email, address=at)),
        ("asking for a link", door.forgets),
    ):
        here = [ask(email, at) for email, at in zip(known, places, strict=False)]
        away = [ask(email, at) for email, at in zip(unknown, reversed(places), strict=False)]
        gap = measure_gap(site, here, away)
        print(
            f"{what}: {gap.known:.1f} ms for a known address, {gap.unknown:.1f} ms for an unknown"
            f" one, gap {gap.wide:.1f} ms (target under {LARGEST_GAP_MS:.0f}); two lots of known"
            f" addresses are {gap.noise:.1f} ms apart"
        )
        if gap.wide >= LARGEST_GAP_MS:
            yield f"{what} takes {gap.wide:.1f} ms longer for some"
