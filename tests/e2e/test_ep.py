"""An EP takes a register at the door of a room."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.e2e.conftest import NewVisitor
from tests.support.visitor import DESKTOP, ON_THE_MOVE, Visitor

WAYS = ON_THE_MOVE

EP = "ep@demo.example"
REGISTER = "Register: Heather cluster: what we will try next"
WALK_IN = "Teacher, Oak Hill Primary"


class TestRegister:
    def test_ep_marks_people_adds_one_and_closes(self, visitor: Visitor) -> None:
        visitor.open("/")
        visitor.sign_in(EP)
        visitor.sees("Home")
        visitor.reads("Register to close", "Heather cluster", "Rowan cluster")
        visitor.follow("Heather cluster: what we will try next")
        visitor.sees(REGISTER)
        here = visitor.page.get_by_role("navigation", name="Site").locator("[aria-current]")
        expect(here).to_have_text("Events")

        marked, total = _count(visitor)
        assert 0 < marked < total
        with visitor.stays_on_page():
            for number in (1, 2):
                _mark_next(visitor)
                _expect_count(visitor, marked + number, total)
        visitor.sees(REGISTER)
        _mark_from_menu(visitor)
        _expect_count(visitor, marked + 3, total)

        _search(visitor)
        _add_walk_in(visitor)
        _expect_count(visitor, marked + 4, total + 1)
        visitor.reads("Added at the door", WALK_IN)
        _close(visitor)

    def test_keyboard_alone_is_enough(self, new_visitor: NewVisitor) -> None:
        ep = new_visitor(DESKTOP)
        ep.open("/")
        ep.sees("Sign in")
        ep.tab_to(ep.page.get_by_label("Email address"))
        ep.page.keyboard.type(EP)
        ep.tab_to(ep.page.get_by_label("Password", exact=True))
        ep.page.keyboard.type("demonstration")
        ep.page.keyboard.press("Enter")
        ep.sees("Home")

        ep.page.keyboard.press("Tab")
        ep.has_focus_on(ep.page.get_by_role("link", name="Skip to main content"))
        ep.page.keyboard.press("Enter")
        ep.tab_to(ep.page.get_by_role("link", name="Heather cluster: what we will try next"))
        ep.page.keyboard.press("Enter")
        ep.sees(REGISTER)

        marked, total = _count(ep)
        row = _unmarked_row(ep)
        name = row.locator("b").inner_text()
        ep.tab_to(_unmarked(ep).first)
        with ep.stays_on_page():
            ep.page.keyboard.press("Space")
            _expect_count(ep, marked + 1, total)
        here = ep.page.get_by_role("button", name=re.compile(f"^Here.*{name}$"))
        ep.has_focus_on(here)
        expect(here).to_have_attribute("aria-pressed", "true")
        ep.hears(f"{name}: Attended in person. {marked + 1} of {total} marked.")

        ep.tab_to(ep.page.get_by_role("link", name="Close the register"))
        ep.page.keyboard.press("Enter")
        ep.sees("Close the register")
        ep.tab_to(ep.page.get_by_role("button", name="Close the register"))
        ep.page.keyboard.press("Enter")
        ep.sees(REGISTER)
        ep.reads("The register is closed.")


def _count(ep: Visitor) -> tuple[int, int]:
    text = ep.page.locator("#register-count").inner_text()
    found = re.fullmatch(r"(\d+) of (\d+) marked", text)
    assert found, text
    return int(found[1]), int(found[2])


def _expect_count(ep: Visitor, marked: int, total: int) -> None:
    expect(ep.page.locator("#register-count")).to_have_text(f"{marked} of {total} marked")


def _unmarked(ep: Visitor) -> Locator:
    return ep.page.get_by_role("button", name=re.compile("^Mark here"))


def _unmarked_row(ep: Visitor) -> Locator:
    return ep.page.get_by_role("listitem").filter(has=_unmarked(ep)).first


def _mark_next(ep: Visitor) -> None:
    _unmarked(ep).first.click()


def _mark_from_menu(ep: Visitor) -> None:
    """A kind that is not on the big button sits one level down."""
    row = _unmarked_row(ep)
    name = row.locator("b").inner_text()
    row.locator("summary").click()
    ep.press(re.compile("^Apologies"), within=row)
    expect(ep.page.get_by_role("listitem").filter(has_text=name).first).to_contain_text("Apologies")
    ep.sees(REGISTER)


def _search(ep: Visitor) -> None:
    people = ep.page.locator("#people")
    with ep.stays_on_page():
        ep.fill("Find by name or school", "nobody of this name")
        ep.without_scripts_press("Find")
        expect(people).to_contain_text("Nobody matches")
    ep.sees(REGISTER)
    ep.follow("Show everyone")
    expect(people).not_to_contain_text("Nobody matches")


def _add_walk_in(ep: Visitor) -> None:
    ep.follow("Add someone who isn’t listed")
    ep.sees("Add someone who isn’t listed")
    ep.fill("Name", WALK_IN)
    with ep.stays_on_page():
        ep.fill("School", "oak hill")
        ep.without_scripts_press("Find school")
        ep.page.get_by_role("radio", name=re.compile("Oak Hill Primary")).check()
    ep.page.get_by_label("Role", exact=True).select_option("Teacher")
    ep.sees("Add someone who isn’t listed")
    ep.press("Add and mark here")
    ep.sees(REGISTER)


def _close(ep: Visitor) -> None:
    ep.follow("Close the register")
    ep.sees("Close the register")
    ep.page.get_by_role("checkbox").check()
    ep.press("Close the register")
    ep.sees(REGISTER)
    ep.reads("The register is closed.", "Did not attend")
    expect(_unmarked(ep)).to_have_count(0)
    ep.follow("Home")
    ep.sees("Home")
    expect(ep.main).not_to_contain_text("Register to close")
