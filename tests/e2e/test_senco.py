"""A SENCO finds an event, books it, waits for another, and goes home."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.support.visitor import DESKTOP, ON_THE_MOVE, Visitor

WAYS = (DESKTOP, *ON_THE_MOVE)

SENCO = "senco@demo.example"
OF_TWO_SCHOOLS = "senco2@demo.example"
PROVISION = "Ordinarily available provision: what to look for"
INDUCTION = "New to the SENCO role: your first year"
BOOKED_ALREADY = "SENCO network: from plan to practice"


class TestBooking:
    def test_senco_books_in_two_clicks_cancels_and_waits(self, visitor: Visitor) -> None:
        visitor.open("/events")
        visitor.sign_in(SENCO)
        visitor.sees("Events")
        expect(visitor.page).to_have_url(f"{visitor.site.address}/events")

        _narrow_the_list(visitor)
        _book(visitor)
        _fetch_calendar_file(visitor)
        _cancel(visitor)
        _join_waiting_list(visitor)
        _look_at_home(visitor)

        visitor.press("Sign out")
        visitor.sees("Sign in")
        visitor.reads("You are signed out.")
        visitor.open("/bookings")
        visitor.sees("Sign in")


def _narrow_the_list(senco: Visitor) -> None:
    listed = senco.page.locator("#event_list")
    expect(listed).to_contain_text(INDUCTION)
    fold = senco.page.get_by_text("Filter events")
    if fold.is_visible():
        fold.click()
    with senco.stays_on_page():
        senco.page.get_by_label("Has places").check()
        senco.without_scripts_press("Show")
        expect(listed).not_to_contain_text(INDUCTION)
        expect(listed).to_contain_text(BOOKED_ALREADY)
        expect(senco.page).to_have_url(re.compile(r"[?&]places=1"))
        senco.page.get_by_label("Kind").select_option("CPD session")
        senco.without_scripts_press("Show")
        expect(listed).not_to_contain_text(BOOKED_ALREADY)
        expect(listed).to_contain_text(PROVISION)
        expect(senco.page).to_have_url(re.compile(r"[?&]kind=cpd"))
    senco.hears("2 events found")
    senco.sees("Events")


def _book(senco: Visitor) -> None:
    senco.follow(PROVISION)
    senco.sees(PROVISION)
    senco.reads("30 of 30 places left", "Booking for yourself, Alder Lane Primary")
    with senco.stays_on_page():
        senco.press("Book a place")
        senco.reads("You have a place", "For Alder Lane Primary")
    senco.has_focus_on(senco.page.get_by_role("heading", name="You have a place"))
    senco.hears("You have a place")
    senco.sees(PROVISION)

    senco.follow("My bookings")
    senco.sees("My bookings")
    senco.reads(PROVISION, "For Alder Lane Primary")
    senco.follow(PROVISION)
    senco.sees(PROVISION)


def _fetch_calendar_file(senco: Visitor) -> None:
    with senco.page.expect_download() as started:
        senco.follow("Add to your calendar")
    file = started.value
    assert file.suggested_filename == "ordinarily-available-provision-what-to-look-for.ics"
    text = Path(file.path()).read_text(encoding="utf-8")
    assert text.startswith("BEGIN:VCALENDAR")
    assert "UID:" in text


def _cancel(senco: Visitor) -> None:
    senco.follow("Cancel booking")
    senco.sees("Cancel booking")
    senco.press("Cancel booking")
    senco.sees(PROVISION)
    senco.reads("Your booking is cancelled.", "30 of 30 places left")


def _join_waiting_list(senco: Visitor) -> None:
    senco.follow("Events")
    senco.sees("Events")
    senco.follow(INDUCTION)
    senco.sees(INDUCTION)
    senco.reads("Full. 4 waiting")
    with senco.stays_on_page():
        senco.press("Join the waiting list")
        senco.reads("You are on the waiting list", "You are number 5.")
    senco.sees(INDUCTION)


def _look_at_home(senco: Visitor) -> None:
    senco.follow("Home")
    senco.sees("Home")
    senco.reads("Your next sessions", BOOKED_ALREADY, INDUCTION, "On the waiting list")
    senco.reads("Your cluster", "Rowan cluster")
    senco.reads(
        "EP for Heather and Rowan, Educational psychologist", "AsEP for Rowan, Assistant EP"
    )


class TestSchoolOfTheBooking:
    def test_senco_of_two_schools_is_asked_which(self, visitor: Visitor) -> None:
        visitor.open("/events")
        visitor.sign_in(OF_TWO_SCHOOLS)
        visitor.sees("Events")
        visitor.follow(PROVISION)
        visitor.sees(PROVISION)

        visitor.press("Book a place")
        visitor.reads("There is a problem")
        visitor.has_focus_on(visitor.page.locator(".govuk-error-summary"))
        visitor.sees(PROVISION)
        summary = visitor.page.locator(".govuk-error-summary")
        visitor.follow(re.compile("school"), within=summary)
        first = visitor.page.get_by_role("checkbox").first
        expect(first).to_be_focused()

        with visitor.stays_on_page():
            first.check()
            visitor.press("Book a place")
            visitor.reads("You have a place", "For Clover Lane Primary")
        visitor.sees(PROVISION)
