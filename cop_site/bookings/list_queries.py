"""Reads of many events: a page of them, narrowed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased

from cop_site import clock
from cop_site.bookings.answer_queries import can_be_taken
from cop_site.bookings.models import LIVE, Booking, BookingState
from cop_site.bookings.offer_times import FIRST_COME, is_first_come
from cop_site.bookings.place_queries import NOW, Places, is_over_limit, uses_place
from cop_site.bookings.place_rules import Room
from cop_site.db import UtcDateTime, db
from cop_site.events.models import Event, EventKind, EventState, Mode, Option, Session
from cop_site.events.tag_queries import fits, sent_by
from cop_site.people.new_in_role_queries import year_before
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.cluster_queries import DAY

# Until then whoever comes first has a place; after it, whoever waits.
SOON: Any = sa.bindparam("soon", type_=UtcDateTime())


class Span(NamedTuple):
    """When one date begins and ends."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class EventRow:
    """What a list shows of an event. ``mine`` is how the person who asks stands with it.

    ``options``: how many ways there are to take part; mode, venue and ``first`` are the first
    one's.
    ``apart``: its places in the room and online, where there is both and one time; else all.
    ``is_suggested``: it is meant for people like them, and they have not booked.
    ``sent_by``: the partner who asks that this draft be published.
    """

    id: int
    kind: EventKind
    title: str
    state: EventState
    starts_at: datetime
    ends_at: datetime
    cluster_name: str | None
    mode: Mode
    venue: str
    options: int
    places: Places
    apart: list[Places]
    first: Span
    mine: BookingState | None
    booking_opens_at: datetime | None
    has_closed: bool
    is_suggested: bool
    sent_by: str | None
    publish_at: datetime | None

    @property
    def lasts_until(self) -> date | None:
        """The day a course ends on; None where all is on one day, or one of several is chosen."""
        if self.options > 1:
            return None
        last = clock.london_date(self.ends_at)
        return last if last != clock.london_date(self.starts_at) else None


@dataclass(frozen=True)
class EventFilter:
    """What a list is narrowed to. ``when`` is "upcoming", "past", "drafts" or "cancelled".

    Whoever looks for words finds what was called off, too.
    """

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
    now = clock.now()
    asked: dict[str, Any] = {"now": now, "soon": now + FIRST_COME, "day": clock.today()}
    asked |= {"size": size, "skip": (page - 1) * size}
    found = db.session.execute(_page_of_ids(chosen, visible), asked).all()
    rows = {row.id: row for row in list_rows([row.id for row in found], person_id)}
    return [rows[row.id] for row in found], found[0].total if found else 0


# Kept for the filters that people use; what somebody searched for only once is soon forgotten.
@lru_cache(maxsize=256)
def _page_of_ids(chosen: EventFilter, visible: sa.ColumnElement[bool]) -> sa.Executable:
    conditions = (visible, *_when(chosen), *_narrowed(chosen))
    total = sa.select(sa.func.count(Event.id)).where(*conditions).scalar_subquery()
    order: tuple[Any, ...] = (Event.starts_at, Event.id)
    if chosen.when in ("past", "cancelled"):
        order = (Event.starts_at.desc(), Event.id.desc())
    return (
        sa.select(Event.id, total.label("total"))
        .where(*conditions)
        .order_by(*order)
        .limit(sa.bindparam("size", type_=sa.Integer()))
        .offset(sa.bindparam("skip", type_=sa.Integer()))
    )


def _when(chosen: EventFilter) -> tuple[sa.ColumnElement[bool], ...]:
    # A draft that was called off was never there.
    called_off = sa.and_(Event.state == EventState.CANCELLED, Event.published_at.is_not(None))
    if chosen.when == "drafts":
        return (Event.state == EventState.DRAFT,)
    if chosen.when == "cancelled":
        return (called_off,)
    is_on = Event.state == EventState.PUBLISHED
    if chosen.words and not chosen.has_places:
        is_on = sa.or_(is_on, called_off)
    return is_on, Event.ends_at < NOW if chosen.when == "past" else Event.ends_at >= NOW


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
    event = aliased(Event)
    begun = sa.exists().where(Session.option_id == Option.id, Session.starts_at <= NOW)
    options = sa.select(Option.event_id).join(event, event.id == Option.event_id)
    bookable = options.where(event.ends_at > NOW, sa.not_(begun), sa.or_(room, online))
    opened = sa.or_(Event.booking_opens_at.is_(None), Event.booking_opens_at <= NOW)
    not_closed = sa.or_(Event.booking_closes_at.is_(None), Event.booking_closes_at > NOW)
    return sa.and_(opened, not_closed, Event.id.in_(bookable))


