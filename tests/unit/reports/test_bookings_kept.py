"""M7 from plain facts: each edge case worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cop_site.events.models import EventKind
from cop_site.reports.bookings_kept import BookedPlace, BookingsKept, Said, measure_bookings
from cop_site.reports.fact_models import CountedSession
from cop_site.schools.term_models import Period

AUTUMN = Period(date(2026, 9, 1), date(2027, 1, 3))
TODAY = date(2026, 11, 10)
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
START = datetime(2026, 10, 6, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
MARKS = {
    "came": (True, False, True),
    "apology": (False, True, True),
    "absent": (False, False, True),
    "not_recorded": (False, False, False),
}


def session(number: int = 1, **values: Any) -> CountedSession:
    starts_at = values.pop("starts_at", START)
    return CountedSession(
        **{
            "session_id": number,
            "starts_at": starts_at,
            "ends_at": starts_at + 2 * HOUR,
            "governors_count": False,
            "is_closed": True,
            **values,
        }
    )


def place(number: int, session_id: int = 1, **values: Any) -> BookedPlace:
    return BookedPlace(
        **{
            "booking_id": number,
            "session_id": session_id,
            "people": frozenset({number}),
            "school_ids": frozenset({number}),
            "given_at": START - timedelta(days=9),
            **values,
        }
    )


def said(person_id: int, mark: str, session_id: int = 1) -> Said:
    return Said(session_id, person_id, *MARKS[mark])


def figure(
    places: list[BookedPlace],
    *marks: Said,
    sessions: tuple[CountedSession, ...] = (session(),),
    as_at: date = TODAY,
) -> BookingsKept:
    return measure_bookings(sessions, places, marks, AUTUMN, as_at=as_at, now=NOW)


class TestMeasureBookings:
    def test_absent_of_recorded_and_not_recorded_apart(self) -> None:
        places = [place(number) for number in range(1, 7)]
        marks = [said(1, "came"), said(2, "apology"), said(3, "absent"), said(4, "not_recorded")]
        whole = figure(places, *marks).whole
        # 5 and 6 have no mark at all: nobody recorded them either.
        assert (whole.rate.of, whole.not_recorded) == ("1 of 3", 3)

    def test_open_register_counts_for_nothing_and_is_counted(self) -> None:
        sessions = (session(is_closed=False),)
        figures = figure([place(1)], said(1, "absent"), sessions=sessions)
        assert (figures.whole.rate.of, figures.sessions_not_closed) == ("0 of 0", 1)

    @pytest.mark.parametrize(
        ("given", "cancelled", "held"),
        [
            (-24 * HOUR, None, True),
            (0 * HOUR, None, True),
            (HOUR, None, False),  # a place given after the start
            (-24 * HOUR, -HOUR, False),
            (-24 * HOUR, 0 * HOUR, False),
            (-24 * HOUR, HOUR, True),  # cancelled after it had begun
        ],
    )
    def test_only_bookings_held_at_the_start_count(
        self, given: timedelta, cancelled: timedelta | None, held: bool
    ) -> None:
        booking = place(
            1,
            given_at=START + given,
            cancelled_at=None if cancelled is None else START + cancelled,
        )
        assert figure([booking], said(1, "absent")).whole.rate.n == int(held)

    def test_late_cancellation_is_apart_and_counted_once(self) -> None:
        cancelled = {"cancelled_at": START - HOUR, "cancelled_late": True}
        sessions = (session(1), session(2, starts_at=START + timedelta(days=7)))
        places = [place(1, 1, **cancelled), place(1, 2, **cancelled), place(2), place(2, 2)]
        marks = [said(2, "came"), said(2, "came", 2)]
        figures = figure(places, *marks, sessions=sessions)
        assert (figures.whole.rate.of, figures.whole.cancelled_late) == ("0 of 2", 1)
        assert [kept.cancelled_late for _, kept in figures.sessions] == [0, 1]

    def test_cancellation_in_time_leaves_no_trace(self) -> None:
        whole = figure([place(1, cancelled_at=START - timedelta(days=3))]).whole
        assert (whole.rate.n, whole.cancelled_late) == (0, 0)

    def test_any_mark_of_the_same_person_that_says_attended_decides(self) -> None:
        # Marked absent, and added at the door under another name: matched to them since.
        for marks in (("absent", "came"), ("came", "absent")):
            whole = figure([place(1)], *(said(1, mark) for mark in marks)).whole
            assert whole.rate.of == "0 of 1"

    def test_anybody_of_the_booking_who_came_is_attendance(self) -> None:
        booking = place(1, people=frozenset({1, 9}))
        assert figure([booking], said(1, "absent"), said(9, "came")).whole.rate.of == "0 of 1"

    def test_mark_of_another_session_says_nothing(self) -> None:
        whole = figure([place(1)], said(1, "came", 2)).whole
        assert (whole.rate.n, whole.not_recorded) == (0, 1)

    def test_sessions_outside_the_period_or_after_the_date_do_not_count(self) -> None:
        early = session(1, starts_at=datetime(2026, 8, 31, 9, tzinfo=UTC))
        running = session(2, starts_at=NOW - HOUR)
        for one in (early, running):
            places = [place(1, one.session_id, given_at=START - timedelta(days=90))]
            marks = said(1, "absent", one.session_id)
            assert figure(places, marks, sessions=(one,)).whole.rate.n == 0
        late = figure([place(1)], said(1, "absent"), as_at=date(2026, 10, 5))
        assert late.whole.rate.n == 0

    def test_tells_kinds_and_sessions_apart(self) -> None:
        sessions = (
            session(1),
            session(2, starts_at=START + HOUR, kind=EventKind.CPD),
            session(3, starts_at=START + 2 * HOUR, kind=EventKind.CPD),
        )
        places = [place(1, 1), place(2, 2), place(3, 3), place(4, 3)]
        marks = [said(1, "came"), said(2, "absent", 2), said(3, "came", 3), said(4, "absent", 3)]
        figures = figure(places, *marks, sessions=sessions)
        assert [(kind, kept.rate.of) for kind, kept in figures.kinds] == [
            (EventKind.SENCO_NETWORK, "0 of 1"),
            (EventKind.CPD, "2 of 3"),
        ]
        assert [(one.session_id, kept.rate.of) for one, kept in figures.sessions] == [
            (3, "1 of 2"),
            (2, "1 of 1"),
            (1, "0 of 1"),
        ]
        assert figures.whole.rate.of == "2 of 4"
