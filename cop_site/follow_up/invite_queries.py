"""Reads of who could be invited to an event, from which list."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.account_models import Topic, UnwantedTopic
from cop_site.accounts.models import Person, SchoolRole, User
from cop_site.attendance.models import Register
from cop_site.attendance.school_queries import schools_that_came
from cop_site.bookings.models import Booking
from cop_site.db import db
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, EventState, Option, Session
from cop_site.follow_up.invite_models import Candidate, Candidates, Chosen, List
from cop_site.follow_up.models import Invited, Inviting
from cop_site.follow_up.turnout_models import Outcome
from cop_site.follow_up.turnout_queries import list_turnout
from cop_site.notifications import queries as outbox
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.schools.cluster_queries import holds_on
from cop_site.schools.models import School, SchoolStatus
from cop_site.schools.term_models import AUGUST, year_of

KIND = "follow_up/invitation"
MOST_PEOPLE = 300
LONGEST_CHOICE = 50
_OPEN = School.status.in_([status for status in SchoolStatus if status.is_open])


def list_candidates(
    event: Event,
    chosen: Chosen,
    sources: sa.ColumnElement[bool],
    clusters: Collection[int] | None,
) -> Candidates:
    """Of the list those to be written to, by school and name, 300 at most.

    ``sources``: the events whose people may be a list; ``clusters``: those whose schools may, None
    for every school. Whoever knows of it, having booked or been invited, is counted apart, and
    whoever can't be reached: without an address, with one that bounced, or not wanting invitations.
    """
    found: list[Candidate] = []
    without: tuple[str, ...] = ()
    if chosen.list.is_of_event:
        found = _list_of_event(chosen, sources)
    elif clusters is None or chosen.cluster_id in clusters:
        found = _list_at_schools(chosen)
        without = _list_without(chosen)
    reached = _list_reached([one.person_id for one in found])
    booked = _list_booked(event.id)
    invited = _list_invited(event.id)
    # An address that somebody else had: the outbox writes to it once.
    told = outbox.list_recipients("event", event.id, KIND, 0)
    free = [one for one in found if one.person_id not in booked]
    new = [one for one in free if one.person_id not in invited and one.email not in told]
    people = [one for one in new if one.email and one.person_id in reached]
    return Candidates(
        people=people[:MOST_PEOPLE],
        booked=len(found) - len(free),
        invited=len(free) - len(new),
        unreached=len(new) - len(people),
        has_more=len(people) > MOST_PEOPLE,
        without=without,
    )


def _list_reached(person_ids: list[int]) -> set[int]:
    """Those whose mail does not come back, and who have not chosen to get no invitations."""
    unwanted = sa.and_(
        UnwantedTopic.user_id == User.id, UnwantedTopic.topic == Topic.INVITATIONS.value
    )
    query = (
        sa.select(Person.id)
        .outerjoin(User, User.person_id == Person.id)
        .outerjoin(UnwantedTopic, unwanted)
        .where(
            Person.id.in_(person_ids),
            Person.bounced_at.is_(None),
            User.disabled_at.is_(None),
            UnwantedTopic.topic.is_(None),
        )
    )
    return set(db.session.scalars(query))


def list_with_account(person_ids: Sequence[int]) -> set[int]:
    """Those of the people who can sign in; others ask to join first."""
    return set(db.session.scalars(sa.select(User.person_id).where(User.person_id.in_(person_ids))))


def _is_on_list(chosen: Chosen) -> list[sa.ColumnElement[bool]]:
    """What is true of the schools of a list."""
    narrowed: list[sa.ColumnElement[bool]] = [_OPEN]
    if chosen.phase:
        narrowed.append(School.phase == chosen.phase)
    if chosen.cluster_id is not None:
        narrowed.append(School.id.in_(_schools_of(chosen.cluster_id)))
    if chosen.list is List.NEW:
        since = date(year_of(clock.today()), AUGUST, 1)
        narrowed.append(School.id.not_in(schools_that_came(since)))
    return narrowed


def _schools_of(cluster_id: int) -> sa.Select[int]:
    return sa.select(ClusterMembership.school_id).where(
        ClusterMembership.cluster_id == cluster_id, holds_on(ClusterMembership, clock.today())
    )


def _list_without(chosen: Chosen) -> tuple[str, ...]:
    """Names of schools of the list at which nobody holds such a role today, by name; 300."""
    held = sa.exists().where(
        SchoolRole.school_id == School.id,
        SchoolRole.role.in_(chosen.roles),
        holds_on(SchoolRole, clock.today()),
    )
    query = sa.select(School.name).where(~held, *_is_on_list(chosen))
    return tuple(db.session.scalars(query.order_by(School.name, School.id).limit(MOST_PEOPLE)))


def _list_at_schools(chosen: Chosen) -> list[Candidate]:
    """Everybody at the schools of the list with such a role today, each once."""
    rows = db.session.execute(
        sa.select(Person.id, Person.name, Person.email, School.name, SchoolRole.role)
        .join(SchoolRole, SchoolRole.person_id == Person.id)
        .join(School, School.id == SchoolRole.school_id)
        .where(
            Person.merged_into_id.is_(None),
            SchoolRole.role.in_(chosen.roles),
            holds_on(SchoolRole, clock.today()),
            *_is_on_list(chosen),
        )
        .order_by(School.name, School.id, Person.name, Person.id)
    )
    found: dict[int, Candidate] = {}
    for id_, name, email, school, role in rows:
        before = found[id_].schools if id_ in found else ()
        found[id_] = Candidate(id_, name, email or "", (*before, f"{school}, {role.label}"))
    return list(found.values())


def _list_of_event(chosen: Chosen, sources: sa.ColumnElement[bool]) -> list[Candidate]:
    """Who came to, or missed, another event, and holds a role at a school today."""
    if chosen.source_id is None:
        return []
    source = event_queries.get_event(chosen.source_id, sources)
    outcome = Outcome.CAME if chosen.list is List.CAME else Outcome.MISSED
    rows = [row for row in list_turnout(source) if row.outcome is outcome]
    in_post = _list_in_post([row.person_id for row in rows])
    return [
        Candidate(
            row.person_id,
            row.name,
            row.email,
            tuple(f"{one.name}, {one.role}" for one in row.schools),
        )
        for row in rows
        if row.person_id in in_post
    ]


def _list_in_post(person_ids: list[int]) -> set[int]:
    query = sa.select(SchoolRole.person_id).where(
        SchoolRole.person_id.in_(person_ids), holds_on(SchoolRole, clock.today())
    )
    return set(db.session.scalars(query))


def _list_booked(event_id: int) -> set[int]:
    """Who has booked it or gave their place up: they know of it."""
    query = sa.select(Booking.person_id).where(Booking.event_id == event_id)
    return set(db.session.scalars(query))


def _list_invited(event_id: int) -> set[int]:
    query = sa.select(Invited.person_id).where(Invited.event_id == event_id)
    return set(db.session.scalars(query))


def list_sources(event: Event, sources: sa.ColumnElement[bool]) -> list[tuple[int, str, date]]:
    """Events with a closed register, the newest first and those of its series before; 50."""
    closed = (
        sa.select(Register.id)
        .join(Session, Session.id == Register.session_id)
        .join(Option, Option.id == Session.option_id)
        .where(Option.event_id == Event.id, Register.closed_at.is_not(None))
    )
    is_of_series = sa.and_(Event.series_id.is_not(None), Event.series_id == event.series_id)
    rows = db.session.execute(
        sa.select(Event.id, Event.title, Event.starts_at)
        .where(sources, closed.exists(), Event.id != event.id)
        .order_by(sa.case((is_of_series, 0), else_=1), Event.starts_at.desc(), Event.id.desc())
        .limit(LONGEST_CHOICE)
    )
    return [(id_, title, clock.london_date(begins)) for id_, title, begins in rows]


def list_ahead(visible: sa.ColumnElement[bool]) -> list[Event]:
    """Published events that have not begun, soonest first; 50."""
    query = (
        sa.select(Event)
        .where(visible, Event.state == EventState.PUBLISHED, Event.starts_at > clock.now())
        .order_by(Event.starts_at, Event.id)
        .limit(LONGEST_CHOICE)
    )
    return list(db.session.scalars(query))


def find_inviting(key: str) -> Inviting | None:
    return db.session.scalar(sa.select(Inviting).where(Inviting.key == key))


def list_invitings(event_id: int) -> list[tuple[Inviting, str]]:
    """What was sent, and the name of who did it, the newest first."""
    rows = db.session.execute(
        sa.select(Inviting, Person.name)
        .outerjoin(User, User.id == Inviting.sent_by_user_id)
        .outerjoin(Person, Person.id == User.person_id)
        .where(Inviting.event_id == event_id)
        .order_by(Inviting.id.desc())
    )
    return [(inviting, name or "") for inviting, name in rows]
