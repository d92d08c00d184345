"""A course is planned and booked for colleagues; places change hands, and apologies are made."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.test_doors import link_in
from tests.support.demo_days import school_day
from tests.support.demonstration import Site
from tests.support.visitor import DESKTOP, NO_SCRIPT, PHONE, Visitor, Way

SENCO, OF_TWO_SCHOOLS, LEAD = "senco@demo.example", "senco2@demo.example", "lead@demo.example"
SENCO_NAME = "SENCO, Alder Lane Primary"
COURSE = "Reading difficulties: a course"
ADHOC = "Drop-in: sensory needs in the classroom"
NEXT_NETWORK = "SENCO network: from plan to practice"

on_a_phone_and_without_scripts = pytest.mark.parametrize(
    "way", [PHONE, NO_SCRIPT], ids=lambda way: way.name
)


@pytest.mark.parametrize("way", [DESKTOP, NO_SCRIPT], ids=lambda way: way.name)
class TestCourse:
    def test_planned_with_a_choice_and_booked_for_three(
        self, new_visitor: NewVisitor, way: Way
    ) -> None:
        lead = new_visitor(way)
        lead.open("/events/new")
        lead.sign_in(LEAD)
        first = school_day(date.today() + timedelta(days=40))
        _plan(lead, first)
        senco = new_visitor(way)
        senco.open("/events")
        senco.sign_in(SENCO)
        senco.follow(COURSE)
        senco.sees(COURSE)
        senco.reads("Time 1, date 1", "Time 1, date 2", "Afternoon")
        senco.press("Book a place")
        senco.reads("Choose when you will come")
        expect(senco.page).to_have_title(re.compile(f"^Error: {COURSE}"))
        _book_three(senco)
        _send_somebody_else(senco)
        _call_off_the_afternoon(lead)


def _plan(lead: Visitor, first: date) -> None:
    lead.sees("Create an event")
    lead.page.get_by_label("Kind of event").select_option("CPD session")
    lead.fill("Title", COURSE)
    lead.fill_date(first)
    lead.fill("Starts at", "9:30am")
    lead.fill("Ends at", "11am")
    lead.page.get_by_label("In person", exact=True).check()
    lead.fill("Venue", "Larkton Library")
    lead.fill("Places in the room", "2")
    lead.press("Save")
    lead.sees(COURSE)
    lead.follow("Dates and places")
    lead.sees("Dates and places")
    lead.follow(re.compile("^Add another date"))
    lead.sees("Add a date")
    lead.fill_date(school_day(first + timedelta(days=7)))
    lead.fill("Starts at", "9:30am")
    lead.press("Save")
    lead.sees("Add a date")
    lead.reads("Enter when it ends")
    lead.fill("Ends at", "11am")
    lead.press("Save")
    lead.sees("Dates and places")
    lead.follow("Add another time to choose from")
    lead.sees("Add another time to choose from")
    lead.fill("Name (optional)", "Afternoon")
    lead.fill_date(first)
    lead.fill("Starts at", "1:30pm")
    lead.fill("Ends at", "3pm")
    lead.fill("Venue", "Larkton Library")
    lead.press("Save")
    lead.sees("Dates and places")
    lead.follow(COURSE)
    lead.press(re.compile("^Publish"))
    lead.sees(COURSE)


def _book_three(senco: Visitor) -> None:
    senco.follow("Book for colleagues")
    senco.sees("Book for colleagues")
    senco.press("Book")
    senco.reads("Choose at least one person")
    senco.page.get_by_role("checkbox").first.check()
    details = senco.page.get_by_text("Somebody who is not in the list")
    if not senco.page.get_by_label("Name", exact=True).first.is_visible():
        details.click()
    people = (("A new teacher", "new.teacher@alder.example"), ("A new TA", "new.ta@alder.example"))
    for number, (name, email) in enumerate(people):
        senco.page.get_by_label("Name", exact=True).nth(number).fill(name)
        senco.page.get_by_label("Work email address").nth(number).fill(email)
        senco.page.get_by_label("Role at the school").nth(number).select_option("Teacher")
    senco.page.get_by_role("radio", name=re.compile("^Afternoon")).check()
    senco.press("Book")
    senco.sees("My bookings")
    senco.reads("2 people have a place, 1 person is on the waiting list", "A new teacher")


def _send_somebody_else(senco: Visitor) -> None:
    row = senco.page.locator("li.event", has_text="A new teacher")
    row.get_by_role("link", name=re.compile("^Send somebody else")).click()
    senco.sees("Send somebody else")
    senco.page.get_by_label("Somebody else", exact=True).check()
    senco.fill("Name", "A colleague")
    senco.fill("Work email address", "colleague@alder.example")
    senco.page.get_by_label("Role at the school").select_option("Teacher")
    senco.press("Save")
    senco.sees("My bookings")
    senco.reads("Somebody else comes instead", "A colleague")
    expect(senco.main).not_to_contain_text("A new teacher")


def _call_off_the_afternoon(lead: Visitor) -> None:
    lead.follow("Dates and places")
    lead.sees("Dates and places")
    lead.follow(re.compile("^Change .* 1:30pm$"))
    lead.sees("Change a date")
    lead.follow("Take this date off")
    lead.sees("Take off a date")
    lead.press("Take it off")
    lead.sees("Take off a date")
    lead.reads("Choose where its people go", "Enter why it is called off")
    lead.page.get_by_role("radio", name=re.compile("^Time 1")).check()
    lead.fill("Why is it called off?", "Too few people booked the afternoon.")
    lead.press("Take it off")
    lead.sees("Dates and places")
    lead.reads("The date is taken off. 3 people with a booking or waiting are emailed about it.")
    expect(lead.main).not_to_contain_text("Afternoon")


@on_a_phone_and_without_scripts
class TestOffer:
    def test_a_place_that_is_offered_is_taken(self, new_visitor: NewVisitor, way: Way) -> None:
        senco = new_visitor(way)
        senco.open("/bookings")
        senco.sign_in(OF_TWO_SCHOOLS)
        senco.sees("My bookings")
        senco.follow(re.compile("^Take or decline the place"))
        senco.sees(ADHOC)
        senco.reads("A place is offered to you", "It is kept for you until")
        with senco.stays_on_page():
            senco.press("Take the place")
            senco.reads("You have a place")
        senco.has_focus_on(senco.page.get_by_role("heading", name="You have a place"))
        senco.sees(ADHOC)


@on_a_phone_and_without_scripts
class TestApology:
    def test_i_cant_come_needs_no_sign_in(
        self, new_visitor: NewVisitor, site: Site, way: Way
    ) -> None:
        mine = [one for one in site.remind(NEXT_NETWORK) if f"Hello {SENCO_NAME}" in one]
        somebody = new_visitor(way)
        somebody.open(link_in(mine, "/cant-come/"))
        somebody.sees("I can’t come")
        somebody.reads(NEXT_NETWORK, "We note your apologies")
        somebody.press("I can’t come")
        somebody.sees("Thank you for telling us")
        somebody.reads("book again while there are places")
