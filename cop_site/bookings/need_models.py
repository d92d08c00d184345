"""What people need to take part: access and diet. Read by whoever runs the event, and soon gone."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cop_site.db import Base, FreeText


class BookingNeeds(Base):
    """What somebody needs at one event. No row where they need nothing."""

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id"), unique=True)
    access: Mapped[FreeText] = mapped_column(default="")
    diet: Mapped[FreeText] = mapped_column(default="")
    noted_at: Mapped[datetime]


class RememberedNeeds(Base):
    """What somebody lets the site remember, to be copied to each of their next bookings."""

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    access: Mapped[FreeText] = mapped_column(default="")
    diet: Mapped[FreeText] = mapped_column(default="")
    noted_at: Mapped[datetime]
