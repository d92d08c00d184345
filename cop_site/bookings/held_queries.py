"""What bookings hold about a person."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.bookings.models import Booking, BookingSchool
from cop_site.bookings.need_models import BookingNeeds, RememberedNeeds
from cop_site.db import db
from cop_site.events.models import Event
from cop_site.held import HeldTable, Subject
from cop_site.schools.models import School

BOOKED = (
    *("Event", "Starts", "School", "Role", "How", "State", "Booked", "Booked by"),
    *("Waiting since", "Place given", "Cancelled", "Late", "Why cancelled", "Why moved up"),
)


NEEDS = ("Access needs", "Dietary needs")


def list_held_about(subject: Subject) -> list[HeldTable]:
    return [_bookings(subject), _needs(subject)]


def _bookings(subject: Subject) -> HeldTable:
    rows = db.session.execute(
        sa.select(Booking, Event.title, Event.starts_at, School.name, BookingSchool.role)
        .join(Event, Event.id == Booking.event_id)
        .outerjoin(BookingSchool, BookingSchool.booking_id == Booking.id)
        .outerjoin(School, School.id == BookingSchool.school_id)
        .where(Booking.person_id.in_(subject.person_ids))
        .order_by(Booking.id, BookingSchool.id)
    )
    return HeldTable(
        "bookings",
        "What you booked, or somebody booked for you: a line for each school.",
        BOOKED,
        [
            (
                *(title, starts_at, school, role.label if role else "", row.mode.label),
                *(row.state.value, row.created_at, subject.name_actor(row.booked_by_user_id)),
                *(row.queued_at, row.place_given_at, row.cancelled_at, row.cancelled_late),
                *(row.cancel_reason, row.moved_up_reason),
            )
            for row, title, starts_at, school, role in rows
        ],
        ("booking.person_id",),
    )


def _needs(subject: Subject) -> HeldTable:
    said = (
        sa.select(Event.title, BookingNeeds.access, BookingNeeds.diet, BookingNeeds.noted_at)
        .join(Booking, Booking.id == BookingNeeds.booking_id)
        .join(Event, Event.id == Booking.event_id)
        .where(Booking.person_id.in_(subject.person_ids))
    )
    known = RememberedNeeds
    remembered = sa.select(
        sa.literal("Remembered for next time"), known.access, known.diet, known.noted_at
    ).where(known.person_id.in_(subject.person_ids))
    rows = db.session.execute(sa.union_all(said, remembered).order_by("noted_at"))
    return HeldTable(
        "needs",
        "What you said you need to take part, and what the site remembers of it.",
        ("For", *NEEDS, "Said"),
        [tuple(row) for row in rows],
        ("remembered_needs.person_id",),
        # Those who run the event read it, and no administrator.
        own_words=NEEDS,
    )
