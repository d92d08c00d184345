"""Reads of many events: a page of them, narrowed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cop_site import clock
from cop_site.db import db
from cop_site.events.booking_models import LIVE, Booking, BookingState
from cop_site.events.models import Event, EventKind, EventState, Mode, Option, Session
from cop_site.events.queries import NOW, Places, uses_place
from cop_site.schools.cluster_models import Cluster


@dataclass(frozen=True)
class EventRow:
    """What a list shows of an event. ``mine`` is how the person who asks stands with it."""

    id: int
    kind: EventKind
    title: str
    state: EventState
    starts_at: datetime
    ends_at: datetime
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


def list_events(
    chosen: EventFilter,
    visible: sa.ColumnElement[bool],
    *,
    person_id: int,
    page: int,
    size: int,
) -> tuple[list[EventRow], int]:
    """One page of events and how many there are in all, in two statements at any size."""
    asked = {"now": clock.now(), "size": size, "skip": (page - 1) * size}
    found = db.session.execute(_page_of_ids(chosen, visible), asked).all()
    rows = {row.id: row for row in list_rows([row.id for row in found], person_id)}
    return [rows[row.id] for row in found], found[0].total if found else 0


# Kept for the filters that people use; what somebody searched for only once is soon forgotten.
@lru_cache(maxsize=256)
def _page_of_ids(chosen: EventFilter, visible: sa.ColumnElement[bool]) -> sa.Executable:
    conditions = (visible, *_when(chosen.when), *_narrowed(chosen))
    total = sa.select(sa.func.count(Event.id)).where(*conditions).scalar_subquery()
    order: tuple[Any, ...] = (Event.starts_at, Event.id)
    if chosen.when == "past":
        order = (Event.starts_at.desc(), Event.id.desc())
    return (
        sa.select(Event.id, total.label("total"))
        .where(*conditions)
        .order_by(*order)
        .limit(sa.bindparam("size", type_=sa.Integer()))
        .offset(sa.bindparam("skip", type_=sa.Integer()))
    )


def _when(when: str) -> tuple[sa.ColumnElement[bool], ...]:
    if when == "drafts":
        return (Event.state == EventState.DRAFT,)
    if when == "past":
        return (Event.state == EventState.PUBLISHED, Event.ends_at < NOW)
    return (Event.state == EventState.PUBLISHED, Event.ends_at >= NOW)


def _narrowed(chosen: EventFilter) -> Iterator[sa.ColumnElement[bool]]:
    if chosen.kind:
        yield Event.kind == chosen.kind
    if chosen.cluster_id:
        yield Event.cluster_id == chosen.cluster_id
    if chosen.has_places:
        yield _has_places()
    for word in chosen.words.split()[:8]:
        yield Event.title.icontains(word, autoescape=True)


def _has_places() -> sa.ColumnElement[bool]:
    """True for an event where somebody could still get a place at once, in one of its modes."""

    def free(capacity: Any, mode: Mode) -> sa.ColumnElement[bool]:
        offered = Option.mode.in_((mode, Mode.HYBRID))
        left = sa.and_(capacity > 0, Option.id.not_in(_full_options(capacity.key, mode)))
        return sa.and_(offered, sa.or_(capacity.is_(None), left))

    room = free(Option.room_capacity, Mode.IN_PERSON)
    online = free(Option.online_capacity, Mode.ONLINE)
    options = sa.select(Option.event_id).where(sa.or_(room, online))
    return sa.and_(Event.starts_at > NOW, Event.id.in_(options))


def _full_options(capacity: str, mode: Mode) -> sa.Select[int]:
    """Options ahead without a place left in a mode: worked out once, not for every event."""
    option, event = aliased(Option), aliased(Event)
    places = getattr(option, capacity)
    return (
        sa.select(option.id)
        .join(Booking, Booking.option_id == option.id)
        .join(event, event.id == option.event_id)
        .where(event.starts_at > NOW, Booking.mode == mode, uses_place(NOW))
        .group_by(option.id, places)
        .having(sa.func.count() >= places)
    )


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
            *(Event.id, Event.kind, Event.title, Event.state, Event.starts_at, Event.ends_at),
            *(Option.mode, Option.room_capacity, Option.online_capacity),
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
    mode = row.mode
    capacities = [
        capacity
        for offered, capacity in (
            (mode is not Mode.ONLINE, row.room_capacity),
            (mode is not Mode.IN_PERSON, row.online_capacity),
        )
        if offered
    ]
    capacity = None if None in capacities else sum(capacities)
    return EventRow(
        id=row.id,
        kind=row.kind,
        title=row.title,
        state=row.state,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        cluster_name=row.cluster_name,
        mode=mode,
        venue=row.venue or "",
        places=Places(mode, capacity, row.used, row.waiting),
        mine=row.mine,
    )


def _first_venue() -> sa.ScalarSelect[str]:
    chosen = sa.select(Session.venue).where(Session.option_id == Option.id)
    return chosen.order_by(Session.starts_at).limit(1).correlate(Option).scalar_subquery()


def _count(condition: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    counted = sa.select(sa.func.count()).where(Booking.option_id == Option.id, condition)
    return counted.correlate(Option).scalar_subquery()
