"""What people type in date, time and address fields."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop_site import clock
from cop_site.web.access import own_path
from cop_site.web.pagination import Page
from cop_site.web.routing import LARGEST_ID, read_id
from cop_site.web.typed import AmOrPmError, one_line, read_day, read_time


class TestReadTime:
    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("1:30pm", time(13, 30)),
            ("1.30 PM", time(13, 30)),
            ("13:30", time(13, 30)),
            ("9am", time(9)),
            ("12am", time(0)),
            ("12pm", time(12)),
            ("midday", time(12)),
            ("00:00", time(0)),
            ("11", time(11)),
            ("9", time(9)),
            ("15", time(15)),
            ("1530", time(15, 30)),
            ("0900", time(9)),
            ("03:30", time(3, 30)),
            ("330pm", time(15, 30)),
            ("7.30", time(7, 30)),
            ("midnight", time(0)),
        ],
    )
    def test_many_ways_of_writing_read(self, typed: str, meant: time) -> None:
        assert read_time(typed) == meant

    @pytest.mark.parametrize(
        "typed", ["25:00", "13pm", "0am", "0", "24", "2400", "15300", "1:60pm", "noonish", "١٢:٠٠"]
    )
    def test_nonsense_is_refused_in_words(self, typed: str) -> None:
        with pytest.raises(ValueError, match="Enter a time, like"):
            read_time(typed)

    @pytest.mark.parametrize("typed", ["3", "3.30", "1:05", "6:59", "330"])
    def test_what_may_be_morning_or_afternoon_is_asked_about(self, typed: str) -> None:
        with pytest.raises(AmOrPmError):
            read_time(typed)

    @given(st.times())
    def test_what_the_site_writes_reads(self, moment: time) -> None:
        at = moment.replace(second=0, microsecond=0)
        assert read_time(clock.say_time(at)) == at

    @given(st.times())
    def test_every_time_as_a_clock_shows_it_reads(self, moment: time) -> None:
        at = moment.replace(second=0, microsecond=0)
        assert read_time(f"{at:%H:%M}") == at
        assert read_time(f"{at.hour % 12 or 12}:{at:%M}{'am' if at.hour < 12 else 'pm'}") == at


class TestOneLine:
    def test_line_breaks_and_controls_become_spaces(self) -> None:
        assert one_line(" Emotion\r\nBcc: a\x00b\u2028c ") == "Emotion Bcc: a b c"

    def test_signs_that_turn_the_reading_order_go(self) -> None:
        assert one_line("Notes \u202efdp.exe\u202c \u2066x\u2069") == "Notes fdp.exe x"

    @pytest.mark.parametrize("text", ["Zoë O’Hara-Núñez", "שרה", "family 👨\u200d👩\u200d👧"])
    def test_names_stay_as_they_are(self, text: str) -> None:
        assert one_line(text) == text


class TestReadDay:
    @pytest.mark.parametrize("year", ["0000020269999999", "002026", "20269", "2026" * 400, "202"])
    def test_a_year_has_two_digits_or_four(self, year: str) -> None:
        with pytest.raises(ValueError, match="Enter a year from 2000 to 2100"):
            read_day("1", "1", year)

    def test_two_digits_of_a_year_are_in_this_century(self) -> None:
        assert read_day("27", "11", "26") == date(2026, 11, 27)

    @given(st.dates(date(2000, 1, 1), date(2100, 12, 31)))
    def test_every_day_reads(self, day: date) -> None:
        assert read_day(str(day.day), str(day.month), str(day.year)) == day

    @given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
    def test_anything_is_a_date_or_a_sentence(self, day: str, month: str, year: str) -> None:
        try:
            found = read_day(day, month, year)
        except ValueError as error:
            assert str(error).startswith("Enter a")
        else:
            assert 2000 <= found.year <= 2100


class TestReadId:
    @pytest.mark.parametrize(
        ("typed", "id_"), [("1", 1), ("007", 7), (str(LARGEST_ID), LARGEST_ID)]
    )
    def test_what_a_key_can_be_reads(self, typed: str, id_: int) -> None:
        assert read_id(typed) == id_

    @pytest.mark.parametrize(
        "typed", [None, "", "0", "-1", "1.0", " 1", "1\n", "٣", str(LARGEST_ID + 1), "9" * 5000]
    )
    def test_anything_else_is_none(self, typed: str | None) -> None:
        assert read_id(typed) is None


class TestOwnPath:
    @pytest.mark.parametrize("path", ["/", "/events?kind=cpd", "/sessions/3/register#row"])
    def test_of_this_site_is_kept(self, path: str) -> None:
        assert own_path(path) == path

    @pytest.mark.parametrize(
        "path",
        [
            None,
            "",
            "events",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/a\\b",
            "/\n",
        ],
    )
    def test_of_another_is_none(self, path: str | None) -> None:
        assert own_path(path) is None


class TestPage:
    @pytest.mark.parametrize(
        ("number", "total", "last", "first_row", "last_row"),
        [(1, 0, 1, 0, 0), (1, 20, 1, 1, 20), (2, 21, 2, 21, 21), (3, 50, 3, 41, 50)],
    )
    def test_knows_its_ends(
        self, number: int, total: int, last: int, first_row: int, last_row: int
    ) -> None:
        page: Page[int] = Page([], number, total)
        assert (page.last, page.first_row, page.last_row) == (last, first_row, last_row)
