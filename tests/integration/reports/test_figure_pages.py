"""The pages of clusters, registers, the Toolkit and forms, and their files, by request."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from werkzeug.test import TestResponse

from cop_site import clock
from cop_site.accounts.models import ServiceRoleKind, User
from cop_site.db import db
from cop_site.events.models import EventKind
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School, Scope, Term
from cop_site.surveys.models import SurveyKind
from tests.factories.events import make_booking, make_event, make_mark, session_of
from tests.factories.people import make_service_user
from tests.factories.reports import add_to_scope, hold_network, make_scope, make_staff
from tests.factories.schools import join_cluster, make_cluster, make_school, make_term
from tests.factories.support import make_entry, make_plan
from tests.factories.surveys import make_response, make_survey
from tests.factories.toolkit import make_download, make_resource
from tests.support.client import GatedClient
from tests.support.statements import count_statements

PAGE = "/reports/engagement"
OCTOBER = datetime(2026, 10, 6, 9, tzinfo=clock.LONDON)
FIRST = date(2026, 9, 1)
PAGES = ("", "/clusters", "/registers", "/toolkit")
UNCUT = "All schools: answers are not cut by cluster"


@dataclass
class Borough:
    """North has 12 schools of which 9 came to its meeting, South 14 of which 7 came."""

    term: Term
    scope: Scope
    north: Cluster
    south: Cluster
    schools: list[School]
    lead: User
    ep: User

    @property
    def in_north(self) -> list[School]:
        return self.schools[:12]


@pytest.fixture
def borough(app: object) -> Borough:
    north, south = make_cluster("North"), make_cluster("South")
    term = make_term("Autumn 2026", FIRST, date(2026, 12, 18))
    schools = [make_school(f"School {number:02}") for number in range(1, 27)]
    scope = make_scope(term, [])
    for school in schools:
        cluster = north if school in schools[:12] else south
        add_to_scope(scope, school, cluster)
        join_cluster(school, cluster)
    meet(north, *schools[:9])
    meet(south, *schools[12:19])
    hold_network(OCTOBER, *schools[:20])
    lead = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
    ep = make_service_user(ServiceRoleKind.EP, north)
    db.session.commit()
    return Borough(term, scope, north, south, schools, lead, ep)


def meet(cluster: Cluster, *schools: School, closed: bool = True) -> None:
    kind = EventKind.COP_MEETING
    hold_network(OCTOBER, *schools, kind=kind, cluster_id=cluster.id, closed=closed)


def add_wave(term: Term, over_half: int, embedded: int, schools: int = 60) -> None:
    wave = make_survey(
        SurveyKind.SCHOOL_WAVE,
        closed=True,
        series="wave",
        term_id=term.id,
        title=f"School survey, {term.name}",
    )
    for number in range(schools):
        share = "over_half" if number < over_half else ("none", "up_to_half")[number % 2]
        rung = "embedded" if number < embedded else ("aware", "tried")[number % 2]
        make_response(wave, {"toolkit.share": share, "toolkit.rung": rung})


def add_form(title: str, answered: int = 41) -> int:
    event = make_event(OCTOBER, title=title)
    held = session_of(event)
    form = make_survey(closed=True, title=title, event_id=event.id, session_id=held.id)
    for number in range(answered):
        make_response(
            form,
            {
                "reaction.confidence": "a_lot_more" if number < 26 else "the_same",
                "reaction.clarity": "agree" if number < 27 else "neither",
                "reaction.inclusion": "strongly_agree" if number % 2 else "agree",
            },
        )
    return form.id


def open_page(client: GatedClient, user: User, address: str) -> TestResponse:
    client.sign_in(user)
    page = client.get(f"{PAGE}{address}")
    assert page.status_code == 200
    return page


def read_file(client: GatedClient, user: User, address: str) -> list[dict[str, str]]:
    answer = open_page(client, user, address)
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


@pytest.mark.sqlite_only
class TestOverview:
    def test_says_each_figure_first(self, client: GatedClient, borough: Borough) -> None:
        make_plan(borough.north, 60, FIRST)
        make_entry(borough.north, day=date(2026, 10, 1), contact_minutes=275)
        make_download(make_resource(), borough.schools[0], date(2026, 10, 1))
        add_wave(borough.term, 25, 23)
        add_form("The big one")
        db.session.commit()
        page = open_page(client, borough.lead, "").text
        for words in (
            "20 of 26 so far.",
            ">62%</span>",
            "of schools came to their cluster’s meetings",
            "16 of 26. 2 meetings held.",
            "of the support planned for clusters was given",
            "5 hours of 11 hours planned to date.",
            ">3 of 4</span>",
            "registers closed within 5 working days",
            "Too few sessions for a percentage.",
            "of schools downloaded something",
            "1 of 26 so far.",
            ">42%</span>",
            ">38%</span>",
            "60 of 60 schools answered, 100%.",
            "One session’s form: The big one, 6 October 2026. 41 of 41 people answered, 100%.",
            ">63%</span>",
            ">66%</span>",
            ">100%</span>",
        ):
            assert words in page

    def test_late_registers_are_said_above_the_figures(
        self, client: GatedClient, borough: Borough
    ) -> None:
        assert "late." not in open_page(client, borough.lead, "").text
        meet(borough.north, closed=False)
        db.session.commit()
        page = client.get(PAGE).text
        assert "<b>1 register is late.</b>" in page
        assert page.index("is late.") < page.index("came to the SENCO network")

    def test_without_surveys_says_so(self, client: GatedClient, borough: Borough) -> None:
        page = open_page(client, borough.lead, "").text
        assert "No school survey of this term is closed" in page
        assert "No form of a session of this term is closed yet." in page

    def test_cluster_narrows_every_figure_but_those_of_surveys(
        self, client: GatedClient, borough: Borough
    ) -> None:
        page = open_page(client, borough.lead, f"?cluster={borough.north.id}").text
        assert "12 of 12" in page
        assert "9 of 12: too few schools for a percentage." in page
        assert "20 of 26" not in page
        assert "No school of that cluster" in client.get(f"{PAGE}?cluster=999999").text

    def test_htmx_gets_the_region_alone(self, client: GatedClient, borough: Borough) -> None:
        client.sign_in(borough.lead)
        for name, page in zip(("overview", *[one[1:] for one in PAGES[1:]]), PAGES, strict=True):
            answer = client.fragment(f"{PAGE}{page}?cluster={borough.north.id}")
            assert answer.text.lstrip().startswith(f'<div id="{name}"')


@pytest.mark.sqlite_only
class TestOwnClusters:
    @pytest.mark.parametrize("page", PAGES)
    def test_ep_finds_no_figure_of_other_clusters_and_none_of_surveys(
        self, client: GatedClient, borough: Borough, page: str
    ) -> None:
        add_wave(borough.term, 25, 23)
        add_form("The big one")
        make_plan(borough.south, 60, FIRST)
        db.session.commit()
        text = open_page(client, borough.ep, page).text
        assert "Only schools in North." in text
        assert "South" not in text
        for words in ("/sessions?", "say most of their staff", "The big one"):
            assert words not in text
        assert client.get(f"{PAGE}{page}?cluster={borough.south.id}").status_code == 404

    def test_ep_sees_their_numerators_and_denominators(
        self, client: GatedClient, borough: Borough
    ) -> None:
        assert "9 of 12" in open_page(client, borough.ep, "/clusters").text
        rows = read_file(client, borough.ep, "/clusters.csv")
        assert {row["cluster"] for row in rows} == {"North"}
        assert len(rows) == 12
        rows = read_file(client, borough.ep, "/toolkit.csv")
        assert {row["cluster"] for row in rows} == {"North"}

    def test_cluster_of_others_and_survey_figures_are_not_there(
        self, client: GatedClient, borough: Borough
    ) -> None:
        client.sign_in(borough.ep)
        assert client.get(f"{PAGE}/clusters/{borough.south.id}").status_code == 404
        assert client.get(f"{PAGE}/clusters/{borough.north.id}").status_code == 200
        assert client.get(f"{PAGE}/sessions").status_code == 403
        assert client.get(f"{PAGE}/surveys.csv").status_code == 403

    def test_asep_without_a_cluster_sees_no_figure(
        self, client: GatedClient, borough: Borough
    ) -> None:
        asep = make_service_user(ServiceRoleKind.ASEP)
        db.session.commit()
        for page in PAGES:
            text = open_page(client, asep, page).text
            assert "You are not with a cluster today" in text
            assert " of 26" not in text
        for file in ("/clusters.csv", "/toolkit.csv"):
            assert read_file(client, asep, file) == []


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


@pytest.mark.sqlite_only
class TestSessions:
    def test_tells_one_form_and_offers_the_others(
        self, client: GatedClient, borough: Borough
    ) -> None:
        add_form("The big one")
        small = add_form("A small one", 4)
        db.session.commit()
        page = open_page(client, borough.lead, "/sessions").text
        for words in (">63%</span>", ">66%</span>", ">100%</span>", "41 people answered"):
            assert words in page
        assert "A small one, 6 October 2026</option>" in page
        page = client.get(f"{PAGE}/sessions?form={small}").text
        assert page.count("Fewer than 5 answers, so nothing is shown") == 6
        assert "%</span>" not in page

    def test_file_tells_no_more_than_the_page(self, client: GatedClient, borough: Borough) -> None:
        add_form("The big one")
        add_wave(borough.term, 3, 25)
        db.session.commit()
        rows = read_file(client, borough.lead, "/surveys.csv")
        assert {row["metric"]: row["figure"] for row in rows} == {
            "T1": "fewer than 5 of 60",
            "T2": "25 of 60",
            "C1": "26 of 41",
            "C2": "27 of 41",
            "C3": "41 of 41",
        }
        assert min(int(row["count"]) for row in rows if row["count"] not in ("", "0")) >= 5
        assert {row["covers"] for row in rows} == {UNCUT}

    def test_open_form_is_not_there(self, client: GatedClient, borough: Borough) -> None:
        event = make_event(OCTOBER)
        form = make_survey(event_id=event.id, session_id=session_of(event).id)
        for _ in range(30):
            make_response(form, {"reaction.clarity": "agree"})
        db.session.commit()
        page = open_page(client, borough.lead, "/sessions").text
        assert "No form of this term is closed yet" in page


@pytest.mark.sqlite_only
class TestStatements:
    @pytest.mark.parametrize(
        ("address", "most"),
        [
            ("", 16),
            ("/clusters", 12),
            ("/clusters/<north>", 12),
            ("/registers", 12),
            ("/registers?cluster=<north>", 12),
            ("/toolkit", 12),
            ("/toolkit/schools?which=reached", 12),
            ("/sessions", 12),
        ],
    )
    def test_as_many_for_3_clusters_and_schools_as_for_30(
        self, client: GatedClient, borough: Borough, address: str, most: int
    ) -> None:
        fill(borough, range(3))
        client.sign_in(borough.lead)
        address = f"{PAGE}{address}".replace("<north>", str(borough.north.id))

        def count() -> int:
            db.session.expunge_all()
            with count_statements() as sent:
                assert client.get(address).status_code == 200
            return len(sent)

        few = count()
        fill(borough, range(3, 30))
        assert count() == few <= most


def fill(borough: Borough, numbers: range) -> None:
    """A cluster with a school, a meeting, support, a download and a form for each number."""
    if not numbers.start:
        add_wave(borough.term, 10, 10, 20)
        summer = make_term("Summer 2026", date(2026, 4, 13), date(2026, 7, 21))
        add_wave(summer, 10, 10, 20)
        make_scope(summer, borough.schools)
    scope = db.session.get_one(Scope, borough.scope.id)
    resource = make_resource()
    for number in numbers:
        cluster, school = make_cluster(f"Cluster {number:02}"), make_school()
        join_cluster(school, cluster)
        add_to_scope(scope, school, cluster)
        meet(cluster, school)
        make_plan(cluster, 60, FIRST)
        make_entry(cluster, school, day=date(2026, 10, 1))
        make_download(resource, school, date(2026, 10, 1))
        add_form(f"Form {number}", 6)
    db.session.commit()
