"""M9 from plain facts. Tuesday 6 October 2026 plus 5 working days is Tuesday 13 October."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cop_site.reports.fact_models import CountedSession
from cop_site.reports.register_completeness import RegisterCompleteness, measure_registers
from cop_site.schools.term_models import Period

AUTUMN = Period(date(2026, 9, 1), date(2027, 1, 3))
START = datetime(2026, 10, 6, 8, tzinfo=UTC)
LATER = date(2026, 11, 10)
NEVER = None


def session(closed_on: datetime | None, number: int = 1, **values: Any) -> CountedSession:
    starts_at = values.pop("starts_at", START)
    return CountedSession(
        **{
            "session_id": number,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=2),
            "governors_count": False,
            "is_closed": closed_on is not None,
            "first_closed_at": closed_on,
            **values,
        }
    )


def figure(*sessions: CountedSession, as_at: date = LATER) -> RegisterCompleteness:
    now = datetime(as_at.year, as_at.month, as_at.day, 12, tzinfo=UTC)
    return measure_registers(sessions, AUTUMN, as_at=as_at, now=now)


class TestMeasureRegisters:
    @pytest.mark.parametrize(
        ("closed_on", "of"),
        [
            (datetime(2026, 10, 6, 12, tzinfo=UTC), "1 of 1"),
            (datetime(2026, 10, 13, 22, 59, tzinfo=UTC), "1 of 1"),  # 23:59 in London
            (datetime(2026, 10, 13, 23, 0, tzinfo=UTC), "0 of 1"),  # midnight in London
            (NEVER, "0 of 1"),
        ],
    )
    def test_in_time_is_within_5_working_days(self, closed_on: datetime | None, of: str) -> None:
        assert figure(session(closed_on)).rate.of == of

    def test_bank_holidays_give_more_time(self) -> None:
        # Friday 18 December: 21 to 24 are four working days, 25 and 28 are holidays, 29 the fifth.
        start = datetime(2026, 12, 18, 9, tzinfo=UTC)
        for day, of in ((29, "1 of 1"), (30, "0 of 1")):
            closed_on = datetime(2026, 12, day, 12, tzinfo=UTC)
            one = session(closed_on, starts_at=start)
            assert figure(one, as_at=date(2027, 1, 4)).rate.of == of

    @pytest.mark.parametrize(
        ("as_at", "due", "not_due"), [(date(2026, 10, 13), 0, 1), (date(2026, 10, 14), 1, 0)]
    )
    def test_too_recent_to_say_is_apart(self, as_at: date, due: int, not_due: int) -> None:
        figures = figure(session(START + timedelta(hours=3)), as_at=as_at)
        assert (figures.due, figures.not_due) == (due, not_due)

    def test_late_ones_are_listed_with_when_they_were_due(self) -> None:
        after = datetime(2026, 10, 20, 9, tzinfo=UTC)
        figures = figure(session(after, 1), session(NEVER, 2), session(START, 3))
        assert figures.rate.of == "1 of 3"
        due_on = date(2026, 10, 13)
        assert [(one.session.session_id, one.due_on, one.closed_on) for one in figures.late] == [
            (1, due_on, date(2026, 10, 20)),
            (2, due_on, None),
        ]
        assert [one.session.session_id for one in figures.never_closed] == [2]

    def test_opened_again_stays_in_time_and_is_named(self) -> None:
        figures = figure(session(START, is_closed=False))
        assert (figures.rate.of, len(figures.open_again)) == ("1 of 1", 1)

    def test_only_sessions_of_the_period_that_have_ended(self) -> None:
        before = session(NEVER, starts_at=datetime(2026, 8, 28, 9, tzinfo=UTC))
        assert figure(before).rate.n == 0
        ahead = session(NEVER, starts_at=datetime(2026, 11, 10, 11, tzinfo=UTC))
        assert (figure(ahead).rate.n, figure(ahead).not_due) == (0, 0)
