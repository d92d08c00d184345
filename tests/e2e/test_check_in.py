"""At the door: people check in by a code, somebody new is added in seconds, the register closes."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Locator, expect

from tests.e2e.conftest import NewVisitor
from tests.support.demonstration import Site
from tests.support.visitor import DESKTOP, ON_THE_MOVE, PHONE, Visitor, Way

WAYS = ON_THE_MOVE
LEAD, SENCO, EP = "lead@demo.example", "senco@demo.example", "ep@demo.example"
NETWORK = "SENCO network: from plan to practice"
CLUSTER = "Heather cluster: what we will try next"
# How long somebody looks for what to tap next, and types a letter: no faster than people are.
LOOKS, TYPES = 1.0, 0.2
NEW = "New teacher"


def _shows_code(new_visitor: NewVisitor, way: Way, session_id: int) -> Visitor:
    """The lead, on the page with the code in use."""
    lead = new_visitor(way)
    lead.page.clock.install()
    lead.open(f"/sessions/{session_id}/register")
    lead.sign_in(LEAD)
    lead.sees(f"Register: {NETWORK}")
    lead.page.get_by_text("Other ways to fill it in").click()
    lead.follow("Show a check-in code")
    lead.sees(f"Check in: {NETWORK}")
    lead.press("Make a code")
    lead.sees(f"Check in: {NETWORK}")
    lead.reads("Nobody has checked in by code yet")
    return lead


def _code(lead: Visitor) -> str:
    return lead.page.locator(".check-in__code").inner_text()


def _row(lead: Visitor, session_id: int) -> Locator:
    """The SENCO's own, of the demonstration's first school."""
    lead.open(f"/sessions/{session_id}/register")
    lead.sees(f"Register: {NETWORK}")
    return lead.page.get_by_role("listitem").filter(has_text="SENCO, Alder Lane Primary").first


class TestCheckIn:
    def test_a_senco_checks_in_and_staff_correct_it(
        self, new_visitor: NewVisitor, site: Site, way: Way
    ) -> None:
        session_id = site.hold_now(NETWORK)
        lead = _shows_code(new_visitor, DESKTOP if way.scripts else way, session_id)
        code = _code(lead)
        senco = new_visitor(way)
        senco.open("/here")
        senco.sign_in(SENCO)
        senco.sees("Check in")
        senco.fill("Code", "CCC CCC")
        senco.press("I am here")
        senco.sees("Check in")
        senco.reads("That code is not right")
        senco.fill("Code", code.lower().replace(" ", " - "))
        senco.press("I am here")
        senco.sees("You are marked here")
        senco.reads(NETWORK, "Attended in person")
        senco.open(f"/here/{code.replace(' ', '')}")
        senco.sees("Check in")
        senco.press("I am here")
        senco.sees("You are marked here")
        senco.reads("You were marked here already.")

        if way.scripts:
            with lead.stays_on_page():
                lead.page.clock.fast_forward(21_000)
                lead.reads("1 person has checked in by code")
        else:
            lead.follow("Count again")
            lead.reads("1 person has checked in by code")
        lead.check()
        row = _row(lead, session_id)
        expect(row).to_contain_text("Checked in by code")
        row.get_by_role("button").first.click()
        expect(row).to_have_attribute("data-state", "not_recorded")
        expect(row).not_to_contain_text("Checked in by code")
        senco.open(f"/here/{code.replace(' ', '')}")
        senco.press("I am here")
        senco.sees("Check in")
        senco.reads("Your mark was taken back.")

    def test_a_new_code_stops_the_old_and_stopping_stops_it(
        self, new_visitor: NewVisitor, site: Site, way: Way
    ) -> None:
        lead = _shows_code(new_visitor, way, site.hold_now(NETWORK))
        first = _code(lead)
        lead.press("Make a new code")
        lead.sees(f"Check in: {NETWORK}")
        expect(lead.page.locator(".check-in__code")).not_to_have_text(first)
        lead.press("Stop the code")
        lead.sees(f"Check in: {NETWORK}")
        lead.reads("Nobody can check in by that code any more.", "Make a code")
        senco = new_visitor(way)
        senco.open(f"/here/{first.replace(' ', '')}")
        senco.sign_in(SENCO)
        senco.sees("Check in")
        expect(senco.page.get_by_label("Code")).to_have_value(first)
        senco.press("I am here")
        senco.reads("That code is not right")


class TestAMarkThatWaits:
    def test_meets_somebody_who_checked_in_meanwhile(
        self, new_visitor: NewVisitor, site: Site
    ) -> None:
        session_id = site.hold_now(NETWORK)
        lead = _shows_code(new_visitor, PHONE, session_id)
        lead.tolerate("net::ERR_INTERNET_DISCONNECTED", "htmx:")
        code = _code(lead)
        row = _row(lead, session_id)
        senco = new_visitor(PHONE)
        senco.open(f"/here/{code}")
        senco.sign_in(SENCO)
        lead.context.set_offline(True)
        row.locator("summary").click()
        row.get_by_role("button", name="Apologies").click()
        expect(row).to_contain_text("Apologies: not saved yet")
        senco.press("I am here")
        senco.sees("You are marked here")
        lead.context.set_offline(False)
        expect(row).to_contain_text("Your mark “Apologies” was not saved. Marked as attended in")
        expect(row).to_have_attribute("data-state", "in_person")
        expect(row).to_contain_text("Checked in by code")
        lead.check()


class Hand:
    """What one person does on a page, at a person's pace, counted."""

    def __init__(self, visitor: Visitor) -> None:
        self.page = visitor.page
        self.count = 0
        self.began = time.monotonic()

    def _does(self) -> None:
        self.count += 1
        time.sleep(LOOKS)

    def tap(self, target: Locator) -> None:
        self._does()
        target.click()

    def type(self, target: Locator, text: str) -> None:
        self._does()
        target.press_sequentially(text, delay=TYPES * 1000)

    def choose(self, target: Locator, label: str) -> None:
        self._does()
        target.select_option(label)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began


