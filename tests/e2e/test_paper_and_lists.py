"""A register filled in from paper and from a meeting's list, with scripts and without."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.support.pdf import read_pdf, text_of
from tests.support.visitor import DESKTOP, NO_SCRIPT, PHONE, Visitor

WAYS = (DESKTOP, PHONE, NO_SCRIPT)
EP = "ep@demo.example"
EVENT = "Heather cluster: what we will try next"


def _opens_register(ep: Visitor) -> None:
    ep.open("/")
    ep.sign_in(EP)
    ep.sees("Home")
    ep.follow(EVENT)
    ep.sees(f"Register: {EVENT}")
    ep.page.get_by_text("Other ways to fill it in").click()


def _unmarked(ep: Visitor, count: int) -> list[Locator]:
    """So many rows of the sheet that nobody has marked, wherever they then stand."""
    rows = ep.page.locator(".typed:has(input[value=not_recorded]:checked)")
    ids = [rows.nth(number).get_attribute("id") for number in range(count)]
    return [ep.page.locator(f"#{id_}") for id_ in ids]


class TestPaper:
    def test_a_sheet_is_printed_and_typed_up(self, visitor: Visitor, tmp_path: Path) -> None:
        _opens_register(visitor)
        with visitor.page.expect_download() as started:
            visitor.follow("Print a sign-in sheet (PDF)")
        saved = tmp_path / "sheet.pdf"
        started.value.save_as(saved)
        printed = text_of(read_pdf(saved.read_bytes()))
        visitor.follow("Type up a sheet that people signed")
        visitor.sees("Type up a sign-in sheet")
        signed, sorry = _unmarked(visitor, 2)
        name = signed.locator("legend b").inner_text()
        assert name in " ".join(printed.split())
        signed.get_by_label("Signed").check()
        sorry.get_by_label("Apologies").check()
        line = visitor.page.get_by_role("group", name="Person 1")
        line.get_by_label("Name").fill("Nora New")
        line.get_by_label("School").fill("no such school")
        visitor.press("Check what you typed")
        visitor.sees("Type up a sign-in sheet")
        visitor.reads("No open school matches")
        expect(signed.get_by_label("Signed")).to_be_checked()
        offered = visitor.page.locator("#schools-to-offer option").first.get_attribute("value")
        line.get_by_label("School").fill(offered or "")
        visitor.press("Check what you typed")
        visitor.sees("Type up a sign-in sheet")
        visitor.reads("Choose a role")
        line.get_by_label("Role").select_option("Teacher")
        visitor.press("Check what you typed")
        visitor.sees("Look over what you typed")
        visitor.reads("Signed: 1")
        visitor.reads("Nora New")
        visitor.press("Save")
        visitor.sees("Close the register")
        visitor.reads("2 people marked, 1 added.")
        visitor.follow("Back to the register")
        visitor.sees(f"Register: {EVENT}")
        visitor.reads("Nora New")

    @pytest.mark.parametrize("way", [DESKTOP], ids=["desktop"])
    def test_is_typed_with_the_keyboard_alone(self, visitor: Visitor) -> None:
        _opens_register(visitor)
        visitor.follow("Type up a sheet that people signed")
        visitor.sees("Type up a sign-in sheet")
        first, second = _unmarked(visitor, 2)
        first.get_by_label("Not marked").focus()
        for row in (first, second):
            visitor.tab_to(row.get_by_label("Not marked"))
            visitor.page.keyboard.press("ArrowDown")
            expect(row.get_by_label("Signed")).to_be_checked()


class TestMeetingList:
    def test_a_list_is_looked_over_and_applied(self, visitor: Visitor) -> None:
        _opens_register(visitor)
        rows = visitor.page.locator(".reg[data-state=not_recorded] b")
        known, other = rows.nth(0).inner_text(), rows.nth(1).inner_text()
        visitor.follow("Use the list of an online meeting")
        visitor.sees("Use the list of an online meeting")
        visitor.press("Look at the list")
        visitor.sees("Use the list of an online meeting")
        visitor.reads("Choose the file that the meeting gave you")
        lines = (f'"{known} (Guest)",58', "A tablet,57", "Olive Organiser,60", f'"{other}",5')
        content = "\r\n".join(("Name (Original Name),Duration (Minutes)", *lines))
        visitor.page.get_by_label("The meeting’s list (CSV)").set_input_files(
            {"name": "list.csv", "mimeType": "text/csv", "buffer": content.encode("utf-8-sig")}
        )
        visitor.press("Look at the list")
        visitor.sees("Look over the meeting’s list")
        visitor.reads("On the list and on the register: 2")
        group = visitor.page.get_by_role("group", name=known)
        expect(group.get_by_label("Attended online")).to_be_checked()
        part = visitor.page.get_by_role("group", name=other)
        expect(part.get_by_label("Attended part")).to_be_checked()
        visitor.press("Mark these people")
        visitor.sees("Close the register")
        visitor.reads("2 people marked from the list.")
