"""Which role, and at which school, somebody means."""

from __future__ import annotations

import pytest
from flask import Flask

from cop_site.accounts.models import Standing
from cop_site.errors import DomainError
from cop_site.people.role_choosing_queries import find_chosen
from tests.factories.schools import make_school


def find(school: str) -> str:
    return find_chosen("school:teacher", school, Standing.SUBSTANTIVE, []).place


class TestFindChosen:
    @pytest.fixture(autouse=True)
    def schools(self, app: Flask) -> None:
        for name in ("Bracken Bridge Primary", "Bracken Hall", "St John's Infants", "Oakfield"):
            make_school(name)

    @pytest.mark.parametrize(
        ("typed", "found"),
        [
            ("bracken  bridge", "Bracken Bridge Primary"),
            ("St John’s", "St John's Infants"),
            ("Oakfield", "Oakfield"),
        ],
    )
    def test_the_beginning_will_do_where_one_school_has_it(self, typed: str, found: str) -> None:
        assert find(typed) == found

    def test_several_are_named(self) -> None:
        with pytest.raises(DomainError, match=r"Bracken Bridge Primary.*; Bracken Hall"):
            find("Bracken")

    @pytest.mark.parametrize("typed", ["Oak", "Bracken Bri", "%%%", "St"])
    def test_half_a_word_is_none(self, typed: str) -> None:
        with pytest.raises(DomainError, match="No school is called that"):
            find(typed)