def _full_options(capacity: str, mode: Mode) -> sa.Select[int]:
    """Options without a place left in a mode: worked out once, not for every event."""
    option, event = aliased(Option), aliased(Event)
    begins = sa.select(sa.func.min(Session.starts_at)).where(Session.option_id == option.id)
    places = getattr(option, capacity)
    own = sa.and_(Booking.option_id == option.id, Booking.mode == mode, Booking.state.in_(LIVE))
    used = sa.func.count().filter(uses_place(NOW))
    may_have = sa.and_(sa.not_(is_over_limit(NOW, event)), can_be_taken(DAY))
    waits = sa.and_(Booking.state == BookingState.WAITING, may_have)
    used_by_new = sa.func.count().filter(uses_place(NOW), Booking.for_new_school)
    are_kept = sa.and_(event.held_until > NOW, places - used <= event.held_places - used_by_new)
    is_wanted = sa.or_(sa.func.count().filter(waits) > 0, are_kept)
    return (
        sa.select(option.id)
        .outerjoin(Booking, own)
        .join(event, event.id == option.event_id)
        .where(event.ends_at > NOW, places.is_not(None))
        .group_by(option.id, places, event.held_until, event.held_places)
        .having(sa.or_(used >= places, sa.and_(is_wanted, begins.scalar_subquery() > SOON)))
    )


def list_series(event: Event, visible: sa.ColumnElement[bool]) -> list[Event]:
    """The events of the same series, itself too, the first date first; none without a series."""
    in_series = sa.select(Event).where(Event.series_id == event.series_id, visible)
    return list(db.session.scalars(in_series.order_by(Event.starts_at, Event.id)))


def list_rows(event_ids: list[int], person_id: int) -> list[EventRow]:
    """What a list shows of these events, in one statement, ordered by start."""
    day = clock.today()
    wanted = {
        "event_ids": event_ids,
        "person_id": person_id,
        "now": clock.now(),
        "day": day,
        "since": year_before(day),
    }
    found: dict[int, list[Any]] = {}
    for row in db.session.execute(_rows(), wanted):
        found.setdefault(row.id, []).append(row)
    return [_row(rows) for rows in found.values()]


@cache
def _rows() -> sa.Executable:
    room, online = Booking.mode == Mode.IN_PERSON, Booking.mode == Mode.ONLINE
    waits = Booking.state == BookingState.WAITING
    begins = _first(Session.starts_at).label("begins")
    return (
        sa.select(
            *(Event.id, Event.kind, Event.title, Event.state, Event.starts_at, Event.ends_at),
            *(Option.mode, Option.room_capacity, Option.online_capacity),
            *(Event.booking_opens_at, Event.booking_closes_at, Event.publish_at),
            *(Event.held_places, Event.held_until),
            *(Cluster.name.label("cluster_name"), _first(Session.venue).label("venue")),
            *(begins, _first(Session.ends_at).label("ends")),
            _count(room, uses_place(NOW)).label("room_used"),
            _count(room, waits).label("room_waiting"),
            _count(online, uses_place(NOW)).label("online_used"),
            _count(online, waits).label("online_waiting"),
            *(_by_new(room).label("room_new"), _by_new(online).label("online_new")),
            *(_stopped(room).label("room_stopped"), _stopped(online).label("online_stopped")),
            *(_own_state().label("mine"), fits().label("fits"), sent_by().label("sent_by")),
        )
        .join(Option, Option.event_id == Event.id)
        .outerjoin(Cluster, Cluster.id == Event.cluster_id)
        .where(Event.id.in_(sa.bindparam("event_ids", expanding=True)))
        .order_by(Event.starts_at, Event.id, begins, Option.position, Option.id)
    )


