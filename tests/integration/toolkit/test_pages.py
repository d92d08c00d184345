"""The list, a resource's page, the report, and the toolkit's parts of other pages."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from cop_site.accounts.models import Person, ServiceRoleKind
from cop_site.db import db
from cop_site.schools.cluster_models import Cluster
from cop_site.toolkit.models import VersionState
from tests.factories.people import make_school_user, make_service_user
from tests.factories.schools import join_cluster, make_cluster, make_school, make_term
from tests.factories.toolkit import make_download, make_resource, make_version
from tests.integration.toolkit.conftest import People
from tests.support.client import GatedClient
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only

TODAY = date(2026, 11, 10)


def _titles(page: str) -> list[str]:
    return re.findall(r'<h2><a class="govuk-link" href="[^"]*">([^<]*)</a>', page)


class TestBrowse:
    def test_narrows_by_words_and_facets_and_says_how_many(
        self, people: People, client: GatedClient
    ) -> None:
        make_resource("semh", "plan", title="Calm corners")
        make_resource("semh", "do", title="Emotion coaching")
        make_resource("attendance", title="First conversation")
        db.session.commit()
        client.sign_in(people.senco)
        everything = client.get("/toolkit").text
        assert "Showing 3 of 3 resources" in everything
        narrowed = client.get("/toolkit?area=semh&area=transitions&stage=plan").text
        assert _titles(narrowed) == ["Calm corners"]
        assert "Showing 1 of 3 resources" in narrowed
        assert 'value="semh" checked' in narrowed
        assert 'id="count-attendance">(0)' in narrowed
        assert 'href="/toolkit?area=transitions&amp;stage=plan"' in narrowed
        assert _titles(client.get("/toolkit?q=emotions").text) == ["Emotion coaching"]
        nothing = client.get("/toolkit?q=zebra").text
        assert "No resource matches" in nothing
        assert "See the whole toolkit" in nothing

    @pytest.mark.parametrize(
        "query",
        ["area=nowhere", "area=%22", "show=drafts", "page=99999", "page=x", "stage=semh", "q=%00"],
    )
    def test_nonsense_in_the_address_is_left_out(
        self, people: People, client: GatedClient, query: str
    ) -> None:
        make_resource("semh", title="Calm corners")
        make_resource("semh", title="Hidden", state=VersionState.DRAFT)
        db.session.commit()
        client.sign_in(people.senco)
        answer = client.get(f"/toolkit?{query}")
        if query == "q=%00":
            assert answer.status_code == 400
            return
        assert answer.status_code == 200
        assert "Hidden" not in answer.text
        assert "page=99999" in query or _titles(answer.text) == ["Calm corners"]

    def test_fragment_is_the_list_with_counts_for_the_boxes(
        self, people: People, client: GatedClient
    ) -> None:
        make_resource("semh", title="Calm corners")
        db.session.commit()
        client.sign_in(people.senco)
        answer = client.fragment("/toolkit?q=calm")
        assert answer.text.lstrip().startswith('<div id="resource_list"')
        assert 'data-announce="Showing 1 of 1 resource"' in answer.text
        assert 'id="count-semh" data-hx-swap-oob="true">(1)' in answer.text
        assert "count-show-drafts" not in answer.text
        assert "HX-Request" in answer.headers["Vary"]

    def test_editors_also_see_drafts_and_what_is_past_review(
        self, people: People, client: GatedClient
    ) -> None:
        make_resource("semh", title="Late", review_on=TODAY - timedelta(days=1))
        make_resource("semh", title="Not yet", state=VersionState.DRAFT)
        db.session.commit()
        client.sign_in(people.editor)
        page = client.get("/toolkit?show=drafts").text
        assert _titles(page) == ["Not yet"]
        assert "Showing 1 of 1 drafts" in page
        assert 'id="count-show-review">(1)' in page
        late = client.get("/toolkit?show=review").text
        assert "review was due 9 November 2026" in late
        assert "count-show-drafts" in client.fragment("/toolkit").text
        client.sign_in(people.senco)
        assert _titles(client.get("/toolkit?show=drafts").text) == ["Late"]

    def test_an_empty_toolkit_says_what_to_do(self, people: People, client: GatedClient) -> None:
        client.sign_in(people.senco)
        assert "Nothing is published yet" in client.get("/toolkit").text
        client.sign_in(people.editor)
        assert "Add the first resource." in client.get("/toolkit").text

    def test_pages_of_twenty_keep_the_filter(self, people: People, client: GatedClient) -> None:
        for number in range(23):
            make_resource("semh", title=f"R{number:02}")
        db.session.commit()
        client.sign_in(people.senco)
        first = client.get("/toolkit?area=semh").text
        assert len(_titles(first)) == 20
        assert 'href="/toolkit?area=semh&amp;page=2"' in first
        assert _titles(client.get("/toolkit?area=semh&page=2").text) == ["R20", "R21", "R22"]

    @pytest.mark.parametrize("count", [3, 30])
    def test_takes_six_statements_at_any_length(
        self, people: People, client: GatedClient, count: int
    ) -> None:
        for number in range(count):
            make_resource("semh", "plan", "primary", title=f"Calm {number}", files=2)
        db.session.commit()
        for user in (people.senco, people.editor):
            client.sign_in(user)
            for query in ("", "?q=calm", "?q=calm&area=semh&stage=plan&phase=primary"):
                db.session.remove()
                with count_statements() as sent:
                    client.get(f"/toolkit{query}")
                assert len(sent) == 6


class TestShow:
    def test_says_what_it_is_how_accessible_and_how_large(
        self, people: People, client: GatedClient
    ) -> None:
        resource = make_resource(
            "semh", "plan", title="Calm", guidance="### Start\n\n**Now**", files=2
        )
        db.session.commit()
        client.sign_in(people.senco)
        page = client.get(f"/toolkit/{resource.slug}").text
        for words in ("2 files", "Text, 1 kB", "Accessible: checked", "<strong>Now</strong>"):
            assert words in page
        assert "your school used this, once a day" in page
        assert "Look after this resource" not in page

    def test_guidance_alone_has_nothing_to_download(
        self, people: People, client: GatedClient
    ) -> None:
        resource = make_resource("semh", files=0, guidance="Read this")
        db.session.commit()
        client.sign_in(people.senco)
        assert "There is nothing to download." in client.get(f"/toolkit/{resource.slug}").text

    def test_an_unknown_one_is_not_found(self, people: People, client: GatedClient) -> None:
        client.sign_in(people.senco)
        for slug in ("nothing", "x" * 5000, "%27", "..", "draft"):
            assert client.get(f"/toolkit/{slug}").status_code == 404

    @pytest.mark.parametrize("files", [1, 15])
    def test_takes_six_statements_whatever_it_holds(
        self, people: People, client: GatedClient, files: int
    ) -> None:
        resource = make_resource("semh", "plan", files=files)
        for number in range(2, 2 + files):
            make_version(resource, number, "semh", state=VersionState.WITHDRAWN)
        make_version(resource, 90, "semh", state=VersionState.DRAFT)
        db.session.commit()
        for user, path, most in (
            (people.senco, "", 6),
            (people.editor, "", 6),
            (people.editor, "/draft", 6),
        ):
            client.sign_in(user)
            db.session.remove()
            with count_statements() as sent:
                client.get(f"/toolkit/{resource.slug}{path}")
            assert len(sent) <= most


class TestDownloadsReport:
    def _fill(self) -> Any:
        before = make_term("Summer 2026", date(2026, 4, 13), date(2026, 7, 20))
        term = make_term("Autumn 2026", date(2026, 9, 2), date(2026, 12, 18))
        make_term("Spring 2027", date(2027, 1, 5), date(2027, 3, 27))
        resource = make_resource("semh", "attendance", title="Calm", review_on=TODAY)
        make_resource("semh", title="=Late", review_on=date(2026, 10, 1))
        birch = make_school("=Birch Lane Primary")
        make_download(resource, birch, date(2026, 9, 2))
        make_download(resource, birch, date(2026, 8, 31))
        db.session.commit()
        return before, term

    def test_counts_schools_in_the_term_that_is_asked_for(
        self, people: People, client: GatedClient
    ) -> None:
        before, _term = self._fill()
        client.sign_in(people.editor)
        page = client.get("/toolkit/downloads").text
        assert "1 of 2 schools</b> downloaded something in Autumn 2026" in page
        assert "None this term" in page
        none = client.get("/toolkit/downloads?which=none").text
        assert "Alder Lane Primary" in none
        assert "Birch" not in none
        some = client.get("/toolkit/downloads?which=some").text
        assert "Birch" in some
        assert "Alder Lane" not in some
        # A term's period runs to the day before the next begins.
        summer = client.get(f"/toolkit/downloads?term={before.id}").text
        assert "31 August 2026" in summer
        areas = client.get("/toolkit/downloads?by=area").text
        assert "7 areas of need" in areas
        review = client.get("/toolkit/downloads?by=review").text
        assert "1 October 2026" in review
        assert "Calm" not in review
        assert client.get("/toolkit/downloads?by=x&term=x&which=x&page=x").status_code == 200

    def test_tables_are_files_in_which_nothing_runs(
        self, people: People, client: GatedClient
    ) -> None:
        self._fill()
        client.sign_in(people.editor)
        schools = client.get("/toolkit/downloads.csv")
        assert schools.mimetype == "text/csv"
        assert "attachment" in schools.headers["Content-Disposition"]
        lines = schools.data.decode("utf-8-sig").splitlines()
        assert lines[0].startswith("term,school_id,school,town,downloads")
        assert any(",'=Birch Lane Primary,Larkton,1,1,2026-09-02" in line for line in lines)
        areas = client.get("/toolkit/downloads.csv?by=area").data.decode("utf-8-sig")
        assert '"Social, emotional and mental health",1,1' in areas
        review = client.get("/toolkit/downloads.csv?by=review").data.decode("utf-8-sig")
        assert "2026-11-10,'=Late," in review

    def test_before_any_term_says_so(self, people: People, client: GatedClient) -> None:
        client.sign_in(people.editor)
        assert "No term has begun" in client.get("/toolkit/downloads").text
        assert client.get("/toolkit/downloads.csv").status_code == 200

    @pytest.mark.parametrize("count", [3, 30])
    def test_takes_few_statements_at_any_length(
        self, people: People, client: GatedClient, count: int
    ) -> None:
        self._fill()
        for number in range(count):
            late = make_resource("semh", title=f"R{number}", review_on=date(2026, 1, 1))
            make_download(late, make_school(), TODAY)
        db.session.commit()
        client.sign_in(people.editor)
        for by in ("school", "area", "review"):
            db.session.remove()
            with count_statements() as sent:
                client.get(f"/toolkit/downloads?by={by}")
            assert len(sent) == {"school": 6, "area": 5, "review": 6}[by]

    def test_long_list_comes_in_pages(self, people: People, client: GatedClient) -> None:
        self._fill()
        for number in range(101):
            make_school(f"Cedar {number:03}")
        db.session.commit()
        client.sign_in(people.editor)
        page = client.get("/toolkit/downloads?which=none&page=2").text
        # Alder Lane and a hundred of these are on the first page.
        assert "102 schools" in page
        assert "Cedar 099" in page
        assert "Cedar 098" not in page
        assert "1 of 103 schools</b> downloaded" in page
        rows = client.get("/toolkit/downloads.csv").data.decode("utf-8-sig").splitlines()
        assert len(rows) == 1 + 103


class TestClusterPanel:
    def _use(self, people: People) -> Cluster:
        cluster = make_cluster("Heather cluster")
        join_cluster(people.school, cluster)
        other = make_school("Birch Lane Primary")
        join_cluster(other, cluster)
        used, less, old = (make_resource("semh", title=name) for name in ("Used", "Less", "Old"))
        gone = make_resource("semh", title="Gone", state=VersionState.WITHDRAWN)
        for school in (people.school, other):
            make_download(used, school, TODAY)
            make_download(used, school, TODAY - timedelta(days=3))
        make_download(less, other, TODAY - timedelta(days=59))
        make_download(old, other, TODAY - timedelta(days=60))
        make_download(gone, other, TODAY)
        make_download(less, make_school("Not of the cluster"), TODAY)
        db.session.commit()
        return cluster

    def test_shows_its_people_counts_and_no_school(
        self, people: People, client: GatedClient
    ) -> None:
        cluster = self._use(people)
        asep = make_service_user(ServiceRoleKind.ASEP, cluster)
        lead = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
        db.session.commit()
        for user in (people.senco, asep, lead):
            client.sign_in(user)
            page = client.get(f"/clusters/{cluster.slug}").text
            found = re.search(r'<section id="used_resources".*?</section>', page, re.S)
            assert found is not None
            words = re.findall(
                r">(Used|Less|Old|Gone)</a><br><span class=\"quiet\">(\d+ \w+)", found[0]
            )
            assert words == [("Used", "2 schools"), ("Less", "1 school")]
            assert "Birch" not in found[0]

    def test_is_not_for_others(self, people: People, client: GatedClient) -> None:
        cluster = self._use(people)
        stranger = make_school_user(make_school("Far away"))
        admin = make_service_user(ServiceRoleKind.ADMINISTRATOR)
        db.session.commit()
        for user in (stranger, admin, people.editor):
            client.sign_in(user)
            assert "used_resources" not in client.get(f"/clusters/{cluster.slug}").text


class TestHomePanel:
    def test_lists_ones_own_that_are_due_within_thirty_days(
        self, people: People, client: GatedClient
    ) -> None:
        owner = db.session.get_one(Person, people.editor.person_id)
        for title, days in (("Overdue", -1), ("Soon", 30), ("Later", 31)):
            make_resource("semh", title=title, owner=owner, review_on=TODAY + timedelta(days=days))
        make_resource("semh", title="Of another", review_on=TODAY)
        make_resource(
            "semh", title="A draft", owner=owner, review_on=TODAY, state=VersionState.DRAFT
        )
        db.session.commit()
        client.sign_in(people.editor)
        page = client.get("/").text
        found = re.search(r'<section id="resources_to_review".*?</section>', page, re.S)
        assert found is not None
        assert re.findall(r">(\w[\w ]*)</a>", found[0]) == ["Overdue", "Soon"]
        assert "Was due 9 November 2026" in found[0]
        client.sign_in(people.other)
        assert "resources_to_review" not in client.get("/").text
