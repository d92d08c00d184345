"""Bookings and the waiting list."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRoleKind
from cop_site.db import Base, FreeText, enum_column
from cop_site.errors import refuse_constraint
from cop_site.events.models import Event, Mode, Option
from cop_site.schools.models import School


class BookingState(StrEnum):
    BOOKED = "booked"
    WAITING = "waiting"
    OFFERED = "offered"
    CANCELLED = "cancelled"


LIVE = (BookingState.BOOKED, BookingState.WAITING, BookingState.OFFERED)
# Who books for others at their school.
BOOKERS = frozenset(
    {
        SchoolRoleKind.SENCO,
        SchoolRoleKind.DEPUTY_SENCO,
        SchoolRoleKind.HEADTEACHER,
        SchoolRoleKind.OFFICE,
    }
)
# Why a booking ended whose place somebody else took over.
SUBSTITUTED = "Somebody else comes instead"
_IS_UNSETTLED = sa.text("state IN ('waiting', 'offered')")
_IS_LIVE = sa.text("state IN ('booked', 'waiting', 'offered')")


class Booking(Base):
    """A person's booking for an option. A cancelled one is never revived: again is a new row.

    ``queued_at`` with ``id`` is the place in the waiting list. A place is used by a booked row
    and by an offer that has not run out. ``is_unnamed``: its person stands for somebody who is
    still to be named, by two days before. ``for_new_school`` is kept only where places are held:
    whether a school of theirs had come to nothing that school year, when they booked.
    """

    __table_args__ = (
        sa.Index(
            "uq_booking_live",
            "event_id",
            "person_id",
            unique=True,
            sqlite_where=_IS_LIVE,
            postgresql_where=_IS_LIVE,
        ),
        sa.Index("ix_booking_option_state", "option_id", "state", "mode"),
        sa.Index("ix_booking_person", "person_id", "state"),
        # What the worker looks at every minute.
        sa.Index(
            "ix_booking_unsettled",
            "event_id",
            sqlite_where=_IS_UNSETTLED,
            postgresql_where=_IS_UNSETTLED,
        ),
        sa.CheckConstraint("mode IN ('in_person', 'online')", name="one_mode"),
        sa.CheckConstraint(
            "state != 'offered' OR offer_expires_at IS NOT NULL", name="offer_has_end"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    option_id: Mapped[int] = mapped_column(sa.ForeignKey("option.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    mode: Mapped[Mode] = mapped_column(enum_column(Mode))
    state: Mapped[BookingState] = mapped_column(enum_column(BookingState))
    booked_by_user_id: Mapped[int | None]
    created_at: Mapped[datetime]
    queued_at: Mapped[datetime | None]
    offered_at: Mapped[datetime | None]
    offer_expires_at: Mapped[datetime | None]
    place_given_at: Mapped[datetime | None]
    for_new_school: Mapped[bool] = mapped_column(default=False)
    cancelled_at: Mapped[datetime | None]
    cancelled_late: Mapped[bool] = mapped_column(default=False)
    cancel_reason: Mapped[FreeText] = mapped_column(default="")
    moved_up_reason: Mapped[FreeText] = mapped_column(default="")
    is_unnamed: Mapped[bool] = mapped_column(default=False)

    event: Mapped[Event] = relationship(lazy="raise")
    option: Mapped[Option] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise")
    schools: Mapped[list[BookingSchool]] = relationship(lazy="raise", back_populates="booking")

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    def held_place_at(self, moment: datetime) -> bool:
        """True for one with a place, and for one that gave it up only after ``moment``."""
        given, ended = self.place_given_at, self.cancelled_at
        gave_up_later = given is not None and ended is not None and given <= moment < ended
        return self.state is BookingState.BOOKED or gave_up_later

    @property
    def school_ids(self) -> frozenset[int]:
        """The schools it names, once they are loaded."""
        return frozenset(row.school_id for row in self.schools)

    @property
    def has_lapsed(self) -> bool:
        """True for an offer that ran out and that nobody has dealt with yet."""
        expires_at = self.offer_expires_at
        is_over = expires_at is not None and expires_at <= clock.now()
        return self.state is BookingState.OFFERED and is_over


class BookingSchool(Base):
    """A school named on a booking, with the role the person held there when they booked."""

    __table_args__ = (sa.UniqueConstraint("booking_id", "school_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    role: Mapped[SchoolRoleKind] = mapped_column(enum_column(SchoolRoleKind))

    booking: Mapped[Booking] = relationship(lazy="raise", back_populates="schools")
    school: Mapped[School] = relationship(lazy="raise")


refuse_constraint(
    "uq_booking_live",
    "booking.event_id, booking.person_id",
    sentence="You already have a booking for this event.",
)
