"""What counts in a record, and how many hours that is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cop_site.events.models import EventKind
from cop_site.records.cpd_models import (
    NO_LEVEL,
    Came,
    Hours,
    Line,
    Record,
    list_words,
    make_line,
    say_minutes,
    say_year,
)
from cop_site.records.models import LETTERS, make_number, read_number, show_number

NINE = datetime(2026, 11, 3, 9, tzinfo=UTC)


def came(session_id: int = 1, *, at: datetime = NINE, minutes: int = 120, **values: Any) -> Came:
    given: dict[str, Any] = {
        "turn": 0,
        "kind_key": "in_person",
        "is_closed": True,
        "schools": ("Elm",),
        **values,
    }
    return Came(session_id, at, at + timedelta(minutes=minutes), **given)


def line(*dates: Came, levels: tuple[str, ...] = (), event_id: int = 1) -> Line:
    made = make_line(event_id, "An event", EventKind.CPD, levels, dates)
    assert made is not None
    return made


class TestMakeLine:
    def test_open_register_gives_nothing(self) -> None:
        assert make_line(1, "An event", EventKind.CPD, (), [came(is_closed=False)]) is None

    def test_dates_of_a_course_are_added_up(self) -> None:
        week = timedelta(days=7)
        course = line(came(2, at=NINE + week, turn=1, minutes=90), came(1))
        assert course.hours == Hours(210, 0)
        assert course.dates == "3 November 2026 and 10 November 2026"

    def test_morning_and_afternoon_that_repeat_each_other_count_once(self) -> None:
        later = NINE + timedelta(hours=4)
        assert line(came(1), came(2, at=later)).hours == Hours(120, 0)
        assert line(came(1), came(2, at=later)).came == (came(1),)

    def test_the_whole_of_one_goes_before_a_part_of_its_repeat(self) -> None:
        whole = came(2, at=NINE + timedelta(hours=4))
        assert line(came(1, kind_key="part"), whole).came == (whole,)

    def test_second_date_of_the_other_option_is_no_repeat_of_the_first(self) -> None:
        mixed = line(came(1), came(4, at=NINE + timedelta(days=8), turn=1))
        assert mixed.hours == Hours(240, 0)

    def test_hours_of_a_part_are_said_and_not_added_up(self) -> None:
        mixed = line(came(1), came(2, turn=1, kind_key="part", minutes=60))
        assert (str(mixed.hours), mixed.how) == (
            "2 hours, and part of 1 hour",
            "In person and in part",
        )

    def test_schools_are_named_once(self) -> None:
        both = line(came(1, schools=("Elm", "Oak")), came(2, turn=1, schools=("Oak", "Ash")))
        assert both.schools == "Elm, Oak and Ash"


class TestYear:
    @pytest.mark.parametrize(("month", "day", "year"), [(7, 31, 2025), (8, 1, 2026)])
    def test_turns_on_1_august(self, month: int, day: int, year: int) -> None:
        moment = datetime(2026, month, day, 12, tzinfo=UTC)
        assert line(came(at=moment)).year == year

    def test_is_the_one_in_london(self) -> None:
        # Half past eleven in Greenwich is past midnight in a British summer.
        assert line(came(at=datetime(2026, 7, 31, 23, 30, tzinfo=UTC))).year == 2026

    def test_is_said_in_full(self) -> None:
        assert say_year(2026) == "2026 to 2027"


class TestRecord:
    def test_adds_up_by_level_and_says_what_has_none(self) -> None:
        record = Record(
            (
                line(came(1), levels=("Building on it", "Starting out")),
                line(came(2, kind_key="part"), levels=("Starting out",), event_id=2),
                line(came(3, minutes=30), event_id=3),
            )
        )
        assert record.by_level() == [
            ("Building on it", 1, Hours(120, 0)),
            ("Starting out", 2, Hours(120, 120)),
            (NO_LEVEL, 1, Hours(30, 0)),
        ]
        assert record.has_two_levels
        assert str(record.hours) == "2 hours 30 minutes, and part of 2 hours"

    def test_of_a_year_has_only_that(self) -> None:
        old = line(came(at=NINE - timedelta(days=365)), event_id=2)
        record = Record((line(came()), old))
        assert record.years == [2026, 2025]
        assert record.of_year(2025).lines == (old,)
        assert record.of_year(None) == record


class TestWords:
    @pytest.mark.parametrize(
        ("minutes", "said"),
        [(0, "0 minutes"), (1, "1 minute"), (60, "1 hour"), (75, "1 hour 15 minutes")],
    )
    def test_minutes(self, minutes: int, said: str) -> None:
        assert say_minutes(minutes) == said

    def test_hours_of_nothing_and_of_a_part_alone(self) -> None:
        assert (str(Hours()), str(Hours(0, 60))) == ("0 minutes", "part of 1 hour")

    def test_lists(self) -> None:
        assert [list_words("abc"[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


class TestNumber:
    def test_is_long_and_of_letters_that_are_not_mistaken(self) -> None:
        numbers = {make_number() for _ in range(200)}
        assert len(numbers) == 200
        assert all(len(one) == 16 and set(one) <= set(LETTERS) for one in numbers)
        assert not set("01OILAEU") & set(LETTERS)

    def test_reads_back_however_it_is_typed(self) -> None:
        number = make_number()
        for typed in (show_number(number), show_number(number).lower(), f" {number} "):
            assert read_number(typed) == number
        assert read_number(" ".join(number)) == number

    @pytest.mark.parametrize(
        "typed", ["", "BCDF", "BCDF-2345-GHJK-678", "BCDF-2345-GHJK-6781", "Ｂ" * 16, "'--" * 9]
    )
    def test_what_can_be_none_is_none(self, typed: str) -> None:
        assert read_number(typed) is None
