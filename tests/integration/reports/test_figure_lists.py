"""The pages behind a figure: clusters, registers, toolkit."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from cop_site.db import db
from cop_site.events.models import EventKind
from tests.factories.events import make_booking, make_event, make_mark
from tests.factories.reports import hold_network, make_staff
from tests.factories.schools import join_cluster, make_school, make_term
from tests.factories.support import make_entry, make_plan
from tests.factories.toolkit import make_download, make_resource
from tests.integration.reports.figures import (
    FIRST,
    OCTOBER,
    PAGE,
    UNCUT,
    Borough,
    add_form,
    add_wave,
    meet,
    open_page,
    read_file,
)
from tests.support.client import GatedClient


class TestClusters:
    def test_tells_each_cluster_and_who_is_not_counted(
        self, client: GatedClient, borough: Borough
    ) -> None:
        join_cluster(make_school("Newcomer"), borough.north, date(2026, 9, 14))
        meet(borough.north, borough.schools[20])
        meet(borough.south, borough.schools[25], closed=False)
        db.session.commit()
        page = open_page(client, borough.lead, "/clusters").text
        for words in (
            "16 of 26. 4 meetings held. Provisional, 1 meeting not closed.",
            "9 of 12",
            "7 of 14",
            "1 joined since, 1 guest",
            "Provisional, 1 meeting not closed",
        ):
            assert words in page
        detail = client.get(f"{PAGE}/clusters/{borough.north.id}").text
        assert "9 of 12 schools came" in detail
        assert detail.count("6 October 2026: SENCO") == 9
        assert "Newcomer joined on 14 September 2026. It counts from next term." in detail
        assert "School 21 came as a guest on 6 October 2026." in detail

    def test_tells_support_and_names_what_is_unplanned(
        self, client: GatedClient, borough: Borough
    ) -> None:
        # 11 school weeks have begun by 10 November.
        make_plan(borough.north, 60, FIRST)
        make_entry(borough.north, *borough.schools[:2], day=date(2026, 10, 1))
        make_entry(borough.south, borough.schools[13], day=date(2026, 10, 1))
        db.session.commit()
        page = open_page(client, borough.lead, "/clusters").text
        assert "1 hour 25 minutes of 11 hours planned to date. 1 cluster unplanned" in page
        assert ">Unplanned</td>" in page
        # A bar is a share of the plan: the cluster without one has none, whatever it was given.
        chart = re.search(r'<svg[^>]*aria-labelledby="support-chart-title.*?</svg>', page, re.S)
        assert chart
        assert "Share of its planned support that each cluster was given</title>" in chart[0]
        assert re.findall(r'<rect class="chart__bar"[^>]* width="([^"]*)"', chart[0]) == ["9.36%"]
        assert "Contact 1 hour, preparation 15 minutes, travel 10 minutes" in page
        detail = client.get(f"{PAGE}/clusters/{borough.north.id}").text
        assert "2 schools named in the log" in detail
        assert "13%: 1 hour 25 minutes given, 11 hours planned to date." in detail

    def test_file_has_the_schools_and_the_minutes(
        self, client: GatedClient, borough: Borough
    ) -> None:
        make_plan(borough.north, 60, FIRST)
        db.session.commit()
        rows = read_file(client, borough.lead, "/clusters.csv")
        counted = [row for row in rows if row["metric"] == "M5" and row["in_denominator"] == "yes"]
        assert len(counted) == 26
        assert sum(row["engaged"] == "yes" for row in counted) == 16
        assert {row["as_at"] for row in rows} == {"2026-11-10"}
        assert {row["scope"] for row in rows} == {"Schools in the cluster on 2026-09-01"}
        delivery = [row for row in rows if row["metric"] == "S1"]
        assert [(row["cluster"], row["minutes_planned"]) for row in delivery] == [("North", "660")]


class TestRegisters:
    def test_tells_what_is_late_and_who_did_not_attend_without_a_name(
        self, client: GatedClient, borough: Borough
    ) -> None:
        event, register = hold_network(OCTOBER, kind=EventKind.CPD, title="Coaching")
        person = make_staff(borough.schools[0])
        person.name = "Somebody Unmentioned"
        booking = make_booking(event, person, borough.schools[0])
        booking.place_given_at = OCTOBER - timedelta(days=3)
        make_mark(register, person, borough.schools[0], kind="did_not_attend", booking=booking)
        make_event(OCTOBER, title="Nobody closed this")
        db.session.commit()
        page = open_page(client, borough.lead, "/registers").text
        assert "Coaching, 6 October 2026" in page
        assert "1 of 1" in page
        assert "4 of 5" in page
        assert "1 still to close, 0 closed late" in page
        assert "13 October 2026" in page
        assert "Somebody Unmentioned" not in page
        rows = read_file(client, borough.lead, "/registers.csv")
        assert sum(row["in_time"] == "yes" for row in rows) == 4
        assert [row["did_not_attend"] for row in rows if row["event"] == "Coaching"] == ["", "1"]
        assert not any("Somebody" in cell for row in rows for cell in row.values())

    def test_cluster_counts_bookings_of_its_schools_and_its_own_registers(
        self, client: GatedClient, borough: Borough
    ) -> None:
        event, register = hold_network(OCTOBER)
        for school in (borough.schools[0], borough.schools[20]):
            booking = make_booking(event, make_staff(school), school)
            booking.place_given_at = OCTOBER - timedelta(days=3)
            db.session.flush()
        assert register.is_closed
        db.session.commit()
        page = open_page(client, borough.ep, "/registers").text
        assert "1 more not recorded, left out." in page
        assert ">1 of 1</span>" in page


class TestToolkit:
    def test_tells_reach_and_the_schools_behind_it(
        self, client: GatedClient, borough: Borough
    ) -> None:
        resource = make_resource()
        for school in borough.schools[:3]:
            make_download(resource, school, date(2026, 10, 1))
        make_download(resource, make_school("Elsewhere"), date(2026, 10, 1))
        make_download(resource, borough.schools[5], date(2026, 8, 31))
        db.session.commit()
        page = open_page(client, borough.lead, "/toolkit").text
        for words in (
            ">12%</span>",
            "3 of 26 so far.",
            "3 of 12",
            "0 of 14",
            "1 school downloaded",
        ):
            assert words in page
        reached = client.get(f"{PAGE}/toolkit/schools?which=reached").text
        assert "3 of 26 schools" in reached
        assert "School 03" in reached
        assert "School 04" in client.get(f"{PAGE}/toolkit/schools?which=not-reached").text
        assert client.get(f"{PAGE}/toolkit/schools?which=all").status_code == 404
        rows = read_file(client, borough.lead, "/toolkit.csv")
        assert sum(row["reached"] == "yes" for row in rows) == 3
        assert {row["metric"] for row in rows} == {"T5"}

    def test_tells_both_waves_with_wording_and_distribution(
        self, client: GatedClient, borough: Borough
    ) -> None:
        summer = make_term("Summer 2026", date(2026, 4, 13), date(2026, 7, 21))
        add_wave(summer, 20, 23)
        add_wave(borough.term, 25, 25)
        db.session.commit()
        page = open_page(client, borough.lead, "/toolkit").text
        for words in (
            "25 of 60. School survey, Summer 2026: 33%, 20 of 60. Up 8 percentage points",
            "25 of 60. School survey, Summer 2026: 38%, 23 of 60. Up 3 percentage points",
            "worked out before rounding",
            "“About what share of your staff use the Toolkit?”",
            "60 schools answered this question",
            "60 of 60 schools answered, 100%",
        ):
            assert words in page

    @pytest.mark.parametrize(
        ("page", "times"), [("", 5), ("/toolkit", 4), ("/sessions", 6), ("/clusters", 0)]
    )
    def test_says_beside_each_survey_figure_that_a_cluster_does_not_cut_it(
        self, client: GatedClient, borough: Borough, page: str, times: int
    ) -> None:
        add_wave(borough.term, 25, 23)
        add_form("The big one")
        db.session.commit()
        assert UNCUT not in open_page(client, borough.lead, page).text
        narrowed = client.get(f"{PAGE}{page}?cluster={borough.north.id}").text
        assert narrowed.count(UNCUT) == times
