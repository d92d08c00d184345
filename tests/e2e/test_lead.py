"""The inclusion lead reads the rate, and keeps clusters and events in order."""

from __future__ import annotations

import csv
import re
from datetime import date, datetime, timedelta
from pathlib import Path

from playwright.sync_api import expect

from cop_site import clock
from tests.support.demo_days import school_day
from tests.support.visitor import Visitor

LEAD = "lead@demo.example"
TITLE = "Reading together: a morning for everyone"


class TestEngagement:
    def test_lead_reads_the_rate_and_opens_it(self, visitor: Visitor) -> None:
        _come_home(visitor)
        visitor.reads("Engagement", "91%", "81 of 89", "8 not yet engaged")
        visitor.follow("Open engagement")
        visitor.sees("Engagement")
        visitor.reads("91%", "81 of 89", "Last term 77 of 89", "all SENCO network registers closed")

        visitor.follow("See the 81 schools")
        visitor.sees("Schools that came to the SENCO network")
        expect(visitor.page.locator("tbody tr")).to_have_count(81)
        visitor.follow("Engagement", within=visitor.main)
        visitor.sees("Engagement")
        visitor.follow("See the 8 schools")
        visitor.sees("Schools not yet engaged")
        expect(visitor.page.locator("tbody tr")).to_have_count(8)
        visitor.follow("Engagement", within=visitor.main)
        visitor.sees("Engagement")

        with visitor.page.expect_download() as started:
            visitor.follow("Download as CSV")
        with Path(started.value.path()).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == 89
        assert sum(row["engaged"] == "yes" for row in rows) == 81

    def test_lead_freezes_a_list(self, visitor: Visitor) -> None:
        _come_home(visitor)
        visitor.follow("Open engagement")
        visitor.sees("Engagement")
        visitor.follow("Freeze a list of schools for a term")
        visitor.sees(re.compile("^Freeze a list of schools for "))
        visitor.press("Check the list")
        visitor.sees(re.compile("^Freeze a list of schools for "))
        visitor.reads("There is a problem", "Enter a name for the list")
        visitor.has_focus_on(visitor.page.locator(".govuk-error-summary"))

        visitor.fill("Name of the list", "Secondary schools")
        visitor.page.get_by_label("Secondary", exact=True).check()
        visitor.press("Check the list")
        visitor.sees("Check the list: Secondary schools")
        visitor.reads("15 schools on the list")
        visitor.page.get_by_role("checkbox", name=re.compile("^Tidewater Free School")).check()
        visitor.fill("Why this list?", "It has a network of its own")
        visitor.press("Freeze this list")
        visitor.sees(re.compile("^Secondary schools, "))
        visitor.reads("Secondary schools is frozen.", "Tidewater Free School")
        expect(visitor.page.locator("tbody tr")).to_have_count(14)


class TestClusters:
    def test_lead_makes_a_cluster_moves_a_school_and_assigns(self, visitor: Visitor) -> None:
        _come_home(visitor)
        visitor.follow("Clusters")
        visitor.sees("Clusters")
        visitor.press("Create a cluster")
        visitor.sees("Create a cluster")
        visitor.press("Create the cluster")
        visitor.sees("Create a cluster")
        visitor.reads("There is a problem", "Enter a name for the cluster")
        visitor.fill("Name", "Bilberry cluster")
        visitor.page.get_by_role("radio").first.check()
        visitor.press("Create the cluster")
        visitor.sees("Bilberry cluster")
        visitor.reads("Bilberry cluster is created.", "No school is in this cluster today.")

        _move_a_school(visitor)
        _assign(visitor)


def _today() -> date:
    """The server's day. The clock of this process stands still."""
    return datetime.now(clock.LONDON).date()


def _move_a_school(lead: Visitor) -> None:
    lead.follow("Clusters")
    lead.sees("Clusters")
    lead.follow("Sedge cluster")
    lead.sees("Sedge cluster")
    lead.follow("Move schools or take them out")
    lead.sees("Move schools from Sedge cluster")
    lead.page.get_by_role("checkbox", name=re.compile("^Bracken Lane Primary")).check()
    lead.page.get_by_label("Where do they go?").select_option("To Bilberry cluster")
    lead.fill_date(_today())
    lead.press("Move the schools")
    lead.sees("Sedge cluster")
    lead.reads("1 school moves from")


def _assign(lead: Visitor) -> None:
    lead.follow("Clusters")
    lead.sees("Clusters")
    lead.follow("Bilberry cluster")
    lead.sees("Bilberry cluster")
    lead.reads("Bracken Lane Primary", "Nobody yet.")
    lead.follow("Change who supports it")
    lead.sees("Who supports Bilberry cluster")
    lead.page.get_by_label("Who?").select_option(
        "EP for Sedge and Teasel, Educational psychologist"
    )
    lead.page.get_by_role("radio", name="Educational psychologist", exact=True).check()
    lead.fill_date(_today())
    lead.press("Add to the cluster")
    lead.sees("Who supports Bilberry cluster")
    lead.reads("Added to Bilberry cluster", "EP for Sedge and Teasel")
    lead.follow("Bilberry cluster", within=lead.main)
    lead.sees("Bilberry cluster")
    lead.reads("EP for Sedge and Teasel")


class TestEvents:
    def test_lead_creates_publishes_edits_and_cancels(self, visitor: Visitor) -> None:
        _come_home(visitor)
        visitor.follow("Events")
        visitor.sees("Events")
        visitor.follow("Create an event")
        visitor.sees("Create an event")
        visitor.press("Save")
        visitor.sees("Create an event")
        visitor.reads("There is a problem", "Enter a title")
        _fill_event(visitor)
        visitor.press("Save")
        visitor.sees(TITLE)
        visitor.reads("The draft is saved.", "Not published yet")

        visitor.press("Publish now")
        visitor.sees(TITLE)
        visitor.reads("Published.", "12 of 12 places left")
        visitor.follow("Edit this event")
        visitor.sees("Edit this event")
        visitor.fill("Places in the room", "16")
        visitor.press("Save")
        visitor.sees(TITLE)
        visitor.reads("16 of 16 places left")
        visitor.follow("Cancel this event")
        visitor.sees("Cancel this event")
        visitor.fill("Why is it cancelled?", "The hall is being painted.")
        visitor.press("Cancel this event")
        visitor.sees(TITLE)
        visitor.reads("This event is cancelled", "The hall is being painted.")


def _fill_event(lead: Visitor) -> None:
    lead.page.get_by_label("Kind of event").select_option("CPD session")
    lead.fill("Title", TITLE)
    lead.fill_date(school_day(_today() + timedelta(days=21)))
    lead.fill("Starts at", "9:30am")
    lead.fill("Ends at", "midday")
    lead.page.get_by_role("radio", name="In person", exact=True).check()
    lead.fill("Venue", "Larkton Town Hall")
    lead.fill("Places in the room", "12")
    lead.fill("What it is about", "## Bring\n\n- one book\n- one question")


def _come_home(lead: Visitor) -> None:
    lead.open("/")
    lead.sign_in(LEAD)
    lead.sees("Home")
