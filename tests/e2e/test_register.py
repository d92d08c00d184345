"""A register is taken where the line is bad, and by two people at once: no mark is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Route, expect

from tests.e2e.conftest import NewVisitor
from tests.support.visitor import PHONE, Visitor

EP = "ep@demo.example"
LEAD = "lead@demo.example"
EVENT = "Heather cluster: what we will try next"
KEPT = "not saved yet"
COUNTED = "not saved yet, kept on this device and sent when the connection is back"
KEEPS_MARKS = "Object.keys(localStorage).some((key) => key.startsWith('marks '))"
ELSEWHERE = "Marks you made on this device are not saved yet."


def _opens_register(new_visitor: NewVisitor) -> Visitor:
    ep = new_visitor(PHONE)
    ep.tolerate("net::ERR_INTERNET_DISCONNECTED", "htmx:")
    ep.open("/")
    ep.sign_in(EP)
    ep.sees("Home")
    ep.follow(EVENT)
    ep.sees(f"Register: {EVENT}")
    return ep


def _unmarked(ep: Visitor, count: int) -> list[Locator]:
    """So many rows without a mark, wherever they then stand."""
    rows = ep.page.locator(".reg[data-state=not_recorded]")
    ids = [rows.nth(number).get_attribute("id") for number in range(count)]
    return [ep.page.locator(f"#{id_}") for id_ in ids]


def _tap(row: Locator) -> None:
    row.get_by_role("button").first.click()


def _choose(row: Locator, kind: str) -> None:
    row.locator("summary").click()
    row.get_by_role("button", name=kind).click()


@contextmanager
def _cut_off(ep: Visitor) -> Iterator[None]:
    ep.context.set_offline(True)
    yield
    ep.context.set_offline(False)


def _count(ep: Visitor) -> int:
    return int(ep.page.locator("#register-count").inner_text().split()[0])


class TestConnection:
    def test_a_slip_is_taken_back_and_nothing_stays_behind(self, new_visitor: NewVisitor) -> None:
        ep = _opens_register(new_visitor)
        row, other = _unmarked(ep, 2)
        with ep.stays_on_page():
            for state in ("in_person", "not_recorded", "in_person"):
                _tap(row)
                expect(row).to_have_attribute("data-state", state)
            _tap(other)
            expect(other).to_have_attribute("data-state", "in_person")
            assert not ep.page.evaluate(KEEPS_MARKS)
        ep.open("/events")
        ep.sees("Events")
        expect(ep.main).not_to_contain_text(ELSEWHERE)


def _wait_until(ep: Visitor, holds: Callable[[], bool]) -> None:
    for _ in range(300):
        if holds():
            return
        ep.page.evaluate("window.dispatchEvent(new Event('online'))")
        ep.page.wait_for_timeout(100)
    raise AssertionError("it never came to that")


class TestLostConnection:
    def test_marks_wait_and_are_sent_by_themselves(self, new_visitor: NewVisitor) -> None:
        ep = _opens_register(new_visitor)
        before = _count(ep)
        first, second, third = _unmarked(ep, 3)
        with ep.stays_on_page():
            with _cut_off(ep):
                for number, row in enumerate((first, second), start=1):
                    _tap(row)
                    expect(row).to_contain_text(f"Here: {KEPT}")
                    ep.reads(f"{number} {'mark' if number == 1 else 'marks'} {COUNTED}")
                _tap(first)
                _choose(third, "Apologies")
                expect(third).to_contain_text(f"Apologies: {KEPT}")
                _choose(second, "Attended part")
                expect(second).to_contain_text(f"Attended part: {KEPT}")
                ep.reads("3 marks not saved yet")
                assert _count(ep) == before
                ep.follow("Close the register")
                expect(ep.page.locator("#warn-unsaved")).to_be_visible()
                expect(first.locator(".not-saved")).to_be_focused()
                ep.check()
            expect(ep.main).not_to_contain_text("not saved")
            expect(first).to_have_attribute("data-state", "in_person")
            expect(second).to_have_attribute("data-state", "part")
            expect(third).to_contain_text("Apologies")
            assert _count(ep) == before + 3
        ep.follow("Close the register")
        ep.sees("Close the register")

    def test_marks_wait_while_the_host_says_that_there_is_no_site(
        self, new_visitor: NewVisitor
    ) -> None:
        ep = _opens_register(new_visitor)
        ep.tolerate("404")
        (row,) = _unmarked(ep, 1)
        away = "**/register"
        with _cut_off(ep):
            _tap(row)
            expect(row).to_contain_text(KEPT)
            ep.page.route(away, lambda route: route.fulfill(status=404, body="<h1>No site</h1>"))
        with ep.page.expect_response(away) as answer:
            ep.page.evaluate("window.dispatchEvent(new Event('online'))")
        assert answer.value.status == 404
        expect(row).to_contain_text(KEPT)
        assert ep.page.evaluate(KEEPS_MARKS)
        ep.page.unroute(away)
        ep.page.evaluate("window.dispatchEvent(new Event('online'))")
        expect(row).to_have_attribute("data-state", "in_person")

    def test_only_a_tap_counts_as_somebody_there(self, new_visitor: NewVisitor) -> None:
        """What the page sends again by itself must keep nobody signed in."""
        ep = _opens_register(new_visitor)
        ep.tolerate("403")
        (row,) = _unmarked(ep, 1)
        by_itself: list[bool] = []

        def refuse(route: Route) -> None:
            by_itself.append(route.request.headers.get("x-poll") == "1")
            route.fulfill(status=403, body="<h1>No</h1>")

        ep.page.route("**/register", refuse)
        _tap(row)
        ep.reads("We cannot save them yet.")
        _wait_until(ep, lambda: by_itself[:2] == [False, True])
        _choose(row, "Attended part")
        # Once more a tap is sent, and whatever follows it by itself.
        _wait_until(ep, lambda: by_itself.count(False) == 2 and by_itself[-1])
        ep.page.unroute("**/register")
        ep.page.evaluate("window.dispatchEvent(new Event('online'))")
        expect(row).to_have_attribute("data-state", "part")

    def test_marks_outlive_the_tab(self, new_visitor: NewVisitor) -> None:
        ep = _opens_register(new_visitor)
        (row,) = _unmarked(ep, 1)
        id_ = row.get_attribute("id")
        with _cut_off(ep):
            _tap(row)
            expect(row).to_contain_text(KEPT)
            ep.page.close()
        ep.page = ep.context.new_page()
        ep.open("/events")
        ep.sees("Events")
        ep.reads(ELSEWHERE)
        ep.follow("Open the register to send them")
        expect(ep.page.locator(f"#{id_}")).to_have_attribute("data-state", "in_person")
        ep.open("/")
        ep.sees("Home")
        expect(ep.main).not_to_contain_text(ELSEWHERE)

    def test_marks_wait_for_a_new_sign_in(self, new_visitor: NewVisitor) -> None:
        ep = _opens_register(new_visitor)
        ep.tolerate("Response Status Error Code 401")
        (row,) = _unmarked(ep, 1)
        id_ = row.get_attribute("id")
        ep.site.end_sign_ins(EP)
        _tap(row)
        ep.sign_in(EP)
        expect(ep.page.locator(f"#{id_}")).to_have_attribute("data-state", "in_person")
        (row,) = _unmarked(ep, 1)
        id_ = row.get_attribute("id")
        with _cut_off(ep):
            _tap(row)
            expect(row).to_contain_text(KEPT)
            ep.site.end_sign_ins(EP)
        ep.reads("We cannot save them yet.")
        ep.follow("Reload this page")
        ep.sign_in(EP)
        expect(ep.page.locator(f"#{id_}")).to_have_attribute("data-state", "in_person")
        expect(ep.main).not_to_contain_text("not saved")


class TestTwoPeople:
    def test_a_register_closed_meanwhile_says_which_marks_it_did_not_take(
        self, new_visitor: NewVisitor
    ) -> None:
        ep = _opens_register(new_visitor)
        address = ep.page.url
        (row,) = _unmarked(ep, 1)
        lead = new_visitor(PHONE)
        lead.open("/")
        lead.sign_in(LEAD)
        lead.sees("Home")
        with _cut_off(ep):
            _tap(row)
            expect(row).to_contain_text(KEPT)
            ep.page.close()
            lead.open(f"{address}/close")
            lead.press("Close the register")
        ep.page = ep.context.new_page()
        ep.open(address)
        ep.reads("Your mark “Here” was not saved. This register is closed.")
        ep.check()
        ep.open("/events")
        expect(ep.main).not_to_contain_text(ELSEWHERE)

    def test_what_somebody_else_marked_meanwhile_stands(self, new_visitor: NewVisitor) -> None:
        ep = _opens_register(new_visitor)
        row, other = _unmarked(ep, 2)
        id_ = row.get_attribute("id")
        lead = new_visitor(PHONE)
        lead.open("/")
        lead.sign_in(LEAD)
        lead.sees("Home")
        lead.open(ep.page.url)
        with _cut_off(ep):
            _tap(row)
            _tap(other)
            expect(other).to_contain_text(KEPT)
            theirs = lead.page.locator(f"#{id_}")
            _choose(theirs, "Apologies")
            expect(theirs).to_have_attribute("data-state", "apologies")
        expect(row).to_contain_text("Your mark “Here” was not saved. Marked as apologies by")
        expect(row).to_have_attribute("data-state", "apologies")
        expect(other).to_have_attribute("data-state", "in_person")
        ep.check()
        _tap(row)
        expect(row).to_have_attribute("data-state", "in_person")
