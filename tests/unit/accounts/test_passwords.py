from __future__ import annotations

import pytest

from cop_site.accounts.passwords import is_easy_to_guess

NAMES = ("Larkshire", "Larkshire Inclusion Service", "Alder Lane Primary", "jo.hill@lark.example")


class TestIsEasyToGuess:
    @pytest.mark.parametrize(
        "password",
        [
            "passwordpassword",
            "P@ssw0rd1234",
            "qwertyuiop12",
            "123456789012",
            "iloveyou1234",
            "liverpoolfc123",
            "aaaaaaaaaaaa",
            "demonstration",
        ],
    )
    def test_common_and_breached_ones_are(self, password: str) -> None:
        assert is_easy_to_guess(password)

    @pytest.mark.parametrize(
        "password",
        [
            "Larkshire2026",
            "larkshireinclusion",
            "AlderLanePrimary1",
            "school123456",
            "jo.hill.2026",
        ],
    )
    def test_those_made_of_names_a_stranger_would_try_are(self, password: str) -> None:
        assert is_easy_to_guess(password, NAMES)

    @pytest.mark.parametrize(
        "password",
        ["three plain words", "jdk38sm2lq9x", "Ffenestr las, drws coch", "пять синих лодок"],
    )
    def test_words_with_nothing_in_common_and_chance_letters_are_not(self, password: str) -> None:
        assert not is_easy_to_guess(password, NAMES)

    def test_a_very_long_one_is_looked_at_only_so_far(self) -> None:
        assert is_easy_to_guess("password" * 1000)
        assert not is_easy_to_guess("three plain words" + "x" * 100_000)
