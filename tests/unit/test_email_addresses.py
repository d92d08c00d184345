"""What passes for an email address."""

from __future__ import annotations

import pytest

from cop_site.email_addresses import LONGEST, is_email_address


class TestIsEmailAddress:
    @pytest.mark.parametrize(
        "text",
        [
            "name@school.example",
            "siobhan.o'neill@school.example",
            "First.Last+cop@mail.high-school.example",
            "n" * (LONGEST - 15) + "@school.example",
        ],
    )
    def test_of_the_right_shape_is_one(self, text: str) -> None:
        assert is_email_address(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "name",
            "@school.example",
            "name@",
            "name@school",
            "name@.example",
            "name@school.",
            "name@school..example",
            "name@@school.example",
            "a@b@school.example",
            "first last@school.example",
            "name@school.exa mple",
            " name@school.example",
            "name@school.example\n",
            'name"s@school.example',
            "x?bcc=all@school.example",
            "x%0abcc@school.example",
            "x&y@school.example",
            "siobhan.o’neill@school.example",
            "name@scho'ol.example",
            "a@school.example,b@school.example",
            "a@school.example;b@school.example",
            "Name <name@school.example>",
            "name\x00@school.example",
            "name\x7f@school.example",
            "zoë@school.example",
            "name@école.example",
            "\u212aim@school.example",
            ".name@school.example",
            "name.@school.example",
            "na..me@school.example",
            "a(b)@school.example",
            "group:name@school.example",
            "a[b]@school.example",
            "name@[127.0.0.1]",
            "name@school.example\\",
            "name@-school.example",
            "name@school-.example",
            "name@school.example\u202e",
            "n" * (LONGEST - 14) + "@school.example",
            "a@" + "." * 200_000,
            "a@" + "a." * 200_000 + "@",
        ],
        ids=lambda text: repr(text[:40]),
    )
    def test_anything_else_is_not(self, text: str) -> None:
        assert not is_email_address(text)
