"""The register taken in, a list frozen, both in the record; somebody erased; a time of keeping."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.factories.register import make_row, write_register
from tests.support.visitor import Visitor, Way

ADMIN, LEAD, STAFF = "admin@demo.example", "lead@demo.example", "staff@demo.example"
NEW_SCHOOL = "Rowan Gate Primary"
LOOKED_OVER = "What register.csv would change"


class TestSafekeeping:
    def test_register_list_and_record(
        self, new_visitor: NewVisitor, way: Way, tmp_path: Path
    ) -> None:
        admin = new_visitor(way)
        admin.open("/schools/register")
        admin.sign_in(ADMIN)
        _take_in(admin, tmp_path)
        lead = new_visitor(way)
        _freeze(lead)
        _read_the_record(admin)


def _take_in(admin: Visitor, folder: Path) -> None:
    """A new school, and a line that can't be read."""
    rows = make_row(NEW_SCHOOL, urn="819999"), make_row(urn="1")
    admin.sees("Take in the schools register")
    admin.fill("Local authority code", "999")
    admin.page.locator("input[type=file]").set_input_files(
        write_register(folder / "register.csv", *rows)
    )
    admin.press("Look at the differences")
    admin.sees(LOOKED_OVER)
    admin.reads("Nothing is written yet.", NEW_SCHOOL, "Line 3")
    admin.press("Take it in")
    admin.sees(LOOKED_OVER)
    admin.reads("There is a problem", "1 row is refused, on line 3, so nothing was written")
    admin.has_focus_on(admin.page.locator(".govuk-error-summary"))
    admin.page.get_by_label("Leave out the lines that are refused").check()
    admin.press("Take it in")
    admin.sees("Take in the schools register")
    admin.reads("The file is taken in.", "register.csv", "1 new")


def _freeze(lead: Visitor) -> None:
    """Each page of it is looked at in the lead's own journeys."""
    lead.open("/scopes/new")
    lead.sign_in(LEAD)
    lead.fill("Name of the list", "Secondary schools")
    lead.page.get_by_label("Secondary", exact=True).check()
    lead.press("Check the list")
    lead.press("Freeze this list")
    lead.reads("Secondary schools is frozen.")


def _read_the_record(admin: Visitor) -> None:
    rows = admin.page.locator("tbody tr")
    admin.follow("Changes")
    admin.sees("Record of changes")
    admin.page.get_by_label("What", exact=True).select_option("List of schools")
    admin.without_scripts_press("Search")
    expect(rows.first).to_contain_text("Frozen")
    admin.reads("List of schools: Secondary schools", "Inclusion lead")

    admin.page.get_by_label("What", exact=True).select_option("School")
    admin.without_scripts_press("Search")
    expect(rows.first).to_contain_text("Imported")
    rows.first.get_by_role("link", name="All its changes").click()
    expect(rows).to_have_count(1)
    admin.reads(f"School: {NEW_SCHOOL}")

    admin.open("/people")
    with admin.page.expect_download():
        admin.follow(re.compile("CSV"))
    admin.open("/changes")
    admin.page.get_by_label("What", exact=True).select_option("Files taken by")
    admin.without_scripts_press("Search")
    expect(rows).to_have_count(1)
    admin.reads("Exported", re.compile(r"people \d{4}-\d\d-\d\d\.csv"))


class TestForgetting:
    def test_who_asks_is_erased_and_can_come_in_no_more(
        self, new_visitor: NewVisitor, way: Way
    ) -> None:
        staff, admin = new_visitor(way), new_visitor(way)
        _ask_to_be_forgotten(staff)
        admin.open("/")
        admin.sign_in(ADMIN)
        admin.sees("Home")
        _look_at_the_request(admin)
        _erase(admin)
        staff.open("/")
        staff.sees("Sign in")

    def test_a_time_of_keeping_is_looked_at_before_it_is_saved(self, visitor: Visitor) -> None:
        visitor.open("/retention")
        visitor.sign_in(ADMIN)
        visitor.sees("How long things are kept")
        line = visitor.page.get_by_role("row").filter(has_text="Email we sent")
        expect(line).to_contain_text("90 days")
        visitor.follow(re.compile("Change"), within=line)

        visitor.sees("Change how long something is kept")
        visitor.fill("How many days", "3")
        visitor.press("See what would end")
        visitor.reads("There is a problem", "30")
        visitor.fill("How many days", "60")
        visitor.press("See what would end")
        visitor.sees("Change how long something is kept")
        visitor.reads("With 60 days, no records would end in the next run.")
        visitor.press("Save")
        visitor.sees("How long things are kept")
        expect(line).to_contain_text("60 days")


def _ask_to_be_forgotten(staff: Visitor) -> None:
    staff.open("/account/forget-me")
    staff.sign_in(STAFF)
    staff.sees("Ask to be forgotten")
    staff.press("Ask to be forgotten")
    staff.reads("An administrator will see to it within one month")


def _look_at_the_request(admin: Visitor) -> None:
    admin.follow(re.compile("1 person asks to be forgotten"))
    admin.sees("Requests to be forgotten")
    admin.reads(STAFF)
    admin.follow(re.compile("^Answer without erasing"))
    admin.sees(re.compile("^Answer"))
    admin.page.go_back()
    admin.follow(re.compile("^See what erasing does"))


def _erase(admin: Visitor) -> None:
    admin.sees(re.compile("^Erase "))
    admin.reads("What goes", "What stays", "What is replaced in what others wrote")
    admin.press("Erase this person")
    admin.sees(re.compile("^Erase "))
    admin.reads("There is a problem", "Tick the box if you are sure")
    admin.page.get_by_label("I have checked that this is the right person").check()
    admin.press("Erase this person")
    admin.sees("Removed person")
    admin.reads("They are erased. No figure has changed.")
    assert STAFF not in admin.page.content()
