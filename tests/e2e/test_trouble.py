"""What goes wrong between a browser and the site, and what people then see."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.conftest import NewVisitor
from tests.support.visitor import DESKTOP, NO_SCRIPT, PHONE, Visitor, Way

SENCO = "senco@demo.example"
OF_TWO_SCHOOLS = "senco2@demo.example"
EP = "ep@demo.example"
PROVISION = "Ordinarily available provision: what to look for"
NETWORK = "SENCO network: next term’s priorities"
NOT_SAVED = "Not saved: there is no connection. Try again when it is back."


class TestScriptHost:
    """School networks block script hosts: refused at once, or left to hang."""

    def test_refused_leaves_it_to_the_local_copy(self, new_visitor: NewVisitor) -> None:
        senco = new_visitor(DESKTOP, lambda route: route.abort())
        senco.tolerate("net::ERR_FAILED")
        _book_by_htmx(senco)

    def test_hanging_leaves_it_to_the_local_copy(self, new_visitor: NewVisitor) -> None:
        hanging: list[Route] = []
        senco = new_visitor(DESKTOP, hanging.append)
        senco.tolerate("net::ERR_FAILED")
        started = time.monotonic()
        _book_by_htmx(senco)
        assert hanging, "the CDN was never asked"
        assert time.monotonic() - started > 3
        for route in hanging:
            route.abort()


def _book_by_htmx(senco: Visitor) -> None:
    """A refusal, then a booking, then the way back: all on one page."""
    page = senco.page
    page.goto("/sign-in?next=/events", wait_until="commit")
    page.get_by_label("Email address").fill(OF_TWO_SCHOOLS)
    page.get_by_label("Password", exact=True).fill("demonstration")
    senco.press("Sign in")
    listed = page.locator("#event_list")
    expect(listed).to_contain_text(PROVISION)
    senco.wait_for("!!window.htmx")
    with senco.stays_on_page():
        page.get_by_label("Kind").select_option("Induction")
        expect(listed).not_to_contain_text(PROVISION)
        page.evaluate("history.back()")
        expect(listed).to_contain_text(PROVISION)
    senco.follow(PROVISION)
    expect(page.get_by_role("heading", level=1)).to_have_text(PROVISION)
    senco.wait_for("!!window.htmx")
    with senco.stays_on_page():
        senco.press("Book a place")
        senco.reads("There is a problem")
        page.get_by_role("checkbox").first.check()
        senco.press("Book a place")
        senco.reads("You have a place")


class TestOvertaken:
    def test_a_newer_choice_takes_the_place_of_a_slow_one(self, new_visitor: NewVisitor) -> None:
        senco = new_visitor(DESKTOP)
        senco.open("/events")
        senco.sign_in(OF_TWO_SCHOOLS)
        senco.sees("Events")
        asked: list[str] = []
        broken_off: list[str] = []
        # The first choice is never answered.
        senco.page.route(
            re.compile(r"kind=induction"), lambda route: asked.append(route.request.url)
        )
        senco.page.on("requestfailed", lambda request: broken_off.append(request.url))

        kind = senco.page.get_by_label("Kind")
        listed = senco.page.locator("#event_list")
        with senco.stays_on_page():
            kind.select_option("Induction")
            kind.select_option("CPD session")
            expect(listed).not_to_contain_text(NETWORK)
            expect(listed).to_contain_text(PROVISION)
        assert len(asked) == 1
        assert broken_off == asked
        expect(senco.page).to_have_url(re.compile("kind=cpd"))
        senco.check()


class TestEndedSignIn:
    @pytest.mark.parametrize("way", [DESKTOP, NO_SCRIPT], ids=lambda way: way.name)
    def test_typed_text_comes_back_after_signing_in_again(
        self, new_visitor: NewVisitor, way: Way
    ) -> None:
        ep = new_visitor(way)
        ep.open("/events/new")
        ep.sign_in(EP)
        ep.sees("Create an event")
        ep.fill("Title", "Half an hour on transitions")
        ep.fill("Venue", "Thistlebank library")
        ep.fill("What it is about", "A long thought,\nover two lines.")
        ep.page.get_by_role("radio", name="In person", exact=True).check()

        ep.site.end_sign_ins(EP)
        ep.press("Save")
        ep.sees("Sign in")
        ep.reads("What you typed is kept")
        ep.sign_in(EP)
        ep.sees("Create an event")
        expect(ep.page.get_by_label("Title")).to_have_value("Half an hour on transitions")
        expect(ep.page.get_by_label("Venue")).to_have_value("Thistlebank library")
        about = ep.page.get_by_label("What it is about")
        expect(about).to_have_value("A long thought,\nover two lines.")
        expect(ep.page.get_by_role("radio", name="In person", exact=True)).to_be_checked()

    @pytest.mark.parametrize("way", [PHONE, NO_SCRIPT], ids=lambda way: way.name)
    def test_booking_asks_to_sign_in_and_comes_back_to_the_event(
        self, new_visitor: NewVisitor, way: Way
    ) -> None:
        senco = new_visitor(way)
        senco.tolerate("Response Status Error Code 401")
        senco.open("/events")
        senco.sign_in(SENCO)
        senco.sees("Events")
        senco.follow(PROVISION)
        senco.sees(PROVISION)
        senco.site.end_sign_ins(SENCO)
        senco.press("Book a place")
        senco.sign_in(SENCO)
        senco.sees(PROVISION)
        senco.press("Book a place")
        senco.reads("You have a place")


class TestLostConnection:
    @pytest.mark.parametrize("way", [DESKTOP, PHONE], ids=lambda way: way.name)
    def test_booking_says_not_saved_and_works_later(
        self, new_visitor: NewVisitor, way: Way
    ) -> None:
        senco = new_visitor(way)
        senco.tolerate("net::ERR_INTERNET_DISCONNECTED", "htmx:")
        senco.open("/events")
        senco.sign_in(OF_TWO_SCHOOLS)
        senco.sees("Events")
        senco.follow(PROVISION)
        senco.sees(PROVISION)
        both = senco.page.get_by_role("checkbox")
        expect(both).to_have_count(2)
        for box in both.all():
            box.check()

        with senco.stays_on_page():
            senco.context.set_offline(True)
            senco.press("Book a place")
            senco.reads(NOT_SAVED)
            senco.hears(NOT_SAVED)
            for box in both.all():
                expect(box).to_be_checked()
            senco.check()
            senco.context.set_offline(False)
            # The button takes a second click within a second for a double one.
            senco.page.wait_for_timeout(1000)
            senco.press("Book a place")
            senco.reads("You have a place", "Clover Lane Primary and Dovecote Lane Primary")
        expect(senco.main).not_to_contain_text("Not saved")
