"""How figures are shown. One rule for every page, export and document (metrics, "Numbers").

Integers and fractions only: a float could land on the wrong side of a half.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

SMALLEST_N = 20


@dataclass(frozen=True)
class Rate:
    """``k`` of ``n``, kept exactly. Always shown with its "k of n"."""

    k: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.k <= self.n:
            raise ValueError(f"{self.k} of {self.n} is no share")

    @property
    def has_percent(self) -> bool:
        """False for a small n: one school more or less would swing the percentage."""
        return self.n >= SMALLEST_N

    @property
    def percent(self) -> int | None:
        """The nearest whole percent, half up; None where n is under 20."""
        return round_half_up(100 * self._share) if self.has_percent else None

    @property
    def of(self) -> str:
        """Like "81 of 89"."""
        return f"{self.k:,} of {self.n:,}"

    @property
    def headline(self) -> str:
        """The figure said first: "91%", or "9 of 14" where a percentage would mislead."""
        return f"{self.percent}%" if self.has_percent else self.of

    @property
    def _share(self) -> Fraction:
        return Fraction(self.k, self.n)

    def points_since(self, before: Rate) -> int | None:
        """The change in percentage points, from exact shares and rounded once.

        None where either n is under 20. A fall of 2.5 is 3 points, as a rise of 2.5 is.
        """
        exact = self._change(before)
        if exact is None:
            return None
        size = round_half_up(abs(exact))
        return -size if exact < 0 else size

    def _change(self, before: Rate) -> Fraction | None:
        if not (self.has_percent and before.has_percent):
            return None
        return 100 * (self._share - before._share)

    def change_since(self, before: Rate) -> str:
        """The change in words, "" where there is none to give.

        Says so where the two rounded percentages suggest another number.
        """
        points = self.points_since(before)
        if points is None:
            return ""
        suggested = (self.percent or 0) - (before.percent or 0)
        aside = "" if suggested == points else ", worked out before rounding"
        if points == 0:
            exact = (
                "No change" if self._change(before) == 0 else "Changed by less than half a point"
            )
            return f"{exact}{aside}"
        size = abs(points)
        unit = "percentage point" if size == 1 else "percentage points"
        return f"{'Up' if points > 0 else 'Down'} {size} {unit}{aside}"


def round_half_up(value: Fraction) -> int:
    """The nearest whole number; a half goes up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)
