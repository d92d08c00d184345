"""The lead reads every figure of the card and opens each to what may stand behind it."""

from __future__ import annotations

import csv
from pathlib import Path

from playwright.sync_api import expect

from tests.support.visitor import Visitor

LEAD, EP = "lead@demo.example", "ep@demo.example"


def come_to_figures(visitor: Visitor, account: str, title: str) -> None:
    visitor.open("/reports/engagement")
    visitor.sign_in(account)
    visitor.sees(title)


def open_group(visitor: Visitor, name: str, title: str) -> None:
    visitor.follow(name, within=visitor.main)
    visitor.sees(title)


class TestLead:
    def test_reads_each_figure_and_what_stands_behind_it(self, visitor: Visitor) -> None:
        come_to_figures(visitor, LEAD, "Engagement")
        visitor.reads("91%", "81 of 89", "25 of 60", "26 of 41", "27 of 41", "41 of 41")
        open_group(visitor, "Clusters", "Cluster meetings and support")
        visitor.reads("of schools came to their cluster’s meetings", "Unplanned")
        visitor.page.get_by_role("link", name="Juniper cluster").first.click()
        visitor.sees("Juniper cluster: behind the figures")
        visitor.reads("12 of 14 schools came", "Support of the cluster")
        visitor.follow("Cluster meetings and support", within=visitor.main)
        visitor.sees("Cluster meetings and support")
        open_group(visitor, "Registers and bookings", "Registers and bookings")
        visitor.reads("10 of 10", "No register is late.")
        open_group(visitor, "Toolkit", "Use of the Toolkit")
        visitor.reads("33%, 20 of 60. Up 8 percentage points", "38%, 23 of 60. Up 3")
        open_group(visitor, "After sessions", "What people said after sessions")
        visitor.reads("63%", "66%", "100%", "41 people answered this question")
        with visitor.page.expect_download() as started:
            visitor.follow("Download as CSV")
        with Path(started.value.path()).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert {row["metric"] for row in rows} == {"T1", "T2", "C1", "C2", "C3"}

    def test_narrows_the_figures_to_a_cluster(self, visitor: Visitor) -> None:
        come_to_figures(visitor, LEAD, "Engagement")
        visitor.page.get_by_label("Cluster", exact=True).select_option("Juniper cluster")
        if not visitor.way.scripts:
            visitor.press("Show")
        expect(visitor.main).to_contain_text("14 schools, list frozen")
        visitor.sees("Engagement")
        assert "cluster=" in visitor.page.url


class TestEp:
    def test_sees_their_clusters_and_no_survey(self, visitor: Visitor) -> None:
        come_to_figures(visitor, EP, "Engagement in your clusters")
        visitor.reads("Only schools in Heather cluster and Rowan cluster.")
        expect(visitor.main.get_by_text("After sessions")).to_have_count(0)
        open_group(visitor, "Toolkit", "Use of the Toolkit")
        expect(visitor.main.get_by_text("Toolkit embedded")).to_have_count(0)
