"""Events, the ways to take part in them, their dates, who runs them and who speaks."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from cop_site import clock
from cop_site.accounts.models import Person
from cop_site.db import Base, EditCount, FreeText, enum_column
from cop_site.schools.cluster_models import Cluster


class EventKind(StrEnum):
    SENCO_NETWORK = "senco_network"
    CPD = "cpd"
    COP_MEETING = "cop_meeting"
    INDUCTION = "induction"
    BRIEFING = "briefing"
    DROP_IN = "drop_in"
    PARTNERSHIP_MEETING = "partnership_meeting"

    @property
    def label(self) -> str:
        names = {
            "senco_network": "SENCO network",
            "cpd": "CPD session",
            "cop_meeting": "CoP meeting",
            "drop_in": "Drop-in",
        }
        return names.get(self.value, self.value.replace("_", " ").capitalize())


class EventState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class Mode(StrEnum):
    """How an option is offered: in a room, online, or both with two capacities."""

    IN_PERSON = "in_person"
    ONLINE = "online"
    HYBRID = "hybrid"

    @property
    def label(self) -> str:
        names = {"in_person": "In person", "online": "Online", "hybrid": "In person and online"}
        return names[self.value]


class Involvement(StrEnum):
    """How far others had a part in planning it."""

    INFORMED = "informed"
    CONSULTED = "consulted"
    CO_DESIGNED = "co_designed"
    CO_PRODUCED = "co_produced"

    @property
    def label(self) -> str:
        names = {"co_designed": "Co-designed with", "co_produced": "Co-produced with"}
        return names.get(self.value, self.value.capitalize())


class Event(Base):
    """Something people book. ``version`` counts edits, ``sequence`` what calendars were told.

    ``offer_days``: how many school days a place that came free is kept for whom it is offered to.
    ``school_limit`` is how many places a school may have at the whole event, ``held_places`` how
    many in each option and mode are for schools that have come to nothing this school year; each
    until its moment (place_rules).

    ``starts_at`` and ``ends_at`` repeat the first start and last end of its sessions, so that a
    list of thousands sorts on one index; services keep them true.

    ``series_id`` is the first event of the series it belongs to, in that one as well.
    ``publish_at`` is when a draft is published by itself, ``sent_at`` when a partner asked for it.
    """

    __table_args__ = (
        sa.Index("ix_event_state_starts", "state", "starts_at", "id"),
        sa.Index("ix_event_cluster", "cluster_id", "state", "starts_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[EventKind] = mapped_column(enum_column(EventKind))
    title: Mapped[FreeText]
    description: Mapped[FreeText] = mapped_column(default="")
    state: Mapped[EventState] = mapped_column(enum_column(EventState))
    cluster_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cluster.id"))
    governors_count: Mapped[bool] = mapped_column(default=False)
    booking_opens_at: Mapped[datetime | None]
    booking_closes_at: Mapped[datetime | None]
    offer_days: Mapped[int] = mapped_column(sa.SmallInteger, default=2)
    school_limit: Mapped[int | None] = mapped_column(sa.SmallInteger)
    school_limit_until: Mapped[datetime | None]
    held_places: Mapped[int | None] = mapped_column(sa.SmallInteger)
    held_until: Mapped[datetime | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    series_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event.id"), index=True)
    publish_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    calendar_uid: Mapped[str] = mapped_column(sa.String(80), unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    version: Mapped[EditCount]
    created_by_user_id: Mapped[int | None]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[FreeText] = mapped_column(default="")
    involvement: Mapped[Involvement | None] = mapped_column(enum_column(Involvement))
    involved: Mapped[FreeText] = mapped_column(default="")
    # Filled only by queries.get_event: a line for each, so that the event stays one statement.
    tag_lines: Mapped[str | None] = query_expression()
    speaker_lines: Mapped[str | None] = query_expression()
    sent_by: Mapped[str | None] = query_expression()
    material_lines: Mapped[str | None] = query_expression()

    cluster: Mapped[Cluster | None] = relationship(lazy="raise")
    options: Mapped[list[Option]] = relationship(
        lazy="raise", back_populates="event", order_by="Option.position"
    )
    facilitators: Mapped[list[Facilitator]] = relationship(lazy="raise")

    @property
    def has_several_dates(self) -> bool:
        """True for a course, and for one to choose from. Needs options and dates loaded."""
        return sum(len(option.sessions) for option in self.options) > 1

    @property
    def opens_later(self) -> bool:
        return self.booking_opens_at is not None and clock.now() < self.booking_opens_at

    @property
    def has_closed(self) -> bool:
        """True once booking has closed."""
        return self.booking_closes_at is not None and clock.now() >= self.booking_closes_at

    @property
    def only_place(self) -> Session | None:
        """Any of its dates where all are at one place with one way in; else None."""
        sessions = [session for option in self.options for session in option.sessions]
        places = {(one.venue, one.address, one.access_notes, one.join_link) for one in sessions}
        ways = {option.mode for option in self.options}
        return sessions[0] if len(sessions) > 1 and len(places) == len(ways) == 1 else None

    @property
    def first_made(self) -> Option:
        """The option that was there first, which the event's own form is about."""
        return min(self.options, key=lambda option: (option.position, option.id))

    @property
    def first_option(self) -> Option:
        """The first to begin, however they were loaded."""
        return min(self.options, key=lambda option: option.turn)

    @property
    def first_ends_at(self) -> datetime:
        """When its first date is over. Needs options and dates."""
        return min(self.first_option.sessions, key=lambda session: session.starts_at).ends_at

    def option(self, option_id: int) -> Option:
        """One of its ways to take part, of those loaded."""
        return next(option for option in self.options if option.id == option_id)


