"""What can be read at all."""

from __future__ import annotations

import pytest

from cop_site.readable import has_letter, has_letter_or_digit
from cop_site.web.checks import Required, RequiredSecret


class TestReadable:
    @pytest.mark.parametrize("text", ["a", " É. ", "李", "한국", "שרה", "\u200bA\u200b"])
    def test_a_letter_of_any_script(self, text: str) -> None:
        assert has_letter(text) and has_letter_or_digit(text)

    @pytest.mark.parametrize("text", ["1", "٣", "(2)"])
    def test_a_digit_is_no_letter(self, text: str) -> None:
        assert not has_letter(text) and has_letter_or_digit(text)

    @pytest.mark.parametrize(
        "text",
        [
            *("", " ", "\xa0", ".", "–", "?!"),
            *("\u200b", "\u00ad", "\u2060", "\ufeff", "\u180e", "\u034f", "\ufe0f", "\u2800"),
            *("\u115f", "\u1160", "\u3164", "\uffa0", "\u200b\u3164 \u00ad"),
        ],
    )
    def test_what_shows_nothing_or_says_nothing(self, text: str) -> None:
        assert not has_letter(text) and not has_letter_or_digit(text)

    def test_a_password_may_be_of_signs_alone(self) -> None:
        assert RequiredSecret("Enter it").is_answer("!?…")
        assert not RequiredSecret("Enter it").is_answer(" ")
        assert not Required("Enter it").is_answer("!?…")
