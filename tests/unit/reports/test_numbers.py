"""The showing rules: k of n, whole percent half up, changes from exact values."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop_site.reports.numbers import Rate, round_half_up


class TestPercent:
    @pytest.mark.parametrize(
        ("k", "n", "percent"),
        [
            (81, 89, 91),
            (77, 89, 87),
            (76, 84, 90),
            (77, 84, 92),
            (20, 60, 33),
            (23, 60, 38),
            (25, 60, 42),
            (26, 41, 63),
            (27, 41, 66),
            (41, 41, 100),
            (0, 89, 0),
            (1, 200, 1),  # exactly a half goes up
            (99, 200, 50),
        ],
    )
    def test_reference_values_round_half_up(self, k: int, n: int, percent: int) -> None:
        assert Rate(k, n).percent == percent

    def test_half_goes_up_where_a_float_would_not(self) -> None:
        assert Rate(23, 40).percent == 58  # 57.5
        assert Rate(5, 40).percent == 13  # 12.5, which banker's rounding makes 12

    @pytest.mark.parametrize("n", [0, 1, 19])
    def test_small_n_gives_no_percentage(self, n: int) -> None:
        assert Rate(n, n).percent is None
        assert Rate(n, n).headline == f"{n} of {n}"

    def test_twenty_is_enough(self) -> None:
        assert Rate(9, 20).percent == 45

    @given(st.integers(20, 30_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
    def test_is_never_further_than_half_a_point_off(self, pair: tuple[int, int]) -> None:
        rate = Rate(*pair)
        assert rate.percent is not None
        off = rate.percent - Fraction(100 * rate.k, rate.n)
        assert Fraction(-1, 2) < off <= Fraction(1, 2)


class TestOf:
    def test_says_both_numbers(self) -> None:
        assert Rate(81, 89).of == "81 of 89"
        assert Rate(81, 89).headline == "91%"
        assert Rate(2_000, 3_000).of == "2,000 of 3,000"


class TestRate:
    @pytest.mark.parametrize(("k", "n"), [(5, 4), (-1, 4)])
    def test_numerator_outside_its_denominator_is_refused(self, k: int, n: int) -> None:
        with pytest.raises(ValueError, match="no share"):
            Rate(k, n)


class TestPointsSince:
    @pytest.mark.parametrize(
        ("now", "before", "points"),
        [
            ((25, 60), (20, 60), 8),  # 33% then 42% suggests 9
            ((25, 60), (23, 60), 3),  # 38% then 42% suggests 4
            ((23, 60), (25, 60), -3),
            ((81, 89), (77, 89), 4),
            ((1, 40), (0, 40), 3),  # 2.5
            ((0, 40), (1, 40), -3),
            ((40, 40), (40, 40), 0),
        ],
    )
    def test_reference_values(
        self, now: tuple[int, int], before: tuple[int, int], points: int
    ) -> None:
        assert Rate(*now).points_since(Rate(*before)) == points

    def test_small_n_on_either_side_gives_none(self) -> None:
        assert Rate(10, 19).points_since(Rate(10, 20)) is None
        assert Rate(10, 20).points_since(Rate(10, 19)) is None


class TestChangeSince:
    def test_says_that_it_was_worked_out_before_rounding_where_the_ends_suggest_otherwise(
        self,
    ) -> None:
        words = Rate(25, 60).change_since(Rate(20, 60))
        assert words == "Up 8 percentage points, worked out before rounding"

    def test_says_it_plainly_where_the_ends_agree(self) -> None:
        assert Rate(81, 89).change_since(Rate(77, 89)) == "Up 4 percentage points"
        assert Rate(99, 100).change_since(Rate(100, 100)) == "Down 1 percentage point"
        assert Rate(50, 100).change_since(Rate(25, 50)) == "No change"

    def test_tiny_change_is_not_called_none(self) -> None:
        words = Rate(500, 1000).change_since(Rate(499, 1000))
        assert words == "Changed by less than half a point"

    def test_small_n_says_nothing(self) -> None:
        assert Rate(9, 14).change_since(Rate(7, 14)) == ""


class TestRoundHalfUp:
    @pytest.mark.parametrize(("value", "whole"), [((1, 2), 1), ((3, 2), 2), ((-1, 2), 0)])
    def test_half_goes_up(self, value: tuple[int, int], whole: int) -> None:
        assert round_half_up(Fraction(*value)) == whole
