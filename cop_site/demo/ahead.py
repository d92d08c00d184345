"""What is ahead in the demonstration: events to book, one of them full, and a draft."""

from __future__ import annotations

from datetime import date, time
from random import Random

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import Person, User
from cop_site.bookings.models import BookingState
from cop_site.bookings.need_models import BookingNeeds
from cop_site.db import db
from cop_site.demo.borough import Borough
from cop_site.demo.calendar import DAY, moment, school_terms, weekday
from cop_site.demo.programme import (
    Plan,
    add_booking,
    add_date,
    add_event,
    by_person,
    sorted_schools,
)
from cop_site.events.models import Event, EventKind, EventState, Mode, Option
from cop_site.planning.change_services import set_span
from cop_site.planning.models import EventTemplate
from cop_site.schools.models import School

INDUCTION_PLACES = 20
INDUCTION_ASKED = 24
OFFERED_AT = time(10)


def announce(borough: Borough, today: date, chance: Random) -> None:
    """Events in the coming weeks, in term or not."""
    _write_usual_texts()
    _announce_for_everyone(borough, today, chance)
    _announce_meetings(borough, today, chance)
    _announce_network(borough, today, chance)
    _announce_coaching(borough, today, chance)
    _announce_induction(borough, today, chance)
    _send_draft(borough, today, chance)
    _join_networks()
    _announce_course(borough, today, chance)
    _announce_offer(borough, today, chance)


def _write_usual_texts() -> None:
    texts = {
        EventKind.SENCO_NETWORK: (
            "SENCO network",
            "For every SENCO.\n\n- what is new\n- one theme in depth\n- time with your cluster",
        ),
        EventKind.COP_MEETING: (
            "",
            "Bring one thing you tried since we last met.\n\n- what was agreed\n- what comes next",
        ),
    }
    for kind, (title, description) in texts.items():
        db.session.add(EventTemplate(kind=kind, title=title, description=description))


def _ahead(today: date, days: int) -> date:
    """A weekday so many days ahead; in the holidays, early in the term that follows."""
    day = weekday(today + days * DAY)
    terms = school_terms(today)
    if any(first <= day <= last for _name, first, last in terms):
        return day
    following = min(first for _name, first, _last in terms if first > day)
    return weekday(following + (3 + days) * DAY)


def _announce_for_everyone(borough: Borough, today: date, chance: Random) -> None:
    cpd, online = EventKind.CPD, Mode.ONLINE
    plans = (
        Plan(
            "Ordinarily available provision: what to look for",
            cpd,
            _ahead(today, 15),
            "13:30",
            "15:30",
            room=30,
            tags=frozenset({"role_teacher", "role_assistant", "outcome_ordinary"}),
        ),
        Plan(
            "Drop-in: bring a question to an EP",
            EventKind.DROP_IN,
            _ahead(today, 9),
            "12:30",
            "13:30",
            mode=online,
        ),
        Plan(
            "Briefing: the year ahead",
            EventKind.BRIEFING,
            _ahead(today, 22),
            "16:00",
            "17:00",
            mode=online,
            online=200,
        ),
        Plan(
            "SENCO network: next term’s priorities",
            EventKind.SENCO_NETWORK,
            _ahead(today, 33),
            "13:30",
            "15:30",
            mode=Mode.HYBRID,
            room=60,
            online=40,
            tags=frozenset({"role_senco", "priority_inclusion"}),
            speakers=(("A head of service", "Inclusion Service"),),
        ),
    )
    for plan in plans:
        event = add_event(plan, chance, [borough.people["lead"]])
        if plan.kind is EventKind.SENCO_NETWORK:
            until = moment(_ahead(today, 19), "00:00")
            event.school_limit, event.school_limit_until = 2, until
            event.held_places, event.held_until = 5, until


def _send_draft(borough: Borough, today: date, chance: Random) -> None:
    """What a partner drafted, and the service has not looked over yet."""
    partner = borough.people["partner"]
    plan = Plan(
        "Working with the Virtual School",
        EventKind.CPD,
        _ahead(today, 26),
        "15:45",
        "17:00",
        room=25,
        state=EventState.DRAFT,
    )
    event = add_event(plan, chance, [partner])
    account = sa.select(User.id).where(User.person_id == partner.id)
    event.created_by_user_id = db.session.scalar(account)
    event.sent_at = event.created_at = clock.now() - DAY


def _join_networks() -> None:
    """The termly network sessions are one series."""
    is_network = Event.kind == EventKind.SENCO_NETWORK
    first = db.session.scalar(sa.select(sa.func.min(Event.id)).where(is_network))
    db.session.execute(sa.update(Event).where(is_network).values(series_id=first))


