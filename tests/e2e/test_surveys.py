"""A SENCO answers on a phone between lessons; the lead reads what may be shown."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.support.visitor import ON_THE_MOVE, PHONE, Visitor, Way

WAYS = ON_THE_MOVE

SENCO, EP, LEAD = "senco@demo.example", "ep@demo.example", "lead@demo.example"
LINE = "Keep the small groups."


class TestAnswering:
    def test_senco_answers_from_home(self, visitor: Visitor) -> None:
        visitor.open("/")
        visitor.sign_in(SENCO)
        visitor.sees("Home")
        visitor.reads("A survey to answer", "Under two minutes.")
        visitor.page.locator("#own_surveys").get_by_role("link").first.click()
        title = visitor.page.get_by_role("heading", level=1).inner_text()
        visitor.sees(title)
        visitor.reads("Your answers are confidential")
        _answer_all(visitor)
        visitor.sees("You have answered. Thank you")
        visitor.page.go_back()
        visitor.page.reload()
        visitor.sees("You have answered. Thank you")
        visitor.follow("Home")
        visitor.sees("Home")
        expect(visitor.main).not_to_contain_text("A survey to answer")


def _answer_all(visitor: Visitor) -> None:
    for group in visitor.main.get_by_role("group").all():
        group.get_by_role("radio").nth(3).check()
    visitor.page.get_by_role("textbox").fill(LINE)
    visitor.press("Finish")


class TestAfterARegister:
    def test_who_came_is_asked_by_a_link_that_needs_no_sign_in(
        self, new_visitor: NewVisitor, way: Way
    ) -> None:
        ep = new_visitor(way)
        ep.open("/")
        ep.sign_in(EP)
        ep.sees("Home")
        ep.follow("Heather cluster: what we will try next")
        ep.follow("Close the register")
        ep.sees("Close the register")
        ep.press("Close the register")
        ep.reads("The register is closed.")

        asked = new_visitor(PHONE if way.scripts else way)
        asked.open(_find_link(ep.site.send_mail()))
        asked.reads("Heather cluster: what we will try next")
        asked.check()
        _answer_all(asked)
        asked.sees("You have answered. Thank you")
        asked.open("/")
        asked.sees("Sign in")


def _find_link(messages: list[str]) -> str:
    """The path of the personal link in one of the messages that ask."""
    for message in messages:
        found = re.search(r"/s/[\w-]{20,}", message)
        if found:
            return found.group()
    raise AssertionError(f"none of {len(messages)} messages asks anybody")


class TestResults:
    def test_lead_reads_totals_and_never_a_name(self, visitor: Visitor) -> None:
        visitor.open("/surveys")
        visitor.sign_in(LEAD)
        visitor.sees("Surveys")
        visitor.follow(re.compile("Strategic priorities for SENCOs"))
        visitor.sees(re.compile("^Results:"))
        visitor.reads("41 of ", "26 of 41", "27 of 41", "41 of 41")
        expect(visitor.main).not_to_contain_text("SENCO, ")
