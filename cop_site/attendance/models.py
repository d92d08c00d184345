"""Registers, marks and their history."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from cop_site.accounts.models import Person, SchoolRoleKind
from cop_site.bookings.models import Booking
from cop_site.db import Base, FreeText, enum_column
from cop_site.errors import refuse_constraint
from cop_site.events.models import Session
from cop_site.schools.models import School

# The kinds that rules name; the others are data alone. The first two share their keys with Mode.
IN_PERSON = "in_person"
ONLINE = "online"
NOT_RECORDED = "not_recorded"
DID_NOT_ATTEND = "did_not_attend"
# What the history of a mark says where the person set it themselves.
BY_CODE = "checked in by code"
# What it says where closing the register marked whoever had no mark.
BY_CLOSING = "register closed"
# Why the mark of somebody at the door went, and their own row was marked.
SAME_PERSON = "the same person as in another row"
# What the history of a register says where it was opened again.
REOPENED = "reopened"


class MarkKind(Base):
    """A kind of mark, as data, with what it means for figures.

    ``recorded`` False is "not recorded", which is neither attended nor absent.
    """

    key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    name: Mapped[str]
    attended: Mapped[bool]
    apology: Mapped[bool]
    recorded: Mapped[bool]
    position: Mapped[int]


class Register(Base):
    """The register of a session. Made when first opened; closing it is what makes it count."""

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"), unique=True)
    opened_at: Mapped[datetime]
    opened_by_user_id: Mapped[int | None]
    first_closed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by_user_id: Mapped[int | None]

    session: Mapped[Session] = relationship(lazy="raise")

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None


class Mark(Base):
    """What a register says of one person. The current value; MarkChange holds how it came about.

    An apology keeps when it was received: one after the start is not an apology for M6.
    """

    __table_args__ = (
        sa.Index(
            "uq_mark_person",
            "register_id",
            "person_id",
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
        sa.Index("ix_mark_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    register_id: Mapped[int] = mapped_column(sa.ForeignKey("register.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    booking_id: Mapped[int | None] = mapped_column(sa.ForeignKey("booking.id"), index=True)
    kind_key: Mapped[str] = mapped_column(sa.ForeignKey("mark_kind.key"))
    is_walk_in: Mapped[bool] = mapped_column(default=False)
    apology_received_at: Mapped[datetime | None]
    marked_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[FreeText] = mapped_column(default="")
    # Filled only by queries.list_marks: what the last change was made for, and as whom they came in
    # at the door, where their mark was moved from there.
    last_reason: Mapped[str | None] = query_expression()
    door_person_id: Mapped[int | None] = query_expression()
    door_name: Mapped[str | None] = query_expression()

    register: Mapped[Register] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise")
    booking: Mapped[Booking | None] = relationship(lazy="raise")
    kind: Mapped[MarkKind] = relationship(lazy="raise")
    schools: Mapped[list[MarkSchool]] = relationship(lazy="raise")

    @property
    def door(self) -> tuple[int, str] | None:
        """The id and name at the door that it was moved from. Read by ``list_marks`` alone."""
        return (self.door_person_id, self.door_name or "") if self.door_person_id else None


class MarkSchool(Base):
    """A school that a mark counts for, with the person's role there, stored at the time."""

    __table_args__ = (sa.UniqueConstraint("mark_id", "school_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mark_id: Mapped[int] = mapped_column(sa.ForeignKey("mark.id"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    role: Mapped[SchoolRoleKind] = mapped_column(enum_column(SchoolRoleKind))

    school: Mapped[School] = relationship(lazy="raise")


class MarkChange(Base):
    """One change to a mark: was, is, by whom, when. A tap's own id makes a repeat harmless."""

    id: Mapped[int] = mapped_column(primary_key=True)
    mark_id: Mapped[int] = mapped_column(sa.ForeignKey("mark.id"), index=True)
    tap_id: Mapped[str] = mapped_column(sa.String(64), unique=True)
    was: Mapped[str] = mapped_column(sa.String(40))
    now: Mapped[str] = mapped_column(sa.String(40))
    by_user_id: Mapped[int | None]
    at: Mapped[datetime]
    reason: Mapped[FreeText] = mapped_column(default="")


refuse_constraint(
    "uq_mark_person",
    "mark.register_id, mark.person_id",
    sentence="That person is already on this register.",
)
refuse_constraint(
    "uq_mark_change_tap_id",
    "mark_change.tap_id",
    sentence="That tap was already saved.",
)
