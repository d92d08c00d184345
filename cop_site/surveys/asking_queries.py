"""Reads for asking people: what is asked about, who may be asked, who was asked already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind
from cop_site.bookings.models import Booking, BookingSchool, BookingState
from cop_site.db import db
from cop_site.events.models import Event, EventState, Option, Session
from cop_site.schools.cluster_queries import holds_on
from cop_site.schools.models import School, SchoolLink, SchoolLinkKind, SchoolStatus
from cop_site.schools.scope_queries import list_default_schools
from cop_site.surveys.answer_models import Invitation
from cop_site.surveys.models import Question, Survey, SurveyKind, TemplateQuestion

Schools = tuple[tuple[int, SchoolRoleKind], ...]
WAVE_ROLES = (SchoolRoleKind.SENCO, SchoolRoleKind.DEPUTY_SENCO)


@dataclass(frozen=True)
class Asked:
    """Somebody to ask; ``schools`` with the role held there then, ``email`` None for no mail."""

    person_id: int
    name: str
    email: str | None
    schools: Schools
    for_school_id: int | None = None
    for_school: str = ""


@dataclass(frozen=True)
class SessionFacts:
    """What a survey about a session needs. ``ended_at`` is the event's end.

    ``surveys`` are those that are there already, by kind.
    """

    session_id: int
    event_id: int
    title: str
    starts_at: datetime
    ended_at: datetime
    governors_count: bool
    surveys: dict[SurveyKind, Survey]


def get_session_facts(session_id: int) -> SessionFacts:
    """A session with its event and what was asked about either, in one statement."""
    about = sa.or_(
        Survey.session_id == Session.id,
        sa.and_(Survey.event_id == Event.id, Survey.session_id.is_(None)),
    )
    rows = db.session.execute(
        sa.select(Session, Event, Survey)
        .join(Session.option)
        .join(Option.event)
        .outerjoin(Survey, about)
        .where(Session.id == session_id)
        .execution_options(populate_existing=True)
    ).all()
    session, event, _survey = rows[0]
    return SessionFacts(
        session.id,
        event.id,
        event.title,
        session.starts_at,
        event.ends_at,
        event.governors_count,
        {survey.kind: survey for *_, survey in rows if survey is not None},
    )


def list_newest_questions(kind: SurveyKind) -> list[tuple[int, int]]:
    """What a new survey of a kind asks: id of the newest version, and position."""
    newer = aliased(Question)
    newest = ~sa.exists().where(newer.key == Question.key, newer.version > Question.version)
    rows = db.session.execute(
        sa.select(Question.id, TemplateQuestion.position)
        .join(TemplateQuestion, TemplateQuestion.question_key == Question.key)
        .where(TemplateQuestion.kind == kind, newest)
        .order_by(TemplateQuestion.position)
    )
    return [(question_id, position) for question_id, position in rows]


def list_eligible(
    named: Iterable[tuple[int, Collection[int]]], day: date, *, governors: bool
) -> list[Asked]:
    """Those of ``named`` (person, schools) who held a role at one of the schools on ``day``.

    The rule of the figures: service staff, partners and speakers don't count by being there, a
    governor only where the event says so, and somebody merged counts as who they are.
    """
    schools: dict[int, set[int]] = defaultdict(set)
    for person_id, school_ids in named:
        schools[person_id].update(school_ids)
    was, own = aliased(Person), aliased(Person)
    rows = db.session.execute(
        sa.select(was.id.label("was_id"), own, SchoolRole.school_id, SchoolRole.role)
        .join(own, own.id == sa.func.coalesce(was.merged_into_id, was.id))
        .join(SchoolRole, sa.and_(SchoolRole.person_id == own.id, holds_on(SchoolRole, day)))
        .where(was.id.in_(schools.keys()), own.erased_at.is_(None))
        .order_by(own.id, SchoolRole.school_id)
    )
    people: dict[int, Person] = {}
    held: dict[int, dict[int, SchoolRoleKind]] = defaultdict(dict)
    for was_id, person, school_id, role in rows:
        if school_id in schools[was_id] and (governors or role is not SchoolRoleKind.GOVERNOR):
            people[person.id] = person
            first = held[person.id].get(school_id, role)
            held[person.id][school_id] = min(first, role, key=list(SchoolRoleKind).index)
    return [
        Asked(person.id, person.name, person.email, tuple(held[person.id].items()))
        for person in people.values()
    ]


def list_booked(event_id: int) -> list[tuple[int, list[int]]]:
    """Everybody with a place at an event, with the schools named on the booking."""
    rows = db.session.execute(
        sa.select(Booking.person_id, BookingSchool.school_id)
        .join(BookingSchool, BookingSchool.booking_id == Booking.id)
        .where(Booking.event_id == event_id, Booking.state == BookingState.BOOKED)
        .order_by(Booking.id, BookingSchool.id)
    )
    found: dict[int, list[int]] = {}
    for person_id, school_id in rows:
        found.setdefault(person_id, []).append(school_id)
    return list(found.items())


def list_wave_people(term_id: int, day: date) -> list[Asked]:
    """Whom a school wave asks: each open school's SENCO, else its deputy, once for each school.

    See _list_wave_schools for which schools.
    """
    rows = db.session.execute(
        sa.select(School.id, School.name, SchoolRole.role, Person)
        .join(SchoolRole, sa.and_(SchoolRole.school_id == School.id, holds_on(SchoolRole, day)))
        .join(Person, Person.id == SchoolRole.person_id)
        .where(
            School.id.in_(_list_wave_schools(term_id)),
            SchoolRole.role.in_(WAVE_ROLES),
            Person.merged_into_id.is_(None),
            Person.erased_at.is_(None),
        )
        .order_by(School.name, School.id, Person.id)
    ).all()
    with_senco = {row.id for row in rows if row.role is SchoolRoleKind.SENCO}
    found: dict[tuple[int, int], Asked] = {}
    for school_id, name, role, person in rows:
        if role is SchoolRoleKind.SENCO or school_id not in with_senco:
            asked = Asked(
                person.id, person.name, person.email, ((school_id, role),), school_id, name
            )
            found.setdefault((person.id, school_id), asked)
    return list(found.values())


def _list_wave_schools(term_id: int) -> set[int]:
    """Open schools of the list that the term's figures use; without a frozen list, all.

    A listed school that is no more is asked through what it became: its successors that are open.
    """
    is_open = School.status.in_((SchoolStatus.OPEN, SchoolStatus.PROPOSED_TO_CLOSE))
    still_open = set(db.session.scalars(sa.select(School.id).where(is_open)))
    listed = list_default_schools(term_id)
    if listed is None:
        return still_open
    became: dict[int, set[int]] = defaultdict(set)
    links = sa.select(SchoolLink.school_id, SchoolLink.successor_id)
    for school_id, successor_id in db.session.execute(
        links.where(SchoolLink.kind != SchoolLinkKind.OTHER)
    ):
        became[school_id].add(successor_id)
    seen: set[int] = set()
    following = listed
    while following:
        seen |= following
        gone = following - still_open
        following = {after for school_id in gone for after in became[school_id]} - seen
    return seen & still_open


def list_open_waves() -> list[Survey]:
    """School surveys that can be answered now, locked for a change."""
    now = clock.now()
    return list(
        db.session.scalars(
            sa.select(Survey)
            .where(
                Survey.kind == SurveyKind.SCHOOL_WAVE,
                Survey.closed_at.is_(None),
                Survey.opens_at <= now,
                Survey.closes_at > now,
            )
            .order_by(Survey.id)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
    )


def list_schools_that_answered(survey_id: int) -> set[int | None]:
    """Schools for which somebody has finished a school survey."""
    query = sa.select(Invitation.for_school_id).where(Invitation.survey_id == survey_id)
    return set(db.session.scalars(query.where(Invitation.finished_on.is_not(None))))


def list_asked(survey_id: int) -> set[tuple[int, int | None]]:
    """Who was asked already: person and, in a wave, school."""
    query = sa.select(Invitation.person_id, Invitation.for_school_id)
    rows = db.session.execute(query.where(Invitation.survey_id == survey_id))
    return {(person_id, school_id) for person_id, school_id in rows}


def list_open_before() -> list[Any]:
    """Open surveys that end when their event starts, with the event, locked for a change."""
    return list(
        db.session.execute(
            sa.select(Survey, Event)
            .join(Event, Event.id == Survey.event_id)
            .where(Survey.kind == SurveyKind.BEFORE, Survey.closed_at.is_(None))
            .order_by(Survey.id)
            .with_for_update(of=Survey, skip_locked=True)
            .execution_options(populate_existing=True)
        )
    )


def find_ids(token_hashes: Collection[str]) -> dict[str, int]:
    """Ids of invitations by what is kept of their links."""
    query = sa.select(Invitation.token_hash, Invitation.id)
    rows = db.session.execute(query.where(Invitation.token_hash.in_(token_hashes)))
    return {token_hash: id_ for token_hash, id_ in rows}


def list_never_asked_after(since: datetime) -> list[tuple[int, int]]:
    """Closed surveys before events that ended since then, with none after; with the event."""
    after = aliased(Survey)
    asked = sa.exists().where(after.event_id == Survey.event_id, after.kind == SurveyKind.AFTER)
    rows = db.session.execute(
        sa.select(Survey.id, Event.id)
        .join(Event, Event.id == Survey.event_id)
        .where(
            Survey.kind == SurveyKind.BEFORE,
            Survey.closed_at.is_not(None),
            Event.state == EventState.PUBLISHED,
            Event.ends_at >= since,
            ~asked,
        )
        .order_by(Survey.id)
    )
    return [(survey_id, event_id) for survey_id, event_id in rows]


def lock_survey(survey_id: int) -> None:
    db.session.execute(sa.select(Survey.id).where(Survey.id == survey_id).with_for_update())


def lock_event(event_id: int) -> Event | None:
    return db.session.scalar(
        sa.select(Event)
        .where(Event.id == event_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def find_of_event(event_id: int) -> dict[SurveyKind, Survey]:
    """The confidence surveys of an event, by kind."""
    query = sa.select(Survey).where(Survey.event_id == event_id, Survey.session_id.is_(None))
    return {survey.kind: survey for survey in db.session.scalars(query)}


def is_on(event: Event) -> bool:
    return event.state is EventState.PUBLISHED
