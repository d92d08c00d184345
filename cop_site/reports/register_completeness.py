"""M9 worked out from plain facts. No database: reads are in session_queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from cop_site import clock
from cop_site.reports.fact_models import CountedSession
from cop_site.reports.numbers import Rate
from cop_site.schools.school_days import add_working_days
from cop_site.schools.term_models import Period

DAYS_TO_CLOSE = 5


@dataclass(frozen=True)
class LateRegister:
    """A register not closed by ``due_on``; ``closed_on`` is None while it never was."""

    session: CountedSession
    due_on: date
    closed_on: date | None


@dataclass(frozen=True)
class RegisterCompleteness:
    """M9, the registers that were late, and how many sessions are too recent to say.

    ``held``: every session with the last day to close it and whether that day is past.

    ``open_again``: closed once, opened again since and not closed now. Here the day they were
    first closed decides; the other figures leave them out until they are closed again.
    """

    in_time: int
    due: int
    late: tuple[LateRegister, ...] = ()
    not_due: int = 0
    open_again: tuple[CountedSession, ...] = ()
    held: tuple[tuple[CountedSession, date, bool], ...] = ()

    @property
    def rate(self) -> Rate:
        return Rate(self.in_time, self.due)

    @property
    def never_closed(self) -> tuple[LateRegister, ...]:
        """Late and still open: what the other figures wait for."""
        return tuple(one for one in self.late if one.closed_on is None)


def measure_registers(
    sessions: Iterable[CountedSession], period: Period, *, as_at: date, now: datetime
) -> RegisterCompleteness:
    """M9 for a period: sessions that ended by ``now``, held more than 5 working days before
    ``as_at``. Late ones oldest first."""
    held = [o for o in sessions if period.holds(o.day) and o.day <= as_at and o.ends_at <= now]
    due = [(one, add_working_days(one.day, DAYS_TO_CLOSE)) for one in held]
    past = [(one, last) for one, last in due if last < as_at]
    late = [
        LateRegister(one, last, closed)
        for one, last in past
        if (closed := _closed_on(one)) is None or closed > last
    ]
    return RegisterCompleteness(
        in_time=len(past) - len(late),
        due=len(past),
        late=tuple(late),
        not_due=len(held) - len(past),
        held=tuple((one, last, last < as_at) for one, last in due),
        open_again=tuple(o for o in held if o.first_closed_at and not o.is_closed),
    )


def _closed_on(session: CountedSession) -> date | None:
    return clock.london_date(session.first_closed_at) if session.first_closed_at else None
