"""A SENCO hands over, bookings go along; and somebody looks after their own account."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.test_doors import SCHOOL, SENCO, link_in
from tests.support.demonstration import Site
from tests.support.visitor import DESKTOP, NO_SCRIPT, Way

BOOKED = "SENCO network: from plan to practice"
OF_TWO_SCHOOLS = "senco2@demo.example"

with_scripts_and_without = pytest.mark.parametrize(
    "way", [DESKTOP, NO_SCRIPT], ids=lambda way: way.name
)


@with_scripts_and_without
class TestHandover:
    def test_the_next_senco_has_the_role_and_the_booking(
        self, new_visitor: NewVisitor, site: Site, way: Way
    ) -> None:
        senco = new_visitor(way)
        senco.open("/our-people")
        senco.sign_in(SENCO)
        senco.sees(f"People at {SCHOOL}")
        senco.follow(re.compile("^Hand over to the next SENCO"))
        senco.sees("Hand over to the next SENCO")
        senco.press("Hand over")
        senco.sees("Hand over to the next SENCO")
        senco.reads("Choose who is next")
        senco.page.get_by_label("Somebody new", exact=True).check()
        senco.fill("Name of somebody new", "The next SENCO")
        senco.fill("Work email address of somebody new", "next@alder.example")
        senco.fill_date(date.today() + timedelta(days=1))
        senco.page.get_by_label("Interim", exact=True).check()
        senco.page.get_by_label("Move upcoming bookings to them").check()
        senco.press("Hand over")
        senco.sees(f"People at {SCHOOL}")
        senco.reads("The next SENCO", "To come")
        senco.open("/bookings")
        senco.sees("My bookings")
        senco.reads("Nothing booked")

        messages = site.send_mail()
        told = [message for message in messages if BOOKED in message]
        assert len(told) >= 2
        new = new_visitor(way)
        new.open(link_in([one for one in messages if "/invitation/" in one], "/invitation/"))
        new.sees("Come in, The next SENCO")
        new.press("Come in")
        new.open("/bookings")
        new.sees("My bookings")
        new.reads(BOOKED)


@with_scripts_and_without
class TestMyAccount:
    def test_details_messages_calendar_and_data(
        self, new_visitor: NewVisitor, site: Site, way: Way, tmp_path: Path
    ) -> None:
        senco = new_visitor(way)
        senco.open("/account")
        senco.sign_in(SENCO)
        senco.sees("My account")
        senco.follow(re.compile("^Change your name"))
        senco.sees("Your details")
        senco.fill("Your name", "The SENCO of Alder Lane")
        senco.press("Save")
        senco.sees("My account")
        senco.reads("The SENCO of Alder Lane")

        senco.open("/account/messages")
        senco.sees("Your messages")
        senco.page.get_by_label("Surveys").uncheck()
        senco.press("Save")
        senco.sees("My account")

        senco.open("/account/calendar")
        senco.sees("Your sessions in your own calendar")
        senco.press("Make my address")
        senco.sees("Your calendar address")
        shown = senco.page.get_by_label("Address", exact=True).input_value()
        address = re.search(r"/calendar/[\w-]+\.ics", shown)
        assert address is not None
        fetched = senco.context.request.get(address[0])
        assert fetched.status == 200 and "BEGIN:VEVENT" in fetched.text()

        senco.open("/account/data")
        senco.check()
        with senco.page.expect_download() as started:
            senco.press(re.compile("[Dd]ownload"))
        started.value.save_as(tmp_path / "data.zip")
        with zipfile.ZipFile(io.BytesIO((tmp_path / "data.zip").read_bytes())) as packed:
            assert "READ-ME.txt" in packed.namelist() and len(packed.namelist()) > 3

        senco.open("/account/forget-me")
        senco.sees("Ask to be forgotten")
        senco.press("Ask to be forgotten")
        senco.reads("You asked on")
        senco.press("Take my request back")

    def test_of_two_schools_one_is_chosen_for_now(self, new_visitor: NewVisitor, way: Way) -> None:
        senco = new_visitor(way)
        senco.open("/")
        senco.sign_in(OF_TWO_SCHOOLS)
        senco.sees("Home")
        chooser = senco.page.locator(".site-as")
        expect(chooser.locator("summary")).to_contain_text("For all my schools")
        chooser.locator("summary").click()
        school = chooser.get_by_role("button").first.inner_text()
        senco.press(school, within=chooser)
        senco.sees("Home")
        expect(chooser.locator("summary")).to_contain_text(f"For {school}")