class Option(Base):
    """One way to take part: an alternate. Most events have one, which nobody sees.

    A capacity of None has no limit. ``room_capacity`` counts people in the room and
    ``online_capacity`` people online; each is used only where ``mode`` offers it.
    """

    __table_args__ = (
        sa.CheckConstraint("room_capacity IS NULL OR room_capacity >= 0", name="room"),
        sa.CheckConstraint("online_capacity IS NULL OR online_capacity >= 0", name="online"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[FreeText] = mapped_column(default="")
    mode: Mapped[Mode] = mapped_column(enum_column(Mode))
    room_capacity: Mapped[int | None]
    online_capacity: Mapped[int | None]

    event: Mapped[Event] = relationship(lazy="raise_on_sql", back_populates="options")
    sessions: Mapped[list[Session]] = relationship(
        lazy="raise", back_populates="option", order_by="Session.starts_at"
    )

    @property
    def label(self) -> str:
        """What it is called among several. Needs the event's options and dates loaded."""
        before = [one for one in self.event.options if one.turn < self.turn]
        return self.name or f"Time {len(before) + 1}"

    @property
    def turn(self) -> tuple[datetime, int, int]:
        """By what options are in order: the first to begin, of those at once the first made."""
        return self.starts_at, self.position, self.id or 0

    @property
    def starts_at(self) -> datetime:
        """When its first date begins. Needs sessions loaded, as ``ends_at`` does."""
        return min(session.starts_at for session in self.sessions)

    @property
    def ends_at(self) -> datetime:
        return max(session.ends_at for session in self.sessions)

    @property
    def next_session(self) -> Session:
        """The first of its dates that is not over; the first of all once they are."""
        ahead = (session for session in self.sessions if session.ends_at > clock.now())
        return next(ahead, self.sessions[0])

    @property
    def after_next(self) -> list[Session]:
        """Its dates after ``next_session``."""
        return [one for one in self.sessions if one.starts_at > self.next_session.starts_at]

    def capacity(self, mode: Mode) -> int | None:
        """Places for people taking part in ``mode``; None has no limit."""
        return self.online_capacity if mode is Mode.ONLINE else self.room_capacity

    @property
    def modes(self) -> tuple[Mode, ...]:
        """The modes a booking may have."""
        return (Mode.IN_PERSON, Mode.ONLINE) if self.mode is Mode.HYBRID else (self.mode,)


class Session(Base):
    """One date of an option. It has the register.

    ``week_reminder_for`` and ``day_reminder_for`` are the start that people were last reminded
    of, or would have been: a session that moves is due again.
    """

    __table_args__ = (
        sa.CheckConstraint("starts_at < ends_at", name="forwards"),
        sa.Index("ix_session_starts", "starts_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    option_id: Mapped[int] = mapped_column(sa.ForeignKey("option.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    venue: Mapped[FreeText] = mapped_column(default="")
    address: Mapped[FreeText] = mapped_column(default="")
    access_notes: Mapped[FreeText] = mapped_column(default="")
    join_link: Mapped[FreeText] = mapped_column(default="")
    week_reminder_for: Mapped[datetime | None]
    day_reminder_for: Mapped[datetime | None]

    option: Mapped[Option] = relationship(lazy="raise", back_populates="sessions")

    @property
    def place(self) -> str:
        """The venue with its address, in a line."""
        return ", ".join(part for part in (self.venue, self.address) if part)

    @property
    def shows_link(self) -> bool:
        """The link to join is shown from the day before: passed on early, it lets anybody in."""
        return clock.today() >= clock.london_date(self.starts_at) - clock.ONE_DAY


class Facilitator(Base):
    """Somebody who runs an event, and so may take its registers."""

    __table_args__ = (sa.UniqueConstraint("event_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)

    person: Mapped[Person] = relationship(lazy="raise")


class EventSpeaker(Base):
    """Somebody who speaks, of the service or from outside, as the page names them."""

    __table_args__ = (sa.UniqueConstraint("event_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    position: Mapped[int]
    name: Mapped[FreeText]
    what: Mapped[FreeText] = mapped_column(default="")
