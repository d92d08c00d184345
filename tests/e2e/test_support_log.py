"""An assistant EP logs support, the EP countersigns it, and a SENCO sees what was agreed."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.support.visitor import DESKTOP, ON_THE_MOVE, PHONE, Visitor, Way

WAYS = ON_THE_MOVE

ASEP, EP, SENCO = "asep@demo.example", "ep@demo.example", "senco@demo.example"
AGREED = "Each school tries one visual timetable until the next meeting."
WANTED = "Say by when."
MENDED = "Each school tries one visual timetable until Friday of next week."
ACTION = "Send the timetable template"
PUPIL = "We spoke about Jordan, Year 4, and what helps."


class TestSupport:
    def test_asep_logs_and_ep_countersigns(self, new_visitor: NewVisitor, way: Way) -> None:
        asep = new_visitor(way)
        asep.open("/support")
        asep.sign_in(ASEP)
        asep.sees("Support log")
        _log(asep)
        asep.sees(re.compile("Transitions"))
        asep.reads("Logged. It waits for an EP to countersign it.", "To countersign", ACTION)

        ep = new_visitor(way)
        ep.open("/")
        ep.sign_in(EP)
        _open_what_waits(ep)
        ep.reads(AGREED)
        ep.fill("Comment for your colleague (optional)", WANTED)
        ep.press("Send back")
        ep.sees(re.compile("Transitions"))
        ep.reads("Sent back. Your colleague is told by email.")

        _mend(asep)
        asep.reads("Logged. It waits for an EP to countersign it.", MENDED)

        ep.follow("Home")
        _open_what_waits(ep)
        ep.reads(MENDED)
        ep.press("Countersign")
        ep.sees(re.compile("Transitions"))
        ep.reads("Countersigned. The schools it names can read it now.")

    def test_names_of_pupils_are_pointed_out_before_anything_is_saved(
        self, new_visitor: NewVisitor
    ) -> None:
        asep = new_visitor(DESKTOP)
        asep.open("/support/new")
        asep.sign_in(ASEP)
        asep.sees("Log support")
        _fill_form(asep, PUPIL)
        asep.press("Log it")
        asep.reads("There is a problem")
        asep.sees("Log support")
        expect(asep.page.get_by_label("What was agreed", exact=True)).to_have_value(PUPIL)
        expect(asep.page.get_by_label("Contact", exact=True)).to_have_value("45")


def _open_what_waits(ep: Visitor) -> None:
    """From home: what was logged today is the last of the entries that wait."""
    ep.sees("Home")
    waiting = ep.main.get_by_role("listitem").filter(has_text="Entry to countersign")
    waiting.get_by_role("link", name=re.compile("^Transitions, ")).last.click()
    ep.sees(re.compile("Transitions"))


def _mend(asep: Visitor) -> None:
    asep.follow("Home")
    asep.sees("Home")
    back = asep.main.get_by_role("listitem").filter(has_text="Entry sent back to you")
    back.get_by_role("link").last.click()
    asep.sees(re.compile("Transitions"))
    asep.reads("Sent back", WANTED)
    asep.follow("Edit")
    asep.sees("Edit this entry")
    asep.fill("What was agreed", MENDED)
    asep.press("Save and send again")
    asep.sees(re.compile("Transitions"))


def _log(asep: Visitor) -> None:
    asep.follow("Log support")
    asep.sees("Log support")
    _fill_form(asep, AGREED)
    asep.fill("Action 1", ACTION)
    if asep.way.scripts:
        # It saves itself while one types: closing the page now would lose nothing.
        expect(asep.page.locator("#draft_status")).to_contain_text("Saved as a draft")
    asep.check()
    asep.press("Log it")


def _fill_form(asep: Visitor, agreed: str) -> None:
    asep.page.get_by_label(re.compile(r"^All \d+ schools of the cluster$")).check()
    asep.page.get_by_label("Kind of support").select_option("Cluster meeting")
    asep.page.get_by_label("Theme").select_option("Transitions")
    asep.fill("Contact", "45")
    asep.fill("What was agreed", agreed)


class TestSenco:
    def test_senco_reads_what_was_agreed_and_marks_an_action_done(self, visitor: Visitor) -> None:
        visitor.open("/")
        visitor.sign_in(SENCO)
        visitor.sees("Home")
        visitor.reads("Agreed actions")
        visitor.follow("Agreed with us")
        visitor.sees("Agreed with us")
        button = visitor.page.get_by_role("button", name=re.compile("^Mark done")).first
        what = " ".join((button.text_content() or "").partition(":")[2].split())
        with visitor.stays_on_page():
            button.click()
            if visitor.way.scripts:
                named = re.compile(f"^Undo.*{re.escape(what)}$")
                expect(visitor.page.get_by_role("button", name=named)).to_be_visible()
            else:
                visitor.reads(f"Done: {what}")
        visitor.hears(f"Done: {what}")
        visitor.sees("Agreed with us")
        visitor.follow("Home")
        visitor.sees("Home")
        expect(visitor.main).not_to_contain_text(what)


class TestBadSignal:
    def test_a_form_is_held_while_the_line_is_dead_and_sent_when_it_is_back(
        self, new_visitor: NewVisitor
    ) -> None:
        asep = new_visitor(PHONE)
        asep.tolerate("ERR_INTERNET_DISCONNECTED")
        asep.open("/support/new")
        asep.sign_in(ASEP)
        asep.sees("Log support")
        _fill_form(asep, AGREED)
        asep.context.set_offline(True)
        asep.press("Log it")
        note = asep.page.locator("#held-back")
        expect(note).to_contain_text("nothing was sent")
        expect(note).to_be_focused()
        asep.context.set_offline(False)
        # The button takes no second press within a second of the first.
        asep.page.wait_for_timeout(1100)
        asep.press("Log it")
        asep.sees(re.compile("Transitions"))
        asep.reads(AGREED)

    def test_the_last_words_are_kept_when_the_page_is_left_at_once(
        self, new_visitor: NewVisitor
    ) -> None:
        asep = new_visitor(PHONE)
        asep.open("/support/new")
        asep.sign_in(ASEP)
        asep.sees("Log support")
        agreed = asep.page.get_by_label("What was agreed", exact=True)
        agreed.fill(AGREED)
        expect(asep.page.locator("#draft_status")).to_contain_text("Saved as a draft")
        agreed.press_sequentially(" And one thing more.")
        asep.open("/support")
        asep.sees("Support log")
        asep.follow(re.compile("^Each school tries"))
        expect(agreed).to_have_value(f"{AGREED} And one thing more.")
