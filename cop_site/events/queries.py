"""Reads of events: one, a list, and how many places are left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager

from cop_site import clock
from cop_site.accounts.models import Person
from cop_site.db import UtcDateTime, db
from cop_site.errors import NotFoundError
from cop_site.events.booking_models import LIVE, Booking, BookingState
from cop_site.events.models import (
    Event,
    EventKind,
    EventState,
    Facilitator,
    Mode,
    Option,
    Session,
)
from cop_site.schools.cluster_models import Cluster


@dataclass(frozen=True)
class Places:
    """Places of an option in one mode. ``capacity`` None has no limit."""

    mode: Mode
    capacity: int | None
    used: int
    waiting: int

    @property
    def left(self) -> int | None:
        """Places free now, never below nought; None where there is no limit."""
        return None if self.capacity is None else max(0, self.capacity - self.used)

    @property
    def is_full(self) -> bool:
        return self.left == 0


@dataclass(frozen=True)
class EventRow:
    """What a list shows of an event."""

    event: Event
    cluster_name: str | None
    mode: Mode
    venue: str
    places: Places
    mine: BookingState | None


@dataclass(frozen=True)
class EventFilter:
    """What a list is narrowed to. ``when`` is "upcoming", "past" or "drafts"."""

    when: str = "upcoming"
    kind: EventKind | None = None
    cluster_id: int | None = None
    has_places: bool = False
    words: str = ""

    @property
    def is_narrowed(self) -> bool:
        """True where more than words narrow the list."""
        return self.when != "upcoming" or bool(self.kind or self.cluster_id or self.has_places)


# The statements behind the list and an event's page are built once and filled in: building one
# takes longer than the database needs to answer it.
NOW: Any = sa.bindparam("now", type_=UtcDateTime())


def uses_place(now: datetime) -> sa.ColumnElement[bool]:
    """True for a booking that uses a place: booked, or offered and the offer still runs."""
    offered = sa.and_(Booking.state == BookingState.OFFERED, Booking.offer_expires_at > now)
    return sa.or_(Booking.state == BookingState.BOOKED, offered)


def get_event(event_id: int, visible: sa.ColumnElement[bool]) -> Event:
    """The event with cluster, options, sessions and facilitators, in one statement.

    Raises NotFoundError where there is none that the person may know of.
    """
    chosen = _whole_event().where(Event.id == event_id, visible)
    found = db.session.scalars(chosen).unique().one_or_none()
    if found is None:
        raise NotFoundError("There is no such event.")
    return found


@cache
def _whole_event() -> sa.Select[Event]:
    return (
        sa.select(Event)
        .outerjoin(Event.cluster)
        .join(Event.options)
        .join(Option.sessions)
        .outerjoin(Event.facilitators)
        .outerjoin(Facilitator.person)
        .options(
            contains_eager(Event.cluster),
            contains_eager(Event.options).contains_eager(Option.sessions),
            contains_eager(Event.facilitators).contains_eager(Facilitator.person),
        )
        .order_by(Option.position, Option.id, Session.starts_at, Session.id, Person.name)
        .execution_options(populate_existing=True)
    )


def count_places(option: Option) -> list[Places]:
    """Places of an option, one entry a mode."""
    counted = db.session.execute(_counted(), {"option_id": option.id, "now": clock.now()})
    by_mode = {mode: (used, waiting) for mode, used, waiting in counted}
    return [
        Places(mode, option.capacity(mode), *by_mode.get(mode, (0, 0))) for mode in option.modes
    ]


@cache
def _counted() -> sa.Executable:
    return (
        sa.select(
            Booking.mode,
            sa.func.count().filter(uses_place(NOW)),
            sa.func.count().filter(Booking.state == BookingState.WAITING),
        )
        .where(Booking.option_id == sa.bindparam("option_id"))
        .group_by(Booking.mode)
    )


def list_events(
    chosen: EventFilter,
    visible: sa.ColumnElement[bool],
    *,
    person_id: int,
    page: int,
    size: int,
) -> tuple[list[EventRow], int]:
    """One page of events and how many there are in all, in two statements at any size."""
    conditions = _conditions(chosen, visible)
    total = sa.select(sa.func.count(Event.id)).where(*conditions).scalar_subquery()
    order: tuple[Any, ...] = (Event.starts_at, Event.id)
    if chosen.when == "past":
        order = (Event.starts_at.desc(), Event.id.desc())
    found = db.session.execute(
        sa.select(Event.id, total.label("total"))
        .where(*conditions)
        .order_by(*order)
        .limit(size)
        .offset((page - 1) * size)
    ).all()
    ids = [row.id for row in found]
    rows = {row.event.id: row for row in list_rows(ids, person_id)}
    return [rows[event_id] for event_id in ids], found[0].total if found else 0


def _conditions(
    chosen: EventFilter, visible: sa.ColumnElement[bool]
) -> list[sa.ColumnElement[bool]]:
    now = clock.now()
    conditions = [visible, *_when(chosen.when, now)]
    if chosen.kind:
        conditions.append(Event.kind == chosen.kind)
    if chosen.cluster_id:
        conditions.append(Event.cluster_id == chosen.cluster_id)
    if chosen.has_places:
        conditions.append(_has_places(now))
    for word in chosen.words.split()[:8]:
        conditions.append(Event.title.icontains(word, autoescape=True))
    return conditions


def _when(when: str, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    if when == "drafts":
        return (Event.state == EventState.DRAFT,)
    if when == "past":
        return (Event.state == EventState.PUBLISHED, Event.ends_at < now)
    return (Event.state == EventState.PUBLISHED, Event.ends_at >= now)


def _has_places(now: datetime) -> sa.ColumnElement[bool]:
    """True for an event where somebody could still get a place at once, in one of its modes."""

    def free(capacity: Any, mode: Mode) -> sa.ColumnElement[bool]:
        used = (
            sa.select(sa.func.count())
            .where(Booking.option_id == Option.id, Booking.mode == mode, uses_place(now))
            .correlate(Option)
            .scalar_subquery()
        )
        offered = Option.mode.in_((mode, Mode.HYBRID))
        return sa.and_(offered, sa.or_(capacity.is_(None), capacity > used))

    room = free(Option.room_capacity, Mode.IN_PERSON)
    online = free(Option.online_capacity, Mode.ONLINE)
    options = sa.select(Option.id).where(Option.event_id == Event.id, sa.or_(room, online))
    return sa.and_(Event.starts_at > now, options.correlate(Event).exists())


def list_rows(event_ids: list[int], person_id: int) -> list[EventRow]:
    """What a list shows of these events, in one statement, ordered by start."""
    wanted = {"event_ids": event_ids, "person_id": person_id, "now": clock.now()}
    return [_row(row) for row in db.session.execute(_rows(), wanted)]


@cache
def _rows() -> sa.Executable:
    other = aliased(Option)
    first = sa.select(sa.func.min(other.position)).where(other.event_id == Event.id)
    return (
        sa.select(
            Event,
            Option,
            Cluster.name.label("cluster_name"),
            _first_venue().label("venue"),
            _count(uses_place(NOW)).label("used"),
            _count(Booking.state == BookingState.WAITING).label("waiting"),
            _own_state().label("mine"),
        )
        .join(Option, Option.event_id == Event.id)
        .outerjoin(Cluster, Cluster.id == Event.cluster_id)
        .where(
            Event.id.in_(sa.bindparam("event_ids", expanding=True)),
            Option.position == first.scalar_subquery(),
        )
        .order_by(Event.starts_at, Event.id)
    )


def _own_state() -> sa.ScalarSelect[BookingState]:
    own = sa.select(Booking.state).where(
        Booking.event_id == Event.id,
        Booking.person_id == sa.bindparam("person_id"),
        Booking.state.in_(LIVE),
    )
    return own.limit(1).correlate(Event).scalar_subquery()


def _row(row: Any) -> EventRow:
    capacities = [row.Option.capacity(mode) for mode in row.Option.modes]
    capacity = None if None in capacities else sum(capacities)
    return EventRow(
        event=row.Event,
        cluster_name=row.cluster_name,
        mode=row.Option.mode,
        venue=row.venue or "",
        places=Places(row.Option.mode, capacity, row.used, row.waiting),
        mine=row.mine,
    )


def _first_venue() -> sa.ScalarSelect[str]:
    chosen = sa.select(Session.venue).where(Session.option_id == Option.id)
    return chosen.order_by(Session.starts_at).limit(1).correlate(Option).scalar_subquery()


def _count(condition: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    counted = sa.select(sa.func.count()).where(Booking.option_id == Option.id, condition)
    return counted.correlate(Option).scalar_subquery()


def find_next_meeting(cluster_id: int) -> Event | None:
    """The next published event of a cluster that has not ended."""
    return db.session.scalar(
        sa.select(Event)
        .where(
            Event.cluster_id == cluster_id,
            Event.state == EventState.PUBLISHED,
            Event.ends_at >= clock.now(),
        )
        .order_by(Event.starts_at, Event.id)
        .limit(1)
    )


def list_event_clusters() -> list[tuple[int, str]]:
    """The clusters an event may be for, id and name."""
    return [(row.id, row.name) for row in db.session.execute(_clusters())]


@cache
def _clusters() -> sa.Executable:
    return sa.select(Cluster.id, Cluster.name).order_by(Cluster.name)
