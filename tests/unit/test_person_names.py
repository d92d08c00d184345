"""What may stand as a person's name."""

from __future__ import annotations

import pytest

from cop_site.person_names import is_name


class TestIsName:
    @pytest.mark.parametrize(
        "text", ["Jo", "Siobhán O’Neill", "SENCO, Alder Lane Primary", "Dr. J. van der Berg", "李"]
    )
    def test_a_name_is_one(self, text: str) -> None:
        assert is_name(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            ".",
            "\u200b",
            "\u3164",
            "123",
            "http://evil.example",
            "Your account is closed: go to HTTPS://evil.example now",
            "see www.evil.example",
            "evil.example/login",
            "a@school.example",
            "<b>Jo</b>",
        ],
    )
    def test_what_leads_somewhere_or_has_no_letter_is_none(self, text: str) -> None:
        assert not is_name(text)
