"""Surveys of the demonstration: two school waves, forms after sessions, before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random

import sqlalchemy as sa

from cop_site.accounts.models import Person
from cop_site.attendance.models import Mark, MarkKind, MarkSchool, Register
from cop_site.db import db
from cop_site.demo import programme
from cop_site.demo.borough import Borough
from cop_site.demo.calendar import DAY, Dates, moment, part_way, weekday_before
from cop_site.demo.survey_rows import Asked, Asking, Plan, Said, spread
from cop_site.events.models import Event, EventKind, Mode, Option, Session
from cop_site.schools.models import School, Term
from cop_site.surveys.models import SurveyKind

LASTS = timedelta(days=14)
# Sixty schools each time: "over half" 20 then 25, "embedded" 23 then 25.
SHARES = (
    {"none": 6, "up_to_a_quarter": 17, "up_to_half": 11, "over_half": 20, "dont_know": 6},
    {"none": 5, "up_to_a_quarter": 12, "up_to_half": 13, "over_half": 25, "dont_know": 5},
)
RUNGS = (
    {"aware": 6, "tried": 9, "some_staff": 12, "most_staff": 10, "embedded": 23},
    {"aware": 5, "tried": 7, "some_staff": 12, "most_staff": 11, "embedded": 25},
)
# So many of the schools that answered the first wave answer the second as well.
IN_BOTH = 54
# Of 41: 26 more confident, 27 clearer, 41 who think it will help. The term before: 38.
FORMS = (
    (
        {"a_little_less": 6, "the_same": 12, "a_little_more": 13, "a_lot_more": 7},
        {"disagree": 6, "neither": 9, "agree": 15, "strongly_agree": 8},
        {"neither": 6, "agree": 19, "strongly_agree": 13},
    ),
    (
        {"a_little_less": 5, "the_same": 10, "a_little_more": 17, "a_lot_more": 9},
        {"disagree": 5, "neither": 9, "agree": 18, "strongly_agree": 9},
        {"agree": 23, "strongly_agree": 18},
    ),
)
LINES = (
    "Keep the small groups: I left with a name to ring.",
    "More time for the worked example, please.",
    "Send the slides before, so that I can share them with staff.",
    "A session online in the evening would let more of us come.",
    "Do more on annual reviews, with somebody from the statutory team.",
    "The question from another school was ours too.",
)
CONFIDENCE = (
    *("identifying", "graduated_approach", "provision", "coaching", "families", "voice"),
    *("statutory", "whom_to_ask"),
)
STEPS = ("not_at_all", "slightly", "fairly", "very", "completely")


def add_surveys(borough: Borough, terms: Sequence[Dates], today: date, chance: Random) -> None:
    """What was asked in the last two told terms, and one survey to answer now."""
    _add_waves(borough, terms[-2:], chance)
    for term, form in zip(terms[-2:], FORMS, strict=True):
        _add_form(term, form, chance)
    _add_survey_of_four(terms[-2], chance)
    _add_before_and_after(borough, terms[-2], chance)
    _add_open_form(borough, today, chance)
    db.session.flush()


def _add_waves(borough: Borough, terms: Sequence[Dates], chance: Random) -> None:
    everyone = programme.by_person(borough, programme.sorted_schools(borough))
    asked = [school for _person, schools in everyone for school in schools]
    first = chance.sample(asked, 60)
    others = [school for school in asked if school not in first]
    both = chance.sample(first, IN_BOTH)
    groups = (first, both + chance.sample(others, 60 - IN_BOTH))
    place = {school.id: chance.random() for school in asked}
    waves = [
        _answer_wave(*wave, place, chance)
        for wave in zip(groups, SHARES, RUNGS, (0, 0.4), strict=True)
    ]
    for term, said in zip(terms, waves, strict=True):
        id_ = db.session.scalars(sa.select(Term.id).where(Term.name == term.name)).one()
        plan = Plan(
            SurveyKind.SCHOOL_WAVE,
            f"School survey, {term.name}",
            "wave",
            moment(part_way(term, 0.2), "09:00"),
            moment(part_way(term, 0.85), "17:00"),
            term_id=id_,
        )
        Asking(plan, chance).invite(everyone, said)


def _answer_wave(
    group: Sequence[School],
    shares: Mapping[str, int],
    rungs: Mapping[str, int],
    gained: float,
    place: Mapping[int, float],
    chance: Random,
) -> dict[int, Said]:
    """Answers of these schools. Most keep their place among the others, so few move down."""
    order = sorted(group, key=lambda school: place[school.id] + chance.random() / 2)
    rows = enumerate(zip(order, _in_order(shares), _in_order(rungs), strict=True))
    return {
        school.id: {
            "toolkit.share": share,
            "toolkit.rung": rung,
            "confidence.toolkit": _step(position / len(order), gained, chance),
            **{
                f"confidence.{name}": _step(position / len(order), gained, chance)
                for name in CONFIDENCE
            },
        }
        for position, (school, share, rung) in rows
    }


def _in_order(counts: Mapping[str, int]) -> list[str]:
    return [key for key, count in counts.items() for _ in range(count)]


def _step(share: float, gained: float, chance: Random) -> str:
    """A step of confidence, the higher the further along somebody is."""
    return STEPS[min(max(round(0.5 + 2.7 * share + gained + chance.gauss(0, 0.6)), 0), 4)]


def _add_form(term: Dates, counts: Sequence[Mapping[str, int]], chance: Random) -> None:
    """What people said after the term's first network session."""
    event, session = _find_session(EventKind.SENCO_NETWORK, term)
    came = _list_attended(session)
    columns = [spread(answers, chance) for answers in counts]
    chosen = chance.sample(came, len(columns[0]))
    said: dict[int, Said] = {
        person.id: {
            "reaction.confidence": columns[0][place],
            "reaction.clarity": columns[1][place],
            "reaction.inclusion": columns[2][place],
            "reaction.comment": LINES[place] if place < len(LINES) else "",
        }
        for place, (person, _schools) in enumerate(chosen)
    }
    Asking(_after(event, session), chance).invite(came, said)


