"""The pages of clusters, registers, the Toolkit and forms, and their files, by request."""

from __future__ import annotations

from datetime import date

import pytest

from cop_site.accounts.models import ServiceRoleKind
from cop_site.db import db
from cop_site.schools.models import Scope
from tests.factories.events import make_event, session_of
from tests.factories.people import make_service_user
from tests.factories.reports import add_to_scope, make_scope
from tests.factories.schools import join_cluster, make_cluster, make_school, make_term
from tests.factories.support import make_entry, make_plan
from tests.factories.surveys import make_response, make_survey
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
from tests.support.statements import count_statements

pytestmark = pytest.mark.thorough

PAGES = ("", "/clusters", "/registers", "/toolkit")


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
    def test_as_many_for_3_clusters_and_schools_as_for_30(
        self, client: GatedClient, borough: Borough
    ) -> None:
        most = {
            "": 16,
            "/clusters": 12,
            f"/clusters/{borough.north.id}": 12,
            "/registers": 12,
            f"/registers?cluster={borough.north.id}": 12,
            "/toolkit": 12,
            "/toolkit/schools?which=reached": 12,
            "/sessions": 12,
        }

        def count(address: str) -> int:
            db.session.expunge_all()
            with count_statements() as sent:
                assert client.get(f"{PAGE}{address}").status_code == 200
            return len(sent)

        fill(borough, range(3))
        client.sign_in(borough.lead)
        few = {address: count(address) for address in most}
        fill(borough, range(3, 30))
        assert {address: count(address) for address in most} == few
        assert all(few[address] <= most[address] for address in most), few


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
