"""How the clock says a date."""

from __future__ import annotations

from datetime import date

import pytest

from cop_site import clock


class TestSayDay:
    @pytest.mark.parametrize(
        ("day", "said"),
        [
            (date(2026, 5, 12), "12 May 2026"),
            (date(2026, 11, 1), "1 November 2026"),
        ],
    )
    def test_reads_as_the_design_system_writes_it(self, day: date, said: str) -> None:
        assert clock.say_day(day) == said
