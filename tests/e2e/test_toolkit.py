"""A SENCO finds a resource and takes it away; the lead adds one of their own."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.support.visitor import DESKTOP, NO_SCRIPT, PHONE, Visitor, Way

SENCO, LEAD = "senco@demo.example", "lead@demo.example"
TIMETABLES = "Visual timetables that get used"
TITLE = "Quiet starts to the day"
SUMMARY = "Three ways to begin the morning calmly, with a sheet to plan them."


class TestSchool:
    def test_senco_finds_a_resource_while_typing_and_downloads_it(self, visitor: Visitor) -> None:
        visitor.open("/toolkit")
        visitor.sign_in(SENCO)
        visitor.sees("Toolkit")
        listed = visitor.page.locator("#resource_list")
        with visitor.stays_on_page():
            visitor.page.get_by_role("searchbox").press_sequentially("timetab")
            visitor.without_scripts_press("Search")
            expect(listed.get_by_role("link", name=TIMETABLES)).to_be_visible()
            expect(listed).to_contain_text(re.compile("Showing [12] of "))
            expect(visitor.page).to_have_url(re.compile(r"[?&]q=timetab"))
        visitor.sees("Toolkit")
        visitor.follow(TIMETABLES)
        visitor.sees(TIMETABLES)
        with visitor.page.expect_download() as started:
            visitor.press(re.compile(r"^Download .*\.pdf$"))
        assert Path(started.value.path()).read_bytes().startswith(b"%PDF")
        assert started.value.suggested_filename.endswith(".pdf")

    def test_words_that_find_nothing_lead_back(self, new_visitor: NewVisitor) -> None:
        senco = new_visitor(DESKTOP)
        senco.open("/toolkit?q=xylophone+%22%28")
        senco.sign_in(SENCO)
        senco.sees("Toolkit")
        senco.reads("No resource matches")
        senco.follow("See the whole toolkit")
        senco.reads(re.compile(r"Showing (\d+) of \1 resources"))


class TestEditor:
    def test_lead_adds_publishes_and_renews_a_resource(
        self, new_visitor: NewVisitor, tmp_path: Path
    ) -> None:
        for way in (PHONE, NO_SCRIPT):
            _add(new_visitor(way), way, tmp_path)


def _add(lead: Visitor, way: Way, folder: Path) -> None:
    title = f"{TITLE}, {way.name}"
    lead.open("/toolkit")
    lead.sign_in(LEAD)
    lead.sees("Toolkit")
    lead.follow("Add a resource")
    lead.sees("Add a resource")
    lead.fill("Title", title)
    lead.fill("Summary", SUMMARY)
    lead.page.get_by_role("checkbox", name="Social, emotional and mental health").check()
    lead.page.get_by_role("checkbox", name="Plan", exact=True).check()
    lead.page.get_by_role("radio", name="Ordinarily available").check()
    lead.page.get_by_role("checkbox", name="Primary", exact=True).check()
    lead.page.get_by_role("radio", name=re.compile("^Accessible")).check()
    lead.press("Save the draft")
    lead.sees(title)

    _refuse_a_web_page(lead, title, folder)
    sheet = folder / "sheet.txt"
    sheet.write_text("Greet, settle, begin.", encoding="utf-8")
    lead.page.locator("input[type=file]").set_input_files(sheet)
    lead.press("Add this file")
    lead.reads("sheet.txt")
    lead.sees(title)
    lead.press("Publish")
    lead.sees(title)
    expect(lead.main).not_to_contain_text("Only service staff see this page")
    lead.reads("sheet.txt", SUMMARY)
    lead.press("Make a new version")
    lead.sees(title)
    lead.reads("Version 2")


def _refuse_a_web_page(lead: Visitor, title: str, folder: Path) -> None:
    page = folder / "harmless.pdf"
    page.write_text("<html><script>alert(1)</script></html>", encoding="utf-8")
    lead.page.locator("input[type=file]").set_input_files(page)
    lead.press("Add this file")
    lead.reads("There is a problem", "name ends in .pdf, but")
    lead.sees(title)
