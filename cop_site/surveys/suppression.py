"""What may be shown of survey answers: the one place that decides it. Pure arithmetic.

The rule (metrics, "Showing survey results"):

* under 5 valid answers nothing; 5 to 9 only how many; from 10 counts; from 20 percentages;
* no number from 1 to 4 of people who gave an answer, and none that can be worked out.

How it is kept:

* What is shown of a question is one partition of its answers into groups with their counts.
  Every other figure (a share, "without don't know") is a sum of whole groups or is not shown, so
  nothing can be subtracted from anything.
* Answers are gathered from the first on until 5 people gave them, and what is left over at the
  end joins the group before. The order is fixed and never looks at which neighbour would suit:
  somebody who knows this rule can't work back from a group to what is in it. A test tries that
  on every table there is of so many answers.
* The answers that a figure counts are gathered apart from the others, so that the figure can be
  shown. Where one of the two sides is 1 to 4 people, all are gathered together, and the figure
  says only "fewer than 5" or "n less 4, or more".
* What only one cluster was asked is a cut by cluster in effect. There nought counts as few, so
  that answers which all agree look like answers that nearly do.
* How many left a question out is no answer and is shown, those it does not apply to among them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

FEWEST_COUNTED = 5
FEWEST_SPREAD = 10
FEWEST_FOR_PERCENT = 20
SMALLEST_CELL = 5

# Answers in order, each with how many gave it.
Counts = Sequence[tuple[str, int]]


class Showing(StrEnum):
    """How much may be shown of so many answers."""

    NOTHING = "nothing"
    NUMBER = "number"
    COUNTS = "counts"
    PERCENT = "percent"


def showing_of(n: int) -> Showing:
    """What ``n`` valid answers allow. Only PERCENT may ever be public."""
    if n < FEWEST_COUNTED:
        return Showing.NOTHING
    if n < FEWEST_SPREAD:
        return Showing.NUMBER
    return Showing.COUNTS if n < FEWEST_FOR_PERCENT else Showing.PERCENT


def share(k: int | None, n: int | None) -> int | None:
    """``k`` of ``n`` as reports say it (reports/numbers.py is above this): whole, half up."""
    if k is None or n is None or showing_of(n) is not Showing.PERCENT:
        return None
    return (200 * k + n) // (2 * n)


@dataclass(frozen=True)
class Cell:
    """Answers shown together, and how many gave one of them."""

    keys: tuple[str, ...]
    count: int

    @property
    def is_merged(self) -> bool:
        return len(self.keys) > 1


@dataclass(frozen=True)
class Figure:
    """How many of ``n`` gave an answer that a figure counts.

    ``k`` is None where it may not be shown; then ``at_most`` or ``at_least`` may still say that
    it is fewer than 5, or all but fewer than 5.
    """

    n: int
    k: int | None = None
    at_most: int | None = None
    at_least: int | None = None

    @property
    def percent(self) -> int | None:
        """The nearest whole percent, half up; None where hidden or n is under 20."""
        return share(self.k, self.n)

    @property
    def of(self) -> str:
        """Like "26 of 41", "fewer than 5 of 41" or "37 or more of 41"; "" where it is hidden."""
        if self.k is not None:
            return f"{self.k} of {self.n}"
        if self.at_most is not None:
            return f"fewer than {self.at_most + 1} of {self.n}"
        return f"{self.at_least} or more of {self.n}" if self.at_least is not None else ""


@dataclass(frozen=True)
class Spread:
    """What may be shown of the answers to one question.

    ``n`` counts valid answers, None where there are under 5. ``cells`` is empty where only the
    number may be shown, and where the answers can't be told apart without giving somebody away.
    ``figure`` is the question's registered figure, None where it has none or it is hidden.
    """

    n: int | None
    left_out: int | None = None
    cells: tuple[Cell, ...] = ()
    figure: Figure | None = None

    @property
    def showing(self) -> Showing:
        return showing_of(self.n or 0)

    @property
    def has_merged(self) -> bool:
        return any(cell.is_merged for cell in self.cells)

    def count(self, keys: Collection[str]) -> int | None:
        """How many gave one of ``keys``: exact where whole groups say so, else None."""
        wanted = set(keys)
        inside = [cell for cell in self.cells if wanted.issuperset(cell.keys)]
        # Of a group that nobody chose each answer is known.
        told = {key for cell in self.cells if not cell.count for key in cell.keys} & wanted
        told |= {key for cell in inside for key in cell.keys}
        known = {key for cell in self.cells for key in cell.keys}
        if not self.cells or told != wanted & known:
            return None
        return sum(cell.count for cell in inside)


def show_spread(
    answers: Counts, *, figure: Collection[str] = (), left_out: int = 0, is_cut: bool = False
) -> Spread:
    """What may be shown of all valid answers to a question of one survey.

    ``figure`` names the answers that its figure counts, at one end of ``answers``. ``is_cut``
    where everybody who was asked is of one cluster.
    """
    n = sum(count for _key, count in answers)
    if n < FEWEST_COUNTED:
        return Spread(None)
    if n < FEWEST_SPREAD:
        return Spread(n, left_out)
    cells = _group(answers, figure, fewest=0 if is_cut else 1)
    return Spread(n, left_out, _shown(cells), _figure(answers, figure, cells))


def _group(answers: Counts, figure: Collection[str], fewest: int) -> tuple[Cell, ...]:
    """The partition. A side that ``fewest`` to 4 people chose is not told from the other."""
    sides = _sides([key for key, _count in answers], figure)
    if any(fewest <= _count(answers, side) < SMALLEST_CELL for side in sides):
        sides = [[key for key, _count in answers]]
    grouped = [keys for side in sides for keys in _sweep(side, answers)]
    return tuple(Cell(tuple(keys), _count(answers, keys)) for keys in grouped)


def _sweep(keys: Sequence[str], answers: Counts) -> list[list[str]]:
    """Gather from the first on until 5 people gave them; what is left joins the last."""
    done: list[list[str]] = []
    open_keys: list[str] = []
    for key in keys:
        open_keys.append(key)
        if _count(answers, open_keys) >= SMALLEST_CELL:
            done.append(open_keys)
            open_keys = []
    if open_keys and done:
        done[-1] = [*done[-1], *open_keys]
    elif open_keys:
        done.append(open_keys)
    return done


def _figure(answers: Counts, keys: Collection[str], cells: Sequence[Cell]) -> Figure | None:
    """The figure, exact where whole groups say so."""
    if not keys:
        return None
    n = sum(count for _key, count in answers)
    k = _count(answers, keys)
    if Spread(n, cells=tuple(cells)).count(keys) is not None:
        return Figure(n, k)
    if k < SMALLEST_CELL:
        return Figure(n, at_most=SMALLEST_CELL - 1)
    return Figure(n, at_least=n - SMALLEST_CELL + 1) if n - k < SMALLEST_CELL else None


def _sides(keys: Sequence[str], figure: Collection[str]) -> list[list[str]]:
    """The answers that a figure counts and those it doesn't, in order: it counts one end."""
    sides = [[key for key in keys if (key in figure) is counted] for counted in (False, True)]
    sides = sorted((side for side in sides if side), key=lambda side: keys.index(side[0]))
    if list(chain(*sides)) != list(keys):
        raise ValueError("a figure counts answers at one end of the scale")
    return sides


def _count(answers: Counts, keys: Collection[str]) -> int:
    return sum(count for key, count in answers if key in keys)


def _shown(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """One group of everybody says nothing that n does not."""
    return cells if len(cells) > 1 else ()
