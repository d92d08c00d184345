"""The rule for showing answers: a table of cases, and somebody who tries every table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import combinations

import pytest

from cop_site.reports.numbers import Rate
from cop_site.surveys.suppression import (
    Figure,
    Showing,
    Spread,
    share,
    show_spread,
    showing_of,
)

pytestmark = pytest.mark.thorough

KEYS = ("a", "b", "c", "d", "e")
MORE = ("d", "e")
Table = tuple[int, ...]


def _answers(table: Iterable[int]) -> list[tuple[str, int]]:
    return list(zip(KEYS, table, strict=False))


def _spread(*table: int, figure: tuple[str, ...] = MORE, left_out: int = 0) -> Spread:
    return show_spread(_answers(table), figure=figure, left_out=left_out)


def _cells(spread: Spread) -> list[tuple[str, int]]:
    return [("".join(cell.keys), cell.count) for cell in spread.cells]


class TestShowingOf:
    @pytest.mark.parametrize(
        ("n", "expected"),
        [
            (0, Showing.NOTHING),
            (4, Showing.NOTHING),
            (5, Showing.NUMBER),
            (9, Showing.NUMBER),
            (10, Showing.COUNTS),
            (19, Showing.COUNTS),
            (20, Showing.PERCENT),
        ],
    )
    def test_each_threshold_is_inclusive(self, n: int, expected: Showing) -> None:
        assert showing_of(n) is expected


class TestShare:
    def test_is_what_reports_say(self) -> None:
        for n in range(1, 130):
            for k in range(n + 1):
                assert share(k, n) == Rate(k, n).percent


class TestShowSpread:
    def test_of_four_answers_is_nothing(self) -> None:
        assert _spread(0, 0, 0, 2, 2, left_out=9) == Spread(None)

    def test_of_nine_answers_is_the_number_alone(self) -> None:
        assert _spread(0, 0, 0, 0, 9, left_out=2) == Spread(9, 2)

    @pytest.mark.parametrize(
        ("table", "cells", "figure"),
        [
            # Nothing small: everything as it is.
            ((5, 5, 5, 5, 5), "a5 b5 c5 d5 e5", "10 of 25"),
            # Small ones join the next; the figure's two answers stay apart from the rest.
            ((1, 2, 12, 18, 8), "abc15 d18 e8", "26 of 41"),
            ((0, 3, 12, 16, 10), "abc15 d16 e10", "26 of 41"),
            # What is left over at the end of a side joins the group before.
            ((6, 7, 2, 24, 2), "a6 bc9 de26", "26 of 41"),
            # Everybody, and nobody, may be said of the whole.
            ((0, 0, 0, 15, 26), "abc0 d15 e26", "41 of 41"),
            ((7, 5, 8, 0, 0), "a7 b5 c8 de0", "0 of 20"),
            # Three who said otherwise: neither they nor the figure.
            ((0, 1, 2, 20, 18), "abcd23 e18", "37 or more of 41"),
            ((20, 10, 9, 1, 1), "a20 b10 cde11", "fewer than 5 of 41"),
            # Five of them may be counted.
            ((0, 2, 3, 20, 16), "abc5 d20 e16", "36 of 41"),
            ((0, 2, 2, 20, 17), "abcd24 e17", "37 or more of 41"),
        ],
    )
    def test_shows_groups_of_five_or_more(self, table: Table, cells: str, figure: str) -> None:
        spread = _spread(*table)
        assert " ".join(f"{keys}{count}" for keys, count in _cells(spread)) == cells
        assert spread.figure is not None
        assert spread.figure.of == figure

    def test_of_answers_that_cannot_be_told_apart_shows_the_number(self) -> None:
        spread = _spread(0, 0, 12, 0, 0, figure=())
        assert (spread.n, spread.cells, spread.figure) == (12, (), None)

    def test_without_dont_know_shows_only_where_it_stands_alone(self) -> None:
        keys = ("none", "quarter", "half", "dont_know", "over_half")
        shown = show_spread(list(zip(keys, (6, 14, 10, 5, 25), strict=True)), figure={"over_half"})
        hidden = show_spread(list(zip(keys, (6, 14, 12, 3, 25), strict=True)), figure={"over_half"})
        assert (shown.figure, shown.count({"dont_know"})) == (Figure(60, 25), 5)
        assert (hidden.figure, hidden.count({"dont_know"})) == (Figure(60, 25), None)

    def test_count_of_part_of_a_group_is_hidden(self) -> None:
        spread = _spread(1, 2, 12, 18, 8)
        assert spread.count({"c"}) is None
        assert spread.count({"a", "b"}) is None
        assert spread.count({"a", "b", "c", "e"}) == 23

    def test_with_a_figure_in_the_middle_is_a_fault(self) -> None:
        with pytest.raises(ValueError, match="one end"):
            _spread(5, 5, 5, 5, 5, figure=("c",))


def _tables(n: int, length: int) -> Iterator[Table]:
    if length == 1:
        yield (n,)
        return
    for first in range(n + 1):
        for rest in _tables(n - first, length - 1):
            yield (first, *rest)


def _pinned(
    tables: Iterable[Table], see: Callable[[Table], Hashable], least: int = 1
) -> list[tuple[Table, tuple[int, ...], int]]:
    """What somebody who knows the rule, and tries every table, finds to be ``least`` to 4 people.

    For each thing that may be seen, the tables that look so; a sum that is the same in all of
    them is known. Gives an example table, the columns summed and the number.
    """
    looks_so: dict[Hashable, list[Table]] = defaultdict(list)
    for table in tables:
        looks_so[see(table)].append(table)
    found = []
    for same in looks_so.values():
        for chosen in _column_sets(len(same[0])):
            sums = {sum(table[column] for column in chosen) for table in same}
            if len(sums) == 1 and least <= min(sums) < 5:
                found.append((same[0], chosen, min(sums)))
    return found


def _column_sets(length: int) -> list[tuple[int, ...]]:
    return [chosen for size in range(1, length) for chosen in combinations(range(length), size)]


class TestShowSpreadOfOneCluster:
    def test_that_agrees_reads_as_one_that_nearly_does(self) -> None:
        def see(*table: int) -> Spread:
            return show_spread(_answers(table), figure=("e",), is_cut=True)

        assert see(0, 0, 0, 0, 12) == see(1, 2, 0, 0, 9)
        assert see(0, 12, 0, 0, 0) == see(0, 9, 2, 0, 1)
        assert see(0, 0, 0, 0, 12).figure == Figure(12, at_least=8)

    @pytest.mark.parametrize("n", [10, 13, 16])
    @pytest.mark.parametrize("figure", [("e",), MORE, (), ("a",)], ids=str)
    def test_tells_nobody_that_nobody_said_so(self, n: int, figure: tuple[str, ...]) -> None:
        def see(table: Table) -> Hashable:
            return show_spread(_answers(table), figure=figure, is_cut=True)

        assert not _pinned(_tables(n, 5), see, least=0)


FIGURES = {"one at the end": ("e",), "two at the end": MORE, "none": (), "first": ("a",)}


class TestAnAdversary:
    @pytest.mark.parametrize("n", [10, 11, 13, 16, 19])
    @pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
    def test_who_tries_every_table_learns_nobody(self, n: int, figure: tuple[str, ...]) -> None:
        assert not _pinned(_tables(n, 5), lambda table: _spread(*table, figure=figure))
