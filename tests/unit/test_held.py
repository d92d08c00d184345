"""Taking somebody out of texts."""

from __future__ import annotations

import pytest

from cop_site.held import REMOVED_ADDRESS, REMOVED_NAME, Wording

WORDING = Wording(frozenset({"Ann O'Hara", "Ann"}), frozenset({"ann@s.example"}))


class TestClean:
    @pytest.mark.parametrize(
        ("text", "left"),
        [
            ("With ann  o’hara, today", f"With {REMOVED_NAME}, today"),
            ("Ann O'Hara's plan", f"{REMOVED_NAME}'s plan"),
            ("Hannah and Annie O'Hara", "Hannah and Annie O'Hara"),
            ("To ANN@s.example.", f"To {REMOVED_ADDRESS}."),
            ("joann@s.example", "joann@s.example"),
            ("ann@s.example.org", f"{REMOVED_NAME}@s.example.org"),
        ],
    )
    def test_only_whole_words_however_typed(self, text: str, left: str) -> None:
        assert WORDING.clean(text) == left

    def test_goes_into_whatever_json_holds(self) -> None:
        told = {"who": ["Ann O'Hara", 7, None], "more": {"to": "ann@s.example"}}
        assert WORDING.clean(told) == {
            "who": [REMOVED_NAME, 7, None],
            "more": {"to": REMOVED_ADDRESS},
        }

    def test_nothing_to_take_out_changes_nothing(self) -> None:
        assert Wording(frozenset(), frozenset()).clean("Ann") == "Ann"


class TestParts:
    def test_are_plain_letters_that_any_database_finds_inside_json(self) -> None:
        assert Wording(frozenset({"Zoë Núñez-Gil"}), frozenset()).parts == {"gil"}
        assert Wording(frozenset({"Ли"}), frozenset()).parts == {""}
        # Not "primary", which would be in every address of the school.
        assert Wording(frozenset(), frozenset({"a.gil@primary.example"})).parts == {
            "a.gil@primary.example"
        }