class TestWalkIn:
    def test_takes_at_most_6_interactions_and_30_seconds(self, visitor: Visitor) -> None:
        visitor.open("/")
        visitor.sign_in(EP)
        visitor.follow(CLUSTER)
        visitor.sees(f"Register: {CLUSTER}")
        page, hand = visitor.page, Hand(visitor)
        hand.tap(page.get_by_role("link", name="Add someone", exact=True))
        hand.type(page.get_by_label("Name", exact=True), NEW)
        hand.type(page.get_by_label("School", exact=True), "oak hill")
        if not visitor.way.scripts:
            hand.tap(page.get_by_role("button", name="Find school"))
        school = page.get_by_role("radio", name=re.compile("Oak Hill Primary"))
        expect(school).to_be_checked()
        hand.choose(page.get_by_label("Role", exact=True), "Teacher")
        hand.tap(page.get_by_role("button", name="Add and mark here"))
        added = page.get_by_role("listitem").filter(has_text=NEW)
        expect(added).to_have_attribute("data-state", "in_person")
        assert hand.count <= 6
        assert hand.seconds < 30
        visitor.sees(f"Register: {CLUSTER}")
        visitor.reads(f"{NEW} is added and marked here.")


class TestCloseAndReopen:
    def test_says_what_counts_and_asks_why(self, visitor: Visitor) -> None:
        visitor.open("/")
        visitor.sign_in(EP)
        visitor.follow(CLUSTER)
        visitor.sees(f"Register: {CLUSTER}")
        visitor.follow("Close the register")
        visitor.sees("Close the register")
        visitor.reads("not recorded")
        visitor.press("Close the register")
        visitor.sees(f"Register: {CLUSTER}")
        visitor.reads("What it says counts.", "Not recorded")
        expect(visitor.page.get_by_role("button", name=re.compile("^Mark here"))).to_have_count(0)
        visitor.follow("Open it again")
        visitor.press("Open the register again")
        visitor.reads("Say why the register needs to be opened again")
        visitor.check()
        visitor.fill("Why do you need to open it again?", "Two people signed on paper")
        visitor.press("Open the register again")
        visitor.sees(f"Register: {CLUSTER}")
        visitor.reads("The register is open again.")
        visitor.page.get_by_role("button", name=re.compile("^Mark here")).first.click()
        visitor.follow("Close the register")
        visitor.sees("Close the register")
