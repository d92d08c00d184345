"""How a code is drawn, read and spelt."""

from __future__ import annotations

import pytest

from cop_site.attendance.check_in_models import ALPHABET, draw_code, read_code, spell_code


class TestDrawCode:
    def test_has_nothing_that_is_taken_for_another_and_no_vowel(self) -> None:
        drawn = {draw_code() for _ in range(200)}
        assert len(drawn) == 200
        assert set("".join(drawn)) <= set(ALPHABET)
        assert set(ALPHABET).isdisjoint("01OILQGSZBUVAE")


class TestReadCode:
    @pytest.mark.parametrize(
        "typed",
        ["K7M3XT", "k7m3xt", " K7M 3XT ", "K7M-3XT", "k7m – 3xt", "k.7.m.3.x.t", "K7M\u00a03XT"],
    )
    def test_case_spaces_and_dashes_do_not_matter(self, typed: str) -> None:
        assert read_code(typed) == "K7M3XT"

    @pytest.mark.parametrize(
        "typed",
        ["", "K7M3X", "K7M3XTT", "K7M3XO", "' OR 1=1", "K7M3X\u0660", "ſ7M3XT", "\ud800" * 6],
    )
    def test_what_can_be_no_code_is_none(self, typed: str) -> None:
        assert read_code(typed) is None

    def test_what_is_shown_reads_back(self) -> None:
        assert spell_code("K7M3XT") == "K7M 3XT"
        assert all(read_code(spell_code(code)) == code for code in (draw_code() for _ in range(9)))
