"""Events of the demonstration: what was held, with registers, and what is ahead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRoleKind
from cop_site.attendance.models import Mark, MarkChange, MarkSchool, Register
from cop_site.audit import Change
from cop_site.bookings.models import Booking, BookingSchool, BookingState
from cop_site.bookings.reminder_services import REMINDERS
from cop_site.db import db
from cop_site.demo.borough import Borough
from cop_site.demo.calendar import DAY, Dates, moment, part_way, weekday_before
from cop_site.events.models import Event, EventKind, EventState, Facilitator, Mode, Option, Session
from cop_site.planning import audience_services
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School

# Schools that came to the network in each of the last three terms, of 89.
ENGAGED = (72, 77, 81)
NETWORK_TITLES = (
    ("What good provision looks like", "Working with parents and carers"),
    ("Hearing the child’s voice", "Plans that get used"),
    ("Strategic priorities for SENCOs", "Annual reviews that change something"),
)
ABOUT = (
    "Bring one question from your school. We work through it in small groups.\n\n"
    "### What you leave with\n\n- one thing to try this week\n- a colleague to ring"
)


ADDRESSES = {"Larkton Town Hall": "1 Market Square, Larkton"}


@dataclass(frozen=True)
class Plan:
    """What an event needs to be written."""

    title: str
    kind: EventKind
    day: date
    starts: str
    ends: str
    mode: Mode = Mode.IN_PERSON
    room: int | None = 40
    online: int | None = None
    cluster: Cluster | None = None
    state: EventState = EventState.PUBLISHED
    venue: str = "Larkton Town Hall"
    tags: frozenset[str] = frozenset()
    speakers: tuple[tuple[str, str], ...] = ()


def add_event(plan: Plan, chance: Random, facilitators: Iterable[Person]) -> Event:
    """The event with its one option and session, and who runs it."""
    starts_at, ends_at = moment(plan.day, plan.starts), moment(plan.day, plan.ends)
    announced_at = starts_at - timedelta(days=40)
    event = Event(
        kind=plan.kind,
        title=plan.title,
        description=ABOUT,
        state=plan.state,
        cluster_id=plan.cluster.id if plan.cluster else None,
        starts_at=starts_at,
        ends_at=ends_at,
        calendar_uid=f"{chance.getrandbits(128):032x}",
        created_at=announced_at,
        published_at=announced_at if plan.state is EventState.PUBLISHED else None,
    )
    option = Option(
        event=event, mode=plan.mode, room_capacity=plan.room, online_capacity=plan.online
    )
    add_date(option, plan.day, plan.starts, plan.ends, plan.venue)
    db.session.add_all([event, option])
    db.session.flush()
    for person in facilitators:
        db.session.add(Facilitator(event_id=event.id, person_id=person.id))
    audience_services.save_tags(event.id, plan.tags)
    audience_services.save_speakers(event.id, plan.speakers)
    return event


def add_date(
    option: Option, day: date, starts: str, ends: str, venue: str = "Larkton Town Hall"
) -> None:
    """One date of an option; of a course the next."""
    is_online = option.mode is Mode.ONLINE
    starts_at = moment(day, starts)
    session = Session(
        option=option,
        starts_at=starts_at,
        ends_at=moment(day, ends),
        venue="" if is_online else venue,
        address="" if is_online else ADDRESSES.get(venue, ""),
        access_notes="" if is_online else "Step-free from the street. Hearing loop in the room.",
        join_link=("" if option.mode is Mode.IN_PERSON else "https://meeting.demo.example/join"),
        # Who should have been reminded by now has been: nobody waits for mail of the past.
        **{
            reminder.done_for.key: starts_at
            for reminder in REMINDERS
            if starts_at <= clock.now() + reminder.before
        },
    )
    db.session.add(session)


def add_booking(
    event: Event,
    person: Person,
    schools: list[School],
    *,
    state: BookingState = BookingState.BOOKED,
    mode: Mode = Mode.IN_PERSON,
    days_before: int = 9,
    role: SchoolRoleKind = SchoolRoleKind.SENCO,
) -> Booking:
    at = min(event.starts_at, clock.now()) - timedelta(days=days_before)
    booking = Booking(
        event_id=event.id,
        option_id=event.options[0].id,
        person_id=person.id,
        mode=mode,
        state=state,
        created_at=at,
        queued_at=at if state is BookingState.WAITING else None,
        place_given_at=at if state is BookingState.BOOKED else None,
    )
    booking.schools = [BookingSchool(school_id=school.id, role=role) for school in schools]
    db.session.add(booking)
    return booking


class Held:
    """A session that was held, and its register."""

    def __init__(self, event: Event, chance: Random, *, closed: bool = True) -> None:
        self.event = event
        self.chance = chance
        self.marks: list[Mark] = []
        self.session = event.options[0].sessions[0]
        at = self.session.ends_at + timedelta(hours=2) if closed else None
        self.register = Register(
            session_id=self.session.id,
            opened_at=self.session.starts_at,
            first_closed_at=at,
            closed_at=at,
        )
        db.session.add(self.register)
        db.session.flush()
        if at is not None:
            self._note_closing(at)

    def _note_closing(self, at: datetime) -> None:
        db.session.add(
            Change(
                at=at,
                thing="register",
                thing_id=self.register.id,
                verb="closed",
                was={},
                now={"marked_absent": False},
            )
        )

    def add(self, person: Person, schools: list[School], kind: str, *, booked: bool = True) -> None:
        """Book the person, unless they walked in, and mark them. "" books without a mark."""
        online = kind == "online"
        mode = Mode.ONLINE if online else Mode.IN_PERSON
        booking = add_booking(self.event, person, schools, mode=mode) if booked else None
        if not kind:
            return
        mark = Mark(
            register=self.register,
            person_id=person.id,
            booking=booking,
            kind_key=kind,
            is_walk_in=not booked,
            apology_received_at=(
                self.session.starts_at - timedelta(days=1) if kind == "apologies" else None
            ),
            marked_at=self.session.starts_at,
        )
        mark.schools = [
            MarkSchool(school_id=school.id, role=SchoolRoleKind.SENCO) for school in schools
        ]
        db.session.add(mark)
        self.marks.append(mark)

    def tell_history(self) -> None:
        """How each mark came about; once for all of them, which spares a flush a person."""
        db.session.flush()
        db.session.add_all(
            MarkChange(
                mark_id=mark.id,
                tap_id=f"demonstration-{mark.id}",
                was="not_recorded",
                now=mark.kind_key,
                at=self.session.starts_at,
            )
            for mark in self.marks
        )


def hold_term(borough: Borough, term: Dates, number: int, chance: Random) -> None:
    """A told term: two network sessions, a meeting of every cluster and two CPD sessions."""
    lead = borough.people["lead"]
    engaged = _engaged(borough, ENGAGED[number], chance)
    _hold_network(borough, term, number, engaged, chance)
    for position, cluster in enumerate(borough.clusters):
        day = part_way(term, 0.35 + position * 0.05)
        plan = Plan(
            f"{cluster.name}: problem-solving circle",
            EventKind.COP_MEETING,
            day,
            "09:00",
            "11:00",
            room=24,
            cluster=cluster,
            venue=f"{borough.members[cluster.id][0].name}, library",
        )
        held = Held(add_event(plan, chance, borough.supporters[cluster.id]), chance)
        _fill(held, borough, borough.members[cluster.id], chance)
    for share, title, level in (
        (0.4, "Coaching colleagues", "level_leading"),
        (0.7, "Assess, plan, do, review in practice", "level_starting"),
    ):
        day, tags = part_way(term, share), frozenset({level})
        plan = Plan(title, EventKind.CPD, day, "15:45", "17:00", room=30, tags=tags)
        held = Held(add_event(plan, chance, [lead]), chance)
        _fill(held, borough, chance.sample(sorted_schools(borough), 22), chance)


def sorted_schools(borough: Borough) -> list[School]:
    return sorted(borough.schools, key=lambda school: school.id)


def _engaged(borough: Borough, count: int, chance: Random) -> list[School]:
    """So many schools with a SENCO; a shared SENCO brings both schools, or neither."""
    shared = {school.id for school in borough.schools[3:5]}
    able = [school for school in sorted_schools(borough) if school.id in borough.sencos]
    others = [school for school in able if school.id not in shared]
    return [*chance.sample(others, count - 2), *borough.schools[3:5]]


def _hold_network(
    borough: Borough, term: Dates, number: int, engaged: list[School], chance: Random
) -> None:
    """Two sessions that together reach every engaged school, and nobody else's."""
    groups: tuple[list[School], list[School]] = ([], [])
    for school in engaged:
        sessions = chance.choice(((0,), (1,), (0, 1), (0, 1)))
        for session in sessions:
            groups[session].append(school)
    reached = {school.id for school in engaged}
    quiet = [school for school in sorted_schools(borough) if school.id not in reached]
    for session, share in enumerate((0.3, 0.75)):
        plan = Plan(
            f"SENCO network: {NETWORK_TITLES[number][session]}",
            EventKind.SENCO_NETWORK,
            part_way(term, share),
            "13:30",
            "15:30",
            mode=Mode.HYBRID,
            room=80,
            online=60,
        )
        held = Held(add_event(plan, chance, [borough.people["lead"]]), chance)
        for person, schools in by_person(borough, groups[session]):
            kind = chance.choices(("in_person", "online", "part"), (70, 25, 5))[0]
            held.add(person, schools, kind, booked=chance.random() > 0.04)
        for person, schools in by_person(borough, quiet):
            held.add(person, schools, chance.choice(("apologies", "did_not_attend")))
        held.tell_history()