def _own_state() -> sa.ScalarSelect[BookingState]:
    own = sa.select(Booking.state).where(
        Booking.event_id == Event.id,
        Booking.person_id == sa.bindparam("person_id"),
        Booking.state.in_(LIVE),
    )
    return own.limit(1).correlate(Event).scalar_subquery()


def _row(rows: list[Any]) -> EventRow:
    """One event from a row for each of its options."""
    first, parts = rows[0], [part for row in _bookable(rows) for part in _places(row)]
    places = _in_all(parts)
    return EventRow(
        id=first.id,
        kind=first.kind,
        title=first.title,
        state=first.state,
        starts_at=first.starts_at,
        ends_at=first.ends_at,
        cluster_name=first.cluster_name,
        mode=first.mode,
        venue=first.venue or "",
        options=len(rows),
        places=places,
        apart=parts if len(rows) == 1 else [places],
        first=Span(first.begins, first.ends),
        mine=first.mine,
        booking_opens_at=_ahead(first.booking_opens_at),
        has_closed=bool(first.booking_closes_at and first.booking_closes_at <= clock.now()),
        sent_by=first.sent_by,
        publish_at=first.publish_at,
        is_suggested=bool(first.fits) and first.mine is None and first.ends_at > clock.now(),
    )


def _bookable(rows: list[Any]) -> list[Any]:
    """Only times that have not begun have places; all, where all have begun."""
    now = clock.now()
    return [row for row in rows if row.begins > now] or rows


def _ahead(moment: datetime | None) -> datetime | None:
    return moment if moment is not None and moment > clock.now() else None


def _places(row: Any) -> Iterator[Places]:
    first_come = is_first_come(row.begins)
    holds = not first_come and _ahead(row.held_until) is not None
    for mode, name in ((Mode.IN_PERSON, "room"), (Mode.ONLINE, "online")):
        if row.mode in (mode, Mode.HYBRID):
            capacity, used, waiting, by_new, stopped = (
                row._mapping[f"{name}_{part}"]
                for part in ("capacity", "used", "waiting", "new", "stopped")
            )
            held = row.held_places if holds else 0
            room = Room(capacity, held=held, used=used, used_by_new=by_new)
            yield Places(mode, capacity, used, waiting, first_come, room.kept, stopped)


def _in_all(places: list[Places]) -> Places:
    """All of an event's places as one: those left are those that somebody could have now."""
    waiting = sum(part.waiting for part in places)
    if any(part.left is None for part in places):
        return Places(places[0].mode, None, 0, waiting, is_first_come=True)
    capacity = sum(max(part.capacity or 0, part.left or 0) for part in places)
    kept = sum(part.kept for part in places if part.is_held)
    used = capacity - kept - sum(part.left or 0 for part in places)
    return Places(places[0].mode, capacity, used, waiting, is_first_come=True, kept=kept)


def _first(column: InstrumentedAttribute[Any]) -> sa.ScalarSelect[Any]:
    """Of the first date of the option around."""
    chosen = sa.select(column).where(Session.option_id == Option.id)
    return chosen.order_by(Session.starts_at).limit(1).correlate(Option).scalar_subquery()


def _by_new(mode: sa.ColumnElement[bool]) -> sa.Case[int]:
    """How many places people of new schools have, where places are held for those."""
    by_new = _count(mode, uses_place(NOW), Booking.for_new_school.is_(True))
    return sa.case((Event.held_until > NOW, by_new), else_=0)


def _stopped(mode: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    """How many wait for their school's limit to end, or have left."""
    stopped = sa.select(sa.func.count()).where(
        Booking.option_id == Option.id,
        mode,
        Booking.state == BookingState.WAITING,
        sa.or_(is_over_limit(NOW), ~can_be_taken(DAY)),
    )
    return stopped.correlate(Option, Event).scalar_subquery()


def _count(*conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    counted = sa.select(sa.func.count()).where(Booking.option_id == Option.id, *conditions)
    return counted.correlate(Option).scalar_subquery()
