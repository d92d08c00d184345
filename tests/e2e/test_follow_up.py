"""After a session: its materials, who came, and inviting those who did not."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.support.visitor import PHONE, Visitor

NETWORK = re.compile("SENCO network: Annual reviews")


def _opens_last_network(visitor: Visitor, who: str = "lead") -> None:
    visitor.open("/events?when=past")
    visitor.sign_in(f"{who}@demo.example")
    visitor.sees("Events")
    visitor.follow(NETWORK)
    visitor.sees(NETWORK)


class TestMaterials:
    def test_are_added_mailed_and_found_by_who_missed_it(
        self, visitor: Visitor, new_visitor: NewVisitor, tmp_path: Path
    ) -> None:
        _opens_last_network(visitor)
        visitor.follow("Add or remove materials")
        visitor.sees("Materials")
        visitor.press("Add this link")
        visitor.reads("There is a problem")
        visitor.fill("What it is called", "Slides")
        visitor.fill("Link", "https://slides.example/reviews")
        visitor.press("Add this link")
        visitor.reads("Slides is added.")
        notes = tmp_path / "Notes.txt"
        notes.write_text("What we agreed")
        visitor.page.get_by_label("File", exact=True).set_input_files(notes)
        visitor.press("Add this file")
        visitor.reads("Notes.txt is added.")
        visitor.follow(NETWORK)
        visitor.follow("Email them to people who came or missed it")
        visitor.sees("Email the materials")
        visitor.press("Send")
        visitor.reads(re.compile("Sent to [0-9]+ people"))
        missed = new_visitor(PHONE)
        _opens_last_network(missed, "senco")
        expect(missed.page.get_by_role("link", name="Slides", exact=True)).to_be_visible()
        with missed.page.expect_download() as taken:
            missed.page.get_by_role("link", name="Notes.txt").click()
        assert taken.value.suggested_filename == "Notes.txt"


class TestWhoCame:
    def test_is_narrowed_saved_and_invited_again(self, visitor: Visitor) -> None:
        _opens_last_network(visitor)
        visitor.follow("Who came")
        visitor.sees("Who came")
        everybody = visitor.main.locator("#turnout_list tbody tr")
        before = everybody.count()
        visitor.page.get_by_label("What is known").select_option("Missed it")
        if not visitor.way.scripts:
            visitor.press("Show")
        expect(everybody.filter(has_not_text="Missed it")).to_have_count(0)
        assert 0 < everybody.count() < before
        with visitor.page.expect_download() as taken:
            visitor.page.get_by_role("link", name="Save as a spreadsheet").click()
        assert taken.value.suggested_filename.endswith(".xlsx")
        visitor.page.get_by_label("Who", exact=True).select_option("Those who missed it")
        visitor.press("Look over the list")
        visitor.sees("Invite people by email")
        boxes = visitor.main.get_by_role("checkbox")
        count = boxes.count()
        assert count > 1 and boxes.first.is_checked()
        boxes.first.uncheck()
        visitor.fill("Add a few words of your own (optional)", "We missed you last time.")
        visitor.press("Send invitations")
        sent = count - 1
        visitor.reads(f"{sent} invitation{'' if sent == 1 else 's'} sent.")
        visitor.reads("Sent before")
