"""The document says what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cop_site.reports.definitions import DEFINITIONS, Definition
from cop_site.reports.numbers import Rate

DOCUMENT = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text(encoding="utf-8")


class TestDefinitions:
    def test_each_stands_under_its_own_id(self) -> None:
        ids = ["M1", "M4", "M5", "M7", "M9", "T1", "T2", "T5", "C1", "C2", "C3", "S1"]
        assert {key: metric.id for key, metric in DEFINITIONS.items()} == dict(
            zip(ids, ids, strict=True)
        )
        assert DEFINITIONS["M4"].source == "Figure M4"

    @pytest.mark.parametrize("metric", DEFINITIONS.values(), ids=lambda metric: metric.id)
    def test_sentences_are_short(self, metric: Definition) -> None:
        words = [metric.says, metric.numerator, metric.denominator, *metric.edge_cases]
        for sentence in re.split(r"(?<=[.?:]) ", " ".join(words)):
            assert len(sentence.split()) <= 25, sentence


class TestDocument:
    @pytest.mark.parametrize("metric", DEFINITIONS.values(), ids=lambda metric: metric.id)
    def test_says_what_the_definition_says(self, metric: Definition) -> None:
        start = DOCUMENT.index(f"## {metric.id}: {metric.name}\n")
        section = DOCUMENT[start:].split("\n## ")[0]
        lines = section.splitlines()
        assert metric.says in lines
        assert f"* **Counted:** {metric.numerator}" in lines
        assert f"* **Out of:** {metric.denominator}" in lines
        listed = [line.removeprefix("* ") for line in section.split("Edge cases:")[1].splitlines()]
        assert tuple(filter(None, listed)) == metric.edge_cases

    def test_names_no_metric_that_the_code_does_not_know(self) -> None:
        assert set(re.findall(r"^## ([A-Z][0-9]+):", DOCUMENT, re.MULTILINE)) == set(DEFINITIONS)

    def test_shows_reference_values_as_the_code_does(self) -> None:
        for k, n, shown in re.findall(r"^\| ([0-9]+) of ([0-9]+) \| (.+) \|$", DOCUMENT, re.M):
            assert Rate(int(k), int(n)).headline == shown
        for before, n, now, m, first, last, points in re.findall(
            r"^\| (\d+) of (\d+), then (\d+) of (\d+) \| (\d+%), then (\d+%), up (\d+) p",
            DOCUMENT,
            re.M,
        ):
            earlier, later = Rate(int(before), int(n)), Rate(int(now), int(m))
            assert (earlier.headline, later.headline) == (first, last)
            assert later.points_since(earlier) == int(points)
