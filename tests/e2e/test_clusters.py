"""The lead plans clusters by keyboard alone, and a SENCO finds whom to ask in one tap."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Locator, expect

from tests.support.visitor import NO_SCRIPT, Visitor

LEAD, SENCO = "lead@demo.example", "senco@demo.example"
FROM, TO, TOWN = "Heather cluster", "Rowan cluster", "Larkton"


class TestPlanByKeyboard:
    def test_two_schools_are_moved_from_a_day_and_taken_back(self, visitor: Visitor) -> None:
        visitor.open("/clusters/plan")
        visitor.sign_in(LEAD)
        visitor.sees("Plan who is in which cluster")
        _type(visitor, visitor.page.get_by_label("Name, town or URN"), TOWN)
        visitor.page.keyboard.press("Enter")
        here = visitor.main.locator("details[open]").filter(has_text=FROM)
        expect(here).to_be_visible()
        boxes = here.get_by_role("checkbox")
        for number in (0, 1):
            _press(visitor, boxes.nth(number), "Space")
            expect(boxes.nth(number)).to_be_checked()
        _type(visitor, visitor.page.get_by_label("Move the ticked schools to"), TO)
        _press(visitor, _button(visitor, "Put them in the plan"), "Enter")
        visitor.reads("In the plan: 2 schools", f"from {FROM} to {TO}")
        visitor.check()

        day = date.today() + timedelta(days=30)
        for part, value in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
            _type(visitor, visitor.page.get_by_label(part, exact=True), str(value))
        _press(visitor, _button(visitor, "Save the plan"), "Enter")
        visitor.reads("Saved, and still ahead")
        expect(visitor.page.get_by_text(re.compile("^Saved: 2 schools from"))).to_be_visible()
        visitor.check()

        _press(visitor, _button(visitor, re.compile("^Take it back")), "Enter")
        expect(visitor.page.get_by_text(re.compile("Taken back"))).to_be_visible()
        expect(visitor.main).not_to_contain_text("Saved, and still ahead")


class TestTeamAround:
    @pytest.mark.parametrize("way", [NO_SCRIPT], ids=["no-script"])
    def test_a_senco_finds_whom_to_ring_from_home(self, visitor: Visitor) -> None:
        visitor.open("/")
        visitor.sign_in(SENCO)
        visitor.sees("Home")
        visitor.follow("Team Around the School")
        team = visitor.page.get_by_role("region", name="Team Around the School")
        expect(team).to_be_in_viewport()
        expect(team.locator("a[href^='tel:']").first).to_be_visible()
        expect(team).not_to_contain_text("Nobody is named")
        visitor.check()


def _button(visitor: Visitor, name: str | re.Pattern[str]) -> Locator:
    return visitor.main.get_by_role("button", name=name, exact=isinstance(name, str)).first


def _press(visitor: Visitor, target: Locator, key: str) -> None:
    visitor.tab_to(target)
    visitor.page.keyboard.press(key)


def _type(visitor: Visitor, target: Locator, text: str) -> None:
    visitor.tab_to(target)
    visitor.page.keyboard.type(text)
