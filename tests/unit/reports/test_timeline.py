"""What happened with a school, in words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cop_site.reports.timeline import (
    Came,
    Happening,
    by_school_year,
    cut_to_days,
    tell_sessions,
)

DAY = date(2026, 10, 6)


def came(person_id: int, *, attended: bool = False, apologised: bool = False) -> Came:
    return Came(1, 7, person_id, DAY, "Network", attended, apologised)


def happening(day: date, what: str = "") -> Happening:
    return Happening(day, what, 7)


class TestTellSessions:
    def test_counts_people_and_names_none(self) -> None:
        people = [came(1, attended=True), came(2, apologised=True), came(3), came(4)]
        (told,) = tell_sessions(people)
        assert told.note == "1 person came, 1 person sent apologies, 2 people missed it"

    def test_one_person_with_two_marks_is_one_and_came(self) -> None:
        (told,) = tell_sessions([came(1), came(1, attended=True), came(1, apologised=True)])
        assert told.note == "1 person came"


class TestCutToDays:
    def test_few_are_all_there(self) -> None:
        assert cut_to_days([happening(DAY)], 1) == ([happening(DAY)], None)

    def test_a_day_is_never_split(self) -> None:
        eve = DAY - timedelta(days=1)
        found = [happening(DAY), happening(eve, "a"), happening(eve, "b")]
        assert cut_to_days(found, 2) == ([happening(DAY)], DAY)

    def test_a_day_longer_than_the_page_is_whole(self) -> None:
        found = [happening(DAY, "a"), happening(DAY, "b"), happening(DAY, "c")]
        assert cut_to_days(found, 2) == (found, None)

    @pytest.mark.parametrize("count", [1, 3], ids=["short", "long"])
    def test_what_was_not_read_is_more(self, count: int) -> None:
        found = [happening(DAY)] * count
        assert cut_to_days(found, 2, has_more=True) == (found, DAY)


class TestBySchoolYear:
    @pytest.mark.parametrize(
        ("day", "name"),
        [(date(2026, 7, 31), "2025 to 2026"), (date(2026, 8, 1), "2026 to 2027")],
    )
    def test_a_school_year_turns_with_that_of_the_terms(self, day: date, name: str) -> None:
        assert [year.name for year in by_school_year([happening(day)])] == [name]
