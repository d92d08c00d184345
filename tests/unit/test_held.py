"""Taking somebody out of texts."""

from __future__ import annotations

import pytest

from cop_site.held import REMOVED_ADDRESS, REMOVED_NAME, Wording, list_pieces

WORDING = Wording(frozenset({"Ann O'Hara", "Ann"}), frozenset({"ann@s.example"}))


class TestClean:
    @pytest.mark.parametrize(
        ("text", "left"),
        [
            ("With Ann  O’Hara, today", f"With {REMOVED_NAME}, today"),
            ("With ANN O'HARA", f"With {REMOVED_NAME}"),
            ("ann o'hara", "ann o'hara"),
            ("Ann O'Hara's plan", f"{REMOVED_NAME}'s plan"),
            ("Hannah and Annie O'Hara", "Hannah and Annie O'Hara"),
            ("To ANN@s.example.", f"To {REMOVED_ADDRESS}."),
            ("joann@s.example", "joann@s.example"),
            ("Ann@s.example.org", f"{REMOVED_NAME}@s.example.org"),
        ],
    )
    def test_only_whole_words_and_no_name_in_small_letters(self, text: str, left: str) -> None:
        assert WORDING.clean(text) == left

    def test_goes_into_whatever_json_holds(self) -> None:
        told = {"who": ["Ann O'Hara", 7, None], "more": {"to": "ann@s.example"}}
        assert WORDING.clean(told) == {
            "who": [REMOVED_NAME, 7, None],
            "more": {"to": REMOVED_ADDRESS},
        }

    def test_nothing_to_take_out_changes_nothing(self) -> None:
        assert Wording(frozenset(), frozenset()).clean("Ann") == "Ann"

    @pytest.mark.parametrize("typed", ["zoë núñez-gil", "ZOË NÚÑEZ-GIL"])
    def test_a_name_typed_without_capitals_or_in_them_is_found_as_people_write_it(
        self, typed: str
    ) -> None:
        wording = Wording(frozenset({typed}), frozenset())
        assert wording.clean("Zoë Núñez-Gil, zoë núñez-gil") == f"{REMOVED_NAME}, zoë núñez-gil"


class TestPieces:
    def test_are_plain_letters_that_any_database_finds_inside_json(self) -> None:
        assert Wording(frozenset({"Ng Li"}), frozenset()).pieces == {frozenset({"ng", "li"})}
        assert list_pieces("Zoë Núñez-Gil") == {"zo", "n", "ez", "gil"}
        assert list_pieces("Ли") == frozenset()
        # Not "primary", which would be in every address of the school.
        assert Wording(frozenset(), frozenset({"a.gil@primary.example"})).pieces == {
            frozenset({"a.gil@primary.example"})
        }