def by_person(borough: Borough, schools: list[School]) -> list[tuple[Person, list[School]]]:
    """Each SENCO once, with all of the schools they come for."""
    found: dict[int, tuple[Person, list[School]]] = {}
    for school in schools:
        person = borough.sencos.get(school.id)
        if person is not None:
            found.setdefault(person.id, (person, []))[1].append(school)
    return list(found.values())


def _fill(held: Held, borough: Borough, schools: list[School], chance: Random) -> None:
    for person, named in by_person(borough, schools):
        kinds = ("in_person", "apologies", "did_not_attend")
        held.add(person, named, chance.choices(kinds, (75, 15, 10))[0])
    held.tell_history()


def hold_open_meeting(borough: Borough, today: date, chance: Random) -> None:
    """The one open register: a cluster's meeting on the last weekday, half marked."""
    cluster = borough.clusters[0]
    plan = Plan(
        f"{cluster.name}: what we will try next",
        EventKind.COP_MEETING,
        weekday_before(today - DAY),
        "09:00",
        "11:00",
        room=24,
        cluster=cluster,
        venue=f"{borough.members[cluster.id][0].name}, library",
    )
    held = Held(add_event(plan, chance, borough.supporters[cluster.id]), chance, closed=False)
    for position, (person, schools) in enumerate(by_person(borough, borough.members[cluster.id])):
        held.add(person, schools, "in_person" if position % 2 else "")
    held.tell_history()
