"""The rule for showing answers: a table of cases, and somebody who tries every table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import combinations, compress, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cop_site.reports.numbers import Rate
from cop_site.surveys.suppression import (
    OTHERS,
    Figure,
    Showing,
    Spread,
    share,
    show_cut,
    show_spread,
    showing_of,
)

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


class TestShowCut:
    def test_small_parts_are_pooled_with_the_smallest_until_they_can_stand(self) -> None:
        parts = {
            "east": _answers((6, 6, 6)),
            "north": _answers((5, 5, 5)),
            "south": _answers((1, 1, 1)),
            "west": _answers((2, 2, 1)),
        }
        shown = show_cut(parts)
        assert [(name, spread.n) for name, spread in shown] == [("east", 18), (OTHERS, 23)]
        assert [_cells(spread) for _name, spread in shown] == [
            [("a", 6), ("b", 6), ("c", 6)],
            [("a", 8), ("b", 8), ("c", 7)],
        ]

    def test_of_ten_with_a_cluster_of_three_is_not_shown(self) -> None:
        parts = {"three": _answers((1, 1, 1)), "seven": _answers((2, 2, 3))}
        assert show_cut(parts) == ()

    def test_a_part_that_agrees_hides_it_in_every_part(self) -> None:
        parts = {"east": _answers((0, 0, 12)), "west": _answers((6, 6, 6))}
        assert [(s.n, s.cells) for _name, s in show_cut(parts, figure={"c"})] == [
            (12, ()),
            (18, ()),
        ]

    def test_a_part_that_agrees_reads_as_one_that_does_not_quite(self) -> None:
        def east(*table: int) -> Spread:
            parts = {"east": _answers(table), "west": _answers((6, 6, 6))}
            return dict(show_cut(parts, figure={"c"}))["east"]

        assert east(0, 0, 12) == east(1, 2, 9) == east(12, 0, 0) == Spread(12)

    def test_parts_show_no_finer_groups_than_the_whole(self) -> None:
        parts = {"east": _answers((2, 7, 8)), "west": _answers((1, 9, 9))}
        assert [_cells(spread) for _name, spread in show_cut(parts)] == [
            [("ab", 9), ("c", 8)],
            [("ab", 10), ("c", 9)],
        ]


def _tables(n: int, length: int) -> Iterator[Table]:
    if length == 1:
        yield (n,)
        return
    for first in range(n + 1):
        for rest in _tables(n - first, length - 1):
            yield (first, *rest)


def _pinned(
    tables: Iterable[Table], see: Callable[[Table], Hashable], width: int = 0
) -> list[tuple[Table, tuple[int, ...], int]]:
    """What somebody who knows the rule, and tries every table, finds to be 1 to 4 people.

    For each thing that may be seen, the tables that look so; a sum that is the same in all of
    them is known. Gives an example table, the columns summed and the number. Where a table is
    several of ``width`` side by side, their sizes are no secret: no sum takes all of one.
    """
    looks_so: dict[Hashable, list[Table]] = defaultdict(list)
    for table in tables:
        looks_so[see(table)].append(table)
    found = []
    for same in looks_so.values():
        for chosen in _column_sets(len(same[0]), width or len(same[0])):
            sums = {sum(table[column] for column in chosen) for table in same}
            if len(sums) == 1 and 0 < min(sums) < 5:
                found.append((same[0], chosen, min(sums)))
    return found


def _column_sets(length: int, width: int) -> list[tuple[int, ...]]:
    parts = [set(range(start, start + width)) for start in range(0, length, width)]
    return [
        chosen
        for size in range(1, length)
        for chosen in combinations(range(length), size)
        if not any(part <= set(chosen) for part in parts)
    ]


FIGURES = {"one at the end": ("e",), "two at the end": MORE, "none": (), "first": ("a",)}


class TestAnAdversary:
    @pytest.mark.parametrize("n", [10, 11, 13, 16, 19])
    @pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
    def test_who_tries_every_table_learns_nobody(self, n: int, figure: tuple[str, ...]) -> None:
        assert not _pinned(_tables(n, 5), lambda table: _spread(*table, figure=figure))

    @pytest.mark.parametrize("figure", [("a",), ("b", "c"), ()], ids=["first", "last", "none"])
    @pytest.mark.parametrize(
        ("sizes", "width"), [((10, 11), 3), ((10, 4, 12), 2), ((11, 10, 3), 2)], ids=str
    )
    def test_who_has_the_cut_too_learns_nobody(
        self, sizes: tuple[int, ...], width: int, figure: tuple[str, ...]
    ) -> None:
        def see(table: Table) -> Hashable:
            parts = [table[start : start + width] for start in range(0, len(table), width)]
            whole = [sum(column) for column in zip(*parts, strict=True)]
            named = {f"part {place}": _answers(part) for place, part in enumerate(parts)}
            return _spread(*whole, figure=figure), show_cut(named, figure=figure)

        tables = (
            tuple(cell for part in parts for cell in part)
            for parts in product(*(list(_tables(size, width)) for size in sizes))
        )
        # Where everybody is on one side the whole may say so, and then every part is known.
        counted = [key in figure for key in KEYS[:width]] * len(sizes)
        divided = (
            table
            for table in tables
            if not figure or 0 < sum(compress(table, counted)) < sum(sizes)
        )
        assert not _pinned(divided, see, width)

    @settings(max_examples=300, deadline=None)
    @given(
        st.lists(st.lists(st.integers(0, 12), min_size=5, max_size=5), min_size=1, max_size=6),
        st.sampled_from(list(FIGURES.values())),
    )
    def test_subtracting_any_shown_from_any_other_never_leaves_one_to_four(
        self, parts: list[list[int]], figure: tuple[str, ...]
    ) -> None:
        """Whole less some parts, group by group: what remains is nobody, or 5 and more."""
        whole = _spread(*(sum(column) for column in zip(*parts, strict=True)), figure=figure)
        cut = show_cut(
            {str(place): _answers(part) for place, part in enumerate(parts)}, figure=figure
        )
        names = [name for name, _spread in cut]
        assert len(names) != 1
        for size in range(len(names)):
            for left in combinations(cut, size):
                assert (whole.n or 0) - sum(
                    spread.n or 0 for _name, spread in left
                ) >= 10 or not cut
                for cell in cut[0][1].cells if cut else ():
                    total = whole.count(cell.keys)
                    assert total is not None
                    taken = sum(spread.count(cell.keys) or 0 for _name, spread in left)
                    assert total - taken >= 5
