"""Codes by which people mark themselves here, and how a code is read and shown."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cop_site import clock
from cop_site.attendance.sheet_models import find_event_bar
from cop_site.db import Base
from cop_site.errors import refuse_constraint
from cop_site.events.models import Session

EARLY = timedelta(minutes=15)
LENGTH = 6
# None that is taken for another, on a screen at the far end of a hall; without vowels no words.
ALPHABET = "23456789CDFHJKMNPRTWXY"
_BETWEEN = re.compile(r"[\s\-–—.]+")
OVER = "The session has ended, so nobody can check in any more."
CLOSED = "The register is closed, so nobody can check in."


class CheckIn(Base):
    """A code of a session. At most one is in use; those before it were stopped."""

    __table_args__ = (
        sa.Index(
            "uq_check_in_in_use",
            "session_id",
            unique=True,
            sqlite_where=sa.text("stopped_at IS NULL"),
            postgresql_where=sa.text("stopped_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"), index=True)
    code: Mapped[str] = mapped_column(sa.String(12), unique=True)
    made_at: Mapped[datetime]
    made_by_user_id: Mapped[int | None]
    stopped_at: Mapped[datetime | None]


def draw_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_code(typed: str) -> str | None:
    """The code somebody typed, however they spaced it; None where it can be none."""
    code = _BETWEEN.sub("", typed).upper()
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


def spell_code(code: str) -> str:
    """In two halves, like "K7M 3XT", to be read across a room."""
    return f"{code[:3]} {code[3:]}"


def opens_at(session: Session) -> datetime:
    """From when on people may mark themselves here."""
    return session.starts_at - EARLY


def find_time_bar(session: Session) -> str:
    """Why nobody can mark themselves here now, in words for them; "" where they can."""
    if clock.now() < opens_at(session):
        return f"You can check in from {_say_when(opens_at(session))}."
    if clock.now() > session.ends_at:
        return f"The session ended at {_say_when(session.ends_at)}. Ask whoever ran it to mark you."
    return ""


def find_code_bar(session: Session, *, is_closed: bool) -> str:
    """Why a session can have no code, "" where it can: also on the days before, to be printed."""
    bar = find_event_bar(session.option.event)
    if bar or not is_closed:
        return bar or (OVER if session.ends_at < clock.now() else "")
    return CLOSED


def _say_when(moment: datetime) -> str:
    there = clock.london(moment)
    time = clock.say_time(there.time())
    if there.date() == clock.today():
        return time
    return f"{time} on {clock.WEEKDAYS[there.weekday()]} {clock.say_day(there.date())}"


refuse_constraint(
    *("uq_check_in_in_use", "check_in.session_id", "uq_check_in_code", "check_in.code"),
    sentence="Somebody else made a code at this moment. Look at the page again.",
)
