"""Certificates, as they were printed."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cop_site import clock
from cop_site.db import Base, FreeText
from cop_site.errors import refuse_constraint

# No vowels, so that no word comes about, and nothing that looks like something else.
LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"
LENGTH, GROUP = 16, 4
_IS_CURRENT = sa.text("replaced_at IS NULL")
# What is compared with what would be printed now.
PRINTED = (
    *("holder", "service", "authority", "title", "kind", "level", "dates", "hours", "how"),
    "schools",
)


class Certificate(Base):
    """What was printed. It never changes, whatever happens to the person, event or register.

    ``number`` is what strangers look it up by. ``came`` has the dates that it rests on: id of the
    session, day, minutes and kind of mark. ``replaced_by_id`` is the next one for the same event.
    Its words are emptied once it has been kept long enough, or its person is erased:
    ``emptied_at``.
    """

    __table_args__ = (
        sa.Index(
            "uq_certificate_current",
            "person_id",
            "event_id",
            unique=True,
            sqlite_where=_IS_CURRENT,
            postgresql_where=_IS_CURRENT,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(LENGTH), unique=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    holder: Mapped[str]
    service: Mapped[str]
    authority: Mapped[str]
    title: Mapped[FreeText]
    kind: Mapped[str]
    level: Mapped[str]
    dates: Mapped[str]
    hours: Mapped[str]
    how: Mapped[str]
    schools: Mapped[str]
    came: Mapped[dict[str, Any]]
    issued_at: Mapped[datetime] = mapped_column(index=True)
    replaced_at: Mapped[datetime | None]
    replaced_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("certificate.id"), index=True)
    emptied_at: Mapped[datetime | None]

    @property
    def shown_number(self) -> str:
        return show_number(self.number)

    @property
    def printed(self) -> list[tuple[str, str]]:
        """Every field of the certificate with its name: the file and the public page have these."""
        fields = (
            ("Name", self.holder),
            ("Event", self.title),
            ("Kind of event", self.kind),
            ("Level", self.level),
            ("Attended on", self.dates),
            ("Hours attended", self.hours),
            ("How", self.how),
            ("For", self.schools),
            ("Issued by", ", ".join(filter(None, (self.service, self.authority)))),
            ("Issued on", clock.say_day(clock.london_date(self.issued_at))),
            ("Certificate number", self.shown_number),
        )
        return [(name, value) for name, value in fields if value]


def make_number() -> str:
    """One that nobody guesses: 28 letters to the power of 16."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def read_number(typed: str) -> str | None:
    """A number however it was typed, None for what can't be one."""
    plain = "".join(letter for letter in typed.upper() if letter.isalnum())
    return plain if len(plain) == LENGTH and set(plain) <= set(LETTERS) else None


def show_number(number: str) -> str:
    """In groups of four."""
    return "-".join(number[start : start + GROUP] for start in range(0, LENGTH, GROUP))


refuse_constraint(
    "uq_certificate_current",
    "certificate.person_id, certificate.event_id",
    sentence="There is a certificate for this event already. Reload the page.",
)
