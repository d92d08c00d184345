"""Somebody who lays a wave's answers beside the change since the last one, page and file."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator
from functools import partial

import pytest

from cop_site.surveys.result_models import ScaleLabel, compare, tally

pytestmark = pytest.mark.thorough

SCALE = (ScaleLabel("dont_know", "I don’t know", None), ScaleLabel("over_half", "Over half", 2))
KEY = "toolkit.share"
# What a school asked twice may have said before and now; "" where it did not answer.
SAID = ("", "dont_know", "over_half")
PATHS = tuple((before, now) for before in SAID for now in SAID)
BOTH_TIMES = tuple(path for path in PATHS if all(path))
Paths = tuple[tuple[str, str], ...]
Table = tuple[int, ...]


def _tables(n: int, length: int) -> Iterator[Table]:
    if length == 1:
        yield (n,)
        return
    for first in range(n + 1):
        for rest in _tables(n - first, length - 1):
            yield (first, *rest)


def _see(paths: Paths, table: Table) -> Hashable:
    """All that is shown of two waves. Both pages and both files are made of these alone."""
    schools = [path for path, count in zip(paths, table, strict=True) for _ in range(count)]
    before, after = (
        {str(number): path[side] for number, path in enumerate(schools) if path[side]}
        for side in (0, 1)
    )
    change = compare(KEY, "Wording", SCALE, before, after, len(schools))
    return (
        *(tally(KEY, SCALE, Counter(said.values()), len(said)) for said in (before, after)),
        *(len(before), len(after), change),
    )


def _shows_answers(paths: Paths, table: Table) -> bool:
    """Under ten answers both times no more than their number is shown."""
    return any(
        sum(count for path, count in zip(paths, table, strict=True) if path[side]) >= 10
        for side in (0, 1)
    )


def _secrets(paths: Paths) -> dict[str, list[int]]:
    """What nobody may learn of 1 to 4 schools: what they said, at one time or at either."""
    found = {
        f"{said} {side}": [place for place, path in enumerate(paths) if path[side] == said]
        for said in SAID[1:]
        for side in (0, 1)
    }
    if ("", "") not in paths:
        found["did not know"] = [n for n, path in enumerate(paths) if "dont_know" in path]
    return found


class TestAnAdversary:
    @pytest.mark.parametrize(
        ("paths", "asked"),
        [(PATHS, 11), (BOTH_TIMES, 14), (BOTH_TIMES, 20)],
        ids=["some", "14", "20"],
    )
    def test_who_has_both_waves_and_the_change_learns_nobody(
        self, paths: Paths, asked: int
    ) -> None:
        looks_so: dict[Hashable, list[Table]] = defaultdict(list)
        for table in filter(partial(_shows_answers, paths), _tables(asked, len(paths))):
            looks_so[_see(paths, table)].append(table)
        found = [
            (name, same[0])
            for same in looks_so.values()
            for name, places in _secrets(paths).items()
            for sums in [{sum(table[place] for place in places) for table in same}]
            if len(sums) == 1 and 0 < min(sums) < 5
        ]
        assert len(looks_so) > 5
        assert not found
