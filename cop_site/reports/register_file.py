"""M7 and M9 as a table to download: a row for each session. Never a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cop_site import clock
from cop_site.reports.bookings_kept import Kept
from cop_site.reports.definitions import DID_NOT_ATTEND, REGISTER_COMPLETENESS
from cop_site.reports.fact_models import CountedSession
from cop_site.reports.register_report import RegisterReport
from cop_site.web.tables import Cell

HEADER = (
    *("metric", "term", "as_at", "session_id", "day", "kind", "event", "in_denominator"),
    *("due_on", "first_closed_on", "in_time", "register_closed_now"),
    *("did_not_attend", "bookings_recorded", "not_recorded", "cancelled_late"),
)


def file_rows(report: RegisterReport) -> Iterator[list[Cell]]:
    """M9 is the rows in its denominator that are in time, M7 the sums of its own rows."""
    for session, due_on, is_due in report.registers.held:
        closed = session.first_closed_at
        closed_on = clock.london_date(closed) if closed else None
        yield _of_register(report, session, due_on, closed_on, is_due)
    for session, kept in report.bookings.sessions:
        yield _of_bookings(report, session, kept)


def _of_register(
    report: RegisterReport,
    session: CountedSession,
    due_on: date,
    closed_on: date | None,
    is_due: bool,
) -> list[Cell]:
    in_time = closed_on is not None and closed_on <= due_on
    start = _start(report, REGISTER_COMPLETENESS.id, session)
    return [*start, is_due, due_on, closed_on, in_time, session.is_closed, *[None] * 4]


def _of_bookings(report: RegisterReport, session: CountedSession, kept: Kept) -> list[Cell]:
    start = _start(report, DID_NOT_ATTEND.id, session)
    counts = (kept.absent, kept.recorded, kept.not_recorded, kept.cancelled_late)
    return [*start, True, *[None] * 3, session.is_closed, *counts]


def _start(report: RegisterReport, metric: str, one: CountedSession) -> list[Cell]:
    name = report.basis.term.name if report.basis.term else ""
    return [metric, name, report.basis.as_at, one.session_id, one.day, one.kind.label, one.title]
