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
        [
            "AlderBridge2026",
            "Bridge-Alder-2026",
            "BuryInclusion1",
            "buryschool2026",
            "Bury2026Bury",
            "bury.council.senco",
            "Welcome2Bury!!",
            "Bury5chool1999",
            "StJohns2026!!",
            "Ysgolpel2026!",
            "HillJo_Hill07",
            "SencoAtBury26",
        ],
    )
    def test_those_made_of_several_such_words_years_and_signs_are(self, password: str) -> None:
        around = ("Alder Bridge Primary", "Bury Council", "St John’s", "Ysgol Pêl", "Jo Hill")
        assert is_easy_to_guess(password, around)

    @pytest.mark.parametrize(
        "password",
        ["Autumn2026!!", "2026-September", "Monday-Tuesday", "SpringTerm2027", "School2026Head"],
    )
    def test_seasons_months_and_school_words_with_years_are(self, password: str) -> None:
        assert is_easy_to_guess(password)

    @pytest.mark.parametrize(
        "password",
        [
            "correcthorsebatterystaple",
            "Correct Horse Battery Staple 1",
            "CoffeeTrainFish2026",
            "to be or not to be",
        ],
    )
    def test_passphrases_that_everybody_knows_are(self, password: str) -> None:
        assert is_easy_to_guess(password)

    @pytest.mark.parametrize(
        "password",
        [
            "the school bus sings loudly",
            "autumn kettle gravel",
            "hill lantern walks over bury",
            "march hare wearing slippers",
            "alder saxophone biscuit",
            "Bury-xK9vQ2m7Tz",
            "x7#Kp!2$qL9@vW",
            "battery violin staple cloud",
            "2031 umbrellas in the hall",
        ],
    )
    def test_long_ones_are_welcome_with_such_a_word_among_others(self, password: str) -> None:
        assert not is_easy_to_guess(password, ("Alder Bridge Primary", "Bury Council", "Jo Hill"))

    @pytest.mark.parametrize(
        "password",
        ["three plain words", "jdk38sm2lq9x", "Ffenestr las, drws coch", "пять синих лодок"],
    )
    def test_words_with_nothing_in_common_and_chance_letters_are_not(self, password: str) -> None:
        assert not is_easy_to_guess(password, NAMES)

    def test_a_very_long_one_is_looked_at_only_so_far(self) -> None:
        assert is_easy_to_guess("password" * 1000)
        assert not is_easy_to_guess("three plain words" + "x" * 100_000)