def _announce_meetings(borough: Borough, today: date, chance: Random) -> None:
    for position, cluster in enumerate(borough.clusters):
        plan = Plan(
            f"{cluster.name}: transitions into Year 7",
            EventKind.COP_MEETING,
            _ahead(today, 8 + 2 * position),
            "09:00",
            "11:00",
            room=14,
            cluster=cluster,
            venue=f"{borough.members[cluster.id][1].name}, hall",
        )
        meeting = add_event(plan, chance, borough.supporters[cluster.id])
        for person, schools in by_person(borough, borough.members[cluster.id][3:8]):
            add_booking(meeting, person, schools)
    for partnership in borough.partnerships:
        plan = Plan(
            f"{partnership.name}: monthly meeting",
            EventKind.PARTNERSHIP_MEETING,
            _ahead(today, 18),
            "08:30",
            "10:00",
            room=None,
            cluster=partnership,
        )
        add_event(plan, chance, [borough.people["lead"]])


def _announce_network(borough: Borough, today: date, chance: Random) -> None:
    """The next network session, where the demonstration's SENCO has a place."""
    plan = Plan(
        "SENCO network: from plan to practice",
        EventKind.SENCO_NETWORK,
        _ahead(today, 5),
        "13:30",
        "15:30",
        mode=Mode.HYBRID,
        room=60,
        online=40,
        tags=frozenset({"role_senco", "outcome_cycle"}),
    )
    event = add_event(plan, chance, [borough.people["lead"]])
    own = borough.people["senco"]
    everyone = by_person(borough, sorted_schools(borough))
    mine = [pair for pair in everyone if pair[0] is own]
    booked = [
        add_booking(event, person, schools, days_before=12)
        for person, schools in mine + _others(borough)[:41]
    ]
    db.session.flush()
    said = (("", "Vegetarian"), ("A hearing loop", ""), ("A seat near the door", "No nuts"))
    for booking, (access, diet) in zip(booked[3:], said, strict=False):
        at = booking.created_at
        needs = BookingNeeds(booking_id=booking.id, access=access, diet=diet, noted_at=at)
        db.session.add(needs)


def _announce_coaching(borough: Borough, today: date, chance: Random) -> None:
    """Nearly full: three places left."""
    plan = Plan(
        "Emotion coaching for teaching assistants",
        EventKind.CPD,
        _ahead(today, 6),
        "15:45",
        "17:00",
        mode=Mode.ONLINE,
        online=24,
    )
    event = add_event(plan, chance, borough.supporters[borough.clusters[0].id])
    for person, schools in _others(borough)[40:61]:
        add_booking(event, person, schools, mode=Mode.ONLINE, days_before=12)


def _announce_induction(borough: Borough, today: date, chance: Random) -> None:
    """Full, with four people waiting."""
    plan = Plan(
        "New to the SENCO role: your first year",
        EventKind.INDUCTION,
        _ahead(today, 12),
        "13:00",
        "16:00",
        room=INDUCTION_PLACES,
        tags=frozenset({"role_senco", "new_in_role", "level_starting"}),
    )
    event = add_event(plan, chance, [borough.people["lead"]])
    for position, (person, schools) in enumerate(_others(borough)[10 : 10 + INDUCTION_ASKED]):
        state = BookingState.BOOKED if position < INDUCTION_PLACES else BookingState.WAITING
        add_booking(event, person, schools, state=state, days_before=40 - position)


def _announce_course(borough: Borough, today: date, chance: Random) -> None:
    """Two afternoons, or the same in one day: people choose."""
    plan = Plan(
        "New to the SENCO role: plans that get used",
        EventKind.INDUCTION,
        _ahead(today, 20),
        "13:30",
        "15:30",
        room=12,
    )
    event = add_event(plan, chance, [borough.people["lead"]])
    event.options[0].name = "Two afternoons"
    add_date(event.options[0], _ahead(today, 27), "13:30", "15:30")
    one_day = Option(name="One day", position=1, mode=Mode.IN_PERSON, room_capacity=16)
    event.options.append(one_day)
    add_date(one_day, _ahead(today, 24), "10:00", "15:00")
    set_span(event)
    db.session.flush()


def _announce_offer(borough: Borough, today: date, chance: Random) -> None:
    """Small and full; the SENCO of two schools is offered the place that came free."""
    plan = Plan(
        "Drop-in: sensory needs in the classroom",
        EventKind.DROP_IN,
        _ahead(today, 13),
        "12:15",
        "13:15",
        room=6,
    )
    event = add_event(plan, chance, [borough.people["lead"]])
    others = _others(borough)
    for person, schools in others[:5]:
        add_booking(event, person, schools)
    own = borough.people["senco2"]
    everyone = by_person(borough, sorted_schools(borough))
    ((person, schools),) = [pair for pair in everyone if pair[0] is own]
    offered = add_booking(event, person, schools, state=BookingState.WAITING, days_before=6)
    offered.state = BookingState.OFFERED
    # As if in school hours, whenever the demonstration is built.
    offered.offered_at = clock.from_london(today - DAY, OFFERED_AT)
    offered.offer_expires_at = clock.from_london(today + 2 * DAY, OFFERED_AT)
    for waiting, theirs in others[5:7]:
        add_booking(event, waiting, theirs, state=BookingState.WAITING, days_before=3)


def _others(borough: Borough) -> list[tuple[Person, list[School]]]:
    """Every SENCO but those of the demonstration's own accounts."""
    own = {id(person) for person in borough.people.values()}
    everyone = by_person(borough, sorted_schools(borough))
    return [pair for pair in everyone if id(pair[0]) not in own]