def _after(event: Event, session: Session) -> Plan:
    opens_at = session.ends_at + timedelta(hours=2)
    return Plan(
        SurveyKind.END_OF_SESSION,
        event.title,
        f"session-{session.id}",
        opens_at,
        opens_at + LASTS,
        event_id=event.id,
        session_id=session.id,
    )


def _add_survey_of_four(term: Dates, chance: Random) -> None:
    """Too few answered for anything to be shown."""
    event, session = _find_session(EventKind.CPD, term)
    came = _list_attended(session)
    said = {
        person.id: {"reaction.confidence": "a_little_more", "reaction.clarity": "agree"}
        for person, _schools in chance.sample(came, 4)
    }
    Asking(_after(event, session), chance).invite(came, said)


def _add_before_and_after(borough: Borough, term: Dates, chance: Random) -> None:
    """A course with 27 people; most said how confident they were before and after."""
    plan = programme.Plan(
        "Coaching that lasts: a half-day course",
        EventKind.CPD,
        part_way(term, 0.55),
        "09:00",
        "12:30",
    )
    held = programme.Held(programme.add_event(plan, chance, [borough.people["lead"]]), chance)
    booked = chance.sample(programme.by_person(borough, programme.sorted_schools(borough)), 27)
    for place, (person, schools) in enumerate(booked):
        held.add(person, schools, "in_person" if place < 25 else "apologies")
    held.tell_history()
    event, session = held.event, held.session
    before, after = _two_sides([person for person, _schools in booked], chance)
    starts_at = session.starts_at
    series = f"event-{event.id}"
    first = Plan(
        SurveyKind.BEFORE,
        f"Before “{event.title}”",
        series,
        starts_at - timedelta(days=9),
        starts_at,
        event_id=event.id,
    )
    opens_at = session.ends_at + timedelta(hours=2)
    last = Plan(
        SurveyKind.AFTER,
        f"After “{event.title}”",
        series,
        opens_at,
        opens_at + LASTS,
        event_id=event.id,
    )
    Asking(first, chance).invite(booked, before)
    Asking(last, chance).invite(booked[:25], after)


def _two_sides(people: Sequence[Person], chance: Random) -> tuple[dict[int, Said], dict[int, Said]]:
    """Answers of 24 before and 23 after; 21 answered both times."""
    before: dict[int, dict[str, str]] = {person.id: {} for person in people}
    after: dict[int, dict[str, str]] = {person.id: {} for person in people}
    for name in CONFIDENCE:
        up = chance.randrange(9, 12)
        moves = spread({"1": up, "0": 16 - up, "-1": 5}, chance) + ["1"] * 6
        for person, move in zip(people, moves, strict=True):
            step = chance.choice((1, 1, 2, 2, 3))
            before[person.id][f"confidence.{name}"] = STEPS[step]
            after[person.id][f"confidence.{name}"] = STEPS[step + int(move)]
    skipped = {person.id for person in people[21:24]}
    came = {person.id for person in people[:23]}
    return (
        {id_: said for id_, said in before.items() if id_ not in skipped},
        {id_: said for id_, said in after.items() if id_ in came},
    )


def _add_open_form(borough: Borough, today: date, chance: Random) -> None:
    """A drop-in on the last weekday; the demonstration's SENCO came and can answer now."""
    plan = programme.Plan(
        "Drop-in: plans that get used",
        EventKind.DROP_IN,
        weekday_before(today - DAY),
        "12:30",
        "13:30",
        mode=Mode.ONLINE,
        online=30,
    )
    held = programme.Held(
        programme.add_event(plan, chance, borough.supporters[borough.clusters[0].id]), chance
    )
    own = borough.people["senco"]
    everyone = programme.by_person(borough, programme.sorted_schools(borough))
    mine = [pair for pair in everyone if pair[0] is own]
    came = mine + chance.sample([pair for pair in everyone if pair[0] is not own], 11)
    for person, schools in came:
        held.add(person, schools, "online")
    held.tell_history()
    said = {
        person.id: {"reaction.confidence": "a_little_more", "reaction.clarity": "agree"}
        for person, _schools in came[5:]
    }
    Asking(_after(held.event, held.session), chance).invite(came, said)


def _find_session(kind: EventKind, term: Dates) -> tuple[Event, Session]:
    """The term's first session of a kind that was held."""
    row = db.session.execute(
        sa.select(Event, Session)
        .join(Session.option)
        .join(Option.event)
        .where(Event.kind == kind, Session.starts_at >= moment(term.starts_on, "00:00"))
        .order_by(Session.starts_at, Session.id)
        .limit(1)
    ).one()
    return row[0], row[1]


def _list_attended(session: Session) -> list[Asked]:
    """Who was there, with the schools they came for."""
    rows = db.session.execute(
        sa.select(Person, School)
        .join(Mark, Mark.person_id == Person.id)
        .join(Register, Register.id == Mark.register_id)
        .join(MarkKind, MarkKind.key == Mark.kind_key)
        .join(MarkSchool, MarkSchool.mark_id == Mark.id)
        .join(School, School.id == MarkSchool.school_id)
        .where(Register.session_id == session.id, MarkKind.attended)
        .order_by(Mark.id, School.id)
    )
    found: dict[int, tuple[Person, list[School]]] = {}
    for person, school in rows:
        found.setdefault(person.id, (person, []))[1].append(school)
    return list(found.values())
