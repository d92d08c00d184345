"""The engagement page, its lists, its file and the panel on home, by request."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from werkzeug.test import TestResponse

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRoleKind, ServiceRoleKind, User
from cop_site.db import db
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School, Scope, Term
from tests.factories.events import make_event, make_mark
from tests.factories.people import make_school_user, make_service_user
from tests.factories.reports import add_to_scope, hold_network, make_scope, make_staff
from tests.factories.schools import make_cluster, make_school, make_term
from tests.support.client import GatedClient
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only

pytestmark = pytest.mark.thorough
PAGE = "/reports/engagement"
OCTOBER = datetime(2026, 10, 6, 9, tzinfo=clock.LONDON)


@dataclass
class Borough:
    """89 schools in two clusters: 81 came this term, 77 last term."""

    summer: Term
    autumn: Term
    scope: Scope
    schools: list[School]
    north: Cluster
    south: Cluster
    lead: User

    @property
    def missing(self) -> list[School]:
        return self.schools[81:]


@pytest.fixture
def borough(app: object) -> Borough:
    north, south = make_cluster("North"), make_cluster("South")
    summer = make_term("Summer 2026", date(2026, 4, 13), date(2026, 7, 21))
    autumn = make_term("Autumn 2026", date(2026, 9, 1), date(2026, 12, 18))
    lead = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
    schools = [make_school(f"School {number:02}") for number in range(1, 90)]
    before = make_scope(summer, schools)
    scope = make_scope(autumn, [], frozen_by_user_id=lead.id)
    for school in schools:
        add_to_scope(scope, school, north if school in schools[:12] else south)
    hold_network(OCTOBER - timedelta(days=150), *schools[:77])
    hold_network(OCTOBER, *schools[:50])
    hold_network(OCTOBER + timedelta(days=14), *schools[40:81])
    assert before.term_id == summer.id
    db.session.commit()
    return Borough(summer, autumn, scope, schools, north, south, lead)


def open_page(client: GatedClient, user: User, address: str = PAGE) -> TestResponse:
    client.sign_in(user)
    return client.get(address)


def terms_offered(page: TestResponse) -> list[str]:
    picker = page.text.split('name="term"')[1].split("</select>")[0]
    return re.findall(r">([^<>]+)</option>", picker)


class TestEngagement:
    def test_says_81_of_89_and_91_percent_and_lists_the_8(
        self, client: GatedClient, borough: Borough
    ) -> None:
        page = open_page(client, borough.lead)
        assert page.status_code == 200
        for words in (
            "91%",
            "81 of 89 so far. Last term 77 of 89 in the whole term. Up 4 percentage points.",
        ):
            assert words in page.text
        assert "89 schools, list frozen 1 September 2026 by" in page.text
        assert "all SENCO network registers closed" in page.text
        assert ">of schools came to the SENCO network<" in page.text
        assert "CoP meetings are not in this figure." in page.text
        assert "left out by hand" not in page.text
        assert "Provisional" not in page.text
        listed = [school.name for school in borough.schools if f">{school.name}<" in page.text]
        assert listed == [school.name for school in borough.missing]

    def test_says_provisional_while_a_register_is_open(
        self, client: GatedClient, borough: Borough
    ) -> None:
        hold_network(OCTOBER + timedelta(days=20), borough.missing[0], closed=False)
        hold_network(OCTOBER + timedelta(days=21), closed=False)
        db.session.commit()
        page = open_page(client, borough.lead)
        assert "Provisional</strong>, 2 SENCO network sessions not closed" in page.text
        assert "81 of 89" in page.text

    def test_address_can_be_bookmarked(self, client: GatedClient, borough: Borough) -> None:
        page = open_page(client, borough.lead, f"{PAGE}?term={borough.summer.id}")
        assert "77 of 89" in page.text
        assert "Summer 2026 ·" in page.text
        small = make_scope(borough.autumn, borough.schools[:14], name="Short list")
        db.session.commit()
        page = client.get(f"{PAGE}?term={borough.autumn.id}&scope={small.id}")
        assert "14 of 14" in page.text
        assert "Too few schools for a percentage" in page.text
        assert ">schools came to the SENCO network<" in page.text
        assert "No comparison: Summer 2026 has no list called Short list." in page.text
        assert "Last term" not in page.text
        assert "100%" not in page.text

    def test_schools_left_out_by_hand_are_counted_and_lead_to_the_reason(
        self, client: GatedClient, borough: Borough
    ) -> None:
        borough.scope.rule = {"left_out": [1, 2, 3]}
        db.session.commit()
        page = open_page(client, borough.lead)
        assert f'href="/scopes/{borough.scope.id}">3 schools left out by hand</a>' in page.text

    def test_says_that_the_term_is_still_running(
        self, client: GatedClient, borough: Borough
    ) -> None:
        make_event(OCTOBER + timedelta(days=51))
        db.session.commit()
        page = open_page(client, borough.lead)
        assert "Term still running: 1 more SENCO network session, 26 November 2026" in page.text
        ended = client.get(f"{PAGE}?term={borough.summer.id}").text
        assert "77 of 89." in ended
        assert "Term still running" not in ended

    def test_not_yet_school_shows_whom_to_call(self, client: GatedClient, borough: Borough) -> None:
        senco = make_staff(borough.missing[0])
        make_service_user(ServiceRoleKind.EP, borough.south)
        ep = db.session.query(Person).order_by(Person.id.desc()).first()
        assert ep
        db.session.commit()
        assert "See whom to contact about all 8" in open_page(client, borough.lead).text
        page = client.get(f"{PAGE}/schools?which=not-yet")
        assert page.text.count(f'href="mailto:{senco.email}"') == 1
        assert page.text.count(f'href="mailto:{ep.email}"') == 8
        assert page.text.count("No SENCO recorded") == 7

    def test_offers_terms_that_have_begun_and_the_one_asked_for(
        self, client: GatedClient, borough: Borough
    ) -> None:
        spring = make_term("Spring 2027", date(2027, 1, 5), date(2027, 3, 26))
        make_term("Summer 2027", date(2027, 4, 12), date(2027, 7, 21))
        db.session.commit()
        assert terms_offered(open_page(client, borough.lead)) == ["Autumn 2026", "Summer 2026"]
        asked = client.get(f"{PAGE}?term={spring.id}")
        assert terms_offered(asked) == ["Spring 2027", "Autumn 2026", "Summer 2026"]

    def test_school_outside_the_scope_is_told_apart(
        self, client: GatedClient, borough: Borough
    ) -> None:
        stranger = make_school("Elsewhere School")
        hold_network(OCTOBER, stranger)
        db.session.commit()
        assert "1 school came and is not on the list" in open_page(client, borough.lead).text
        page = client.get(f"{PAGE}/schools?which=outside")
        assert "Elsewhere School" in page.text
        assert "6 October 2026: SENCO" in page.text

    def test_school_that_closed_is_noted(self, client: GatedClient, borough: Borough) -> None:
        borough.missing[0].closed_on = date(2026, 10, 20)
        db.session.commit()
        page = open_page(client, borough.lead)
        assert "School 82 closed on 20 October 2026 and had not come" in page.text
        assert "81 of 88" in page.text

    @pytest.mark.parametrize("query", ["term=999999", "term=99999999999999999999"])
    def test_unknown_term_is_not_found(
        self, client: GatedClient, borough: Borough, query: str
    ) -> None:
        assert open_page(client, borough.lead, f"{PAGE}?{query}").status_code == 404

    @pytest.mark.parametrize("query", ["term=&scope=", "term=x&scope=-1", "scope=1e9", "page=0"])
    def test_nonsense_in_the_address_opens_the_usual_page(
        self, client: GatedClient, borough: Borough, query: str
    ) -> None:
        assert "81 of 89" in open_page(client, borough.lead, f"{PAGE}?{query}").text

    def test_without_terms_says_who_adds_them(self, client: GatedClient, app: object) -> None:
        lead = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
        db.session.commit()
        assert "There are no terms yet" in open_page(client, lead).text

    def test_without_a_list_says_how_to_freeze_one(
        self, client: GatedClient, borough: Borough
    ) -> None:
        term = make_term("Spring 2026", date(2026, 1, 5), date(2026, 3, 27))
        db.session.commit()
        page = open_page(client, borough.lead, f"{PAGE}?term={term.id}")
        assert "No list of schools is frozen for Spring 2026" in page.text
        assert f'href="/scopes/new?term={term.id}"' in page.text

    def test_term_that_has_not_begun_says_when_its_list_can_be_frozen(
        self, client: GatedClient, borough: Borough
    ) -> None:
        term = make_term("Spring 2027", date(2027, 1, 5), date(2027, 3, 26))
        db.session.commit()
        page = open_page(client, borough.lead, f"{PAGE}?term={term.id}")
        assert "No list of schools is frozen for Spring 2027" in page.text
        assert "from the term’s first day, 5 January 2027." in page.text
        assert f'href="/scopes/new?term={term.id}"' not in page.text


class TestOwnClusters:
    def test_ep_sees_their_clusters_schools_only(
        self, client: GatedClient, borough: Borough
    ) -> None:
        ep = make_service_user(ServiceRoleKind.EP, borough.north)
        db.session.commit()
        page = open_page(client, ep)
        assert "Only schools in North." in page.text
        assert "12 of 12" in page.text
        assert "81 of 89" not in page.text
        assert "/scopes/new" not in page.text
        listed = client.get(f"{PAGE}/schools?which=engaged").text
        assert "School 12" in listed
        assert "School 13" not in listed
        assert "School 82" not in client.get(f"{PAGE}/schools?which=not-yet").text
        assert "School 13" not in client.get(f"{PAGE}.csv").text

    def test_asep_without_a_cluster_sees_no_figure(
        self, client: GatedClient, borough: Borough
    ) -> None:
        asep = make_service_user(ServiceRoleKind.ASEP)
        db.session.commit()
        page = open_page(client, asep)
        assert "You are not with a cluster today" in page.text
        assert "School 82" not in page.text
        assert client.get(f"{PAGE}.csv").text.count("\n") == 1

    def test_school_may_not_open_it(self, client: GatedClient, borough: Borough) -> None:
        senco = make_school_user(borough.schools[0])
        db.session.commit()
        assert open_page(client, senco).status_code == 403
        assert client.get(f"{PAGE}.csv").status_code == 403


class TestEngagementSchools:
    def test_engaged_says_the_days_and_roles_and_no_names(
        self, client: GatedClient, borough: Borough
    ) -> None:
        _, register = hold_network(OCTOBER + timedelta(days=1))
        head = make_staff(borough.schools[0], role=SchoolRoleKind.HEADTEACHER)
        head.name = "Somebody Unmentioned"
        make_mark(register, head, borough.schools[0], role=SchoolRoleKind.HEADTEACHER)
        db.session.commit()
        page = open_page(client, borough.lead, f"{PAGE}/schools?which=engaged")
        assert "6 October 2026: SENCO" in page.text
        assert "7 October 2026: Headteacher" in page.text
        assert "Somebody Unmentioned" not in page.text
        assert page.text.count("<tr") == 1 + 81

    def test_not_yet_says_when_each_last_came(self, client: GatedClient, borough: Borough) -> None:
        hold_network(OCTOBER - timedelta(days=200), borough.missing[0])
        db.session.commit()
        page = open_page(client, borough.lead, f"{PAGE}/schools?which=not-yet")
        assert "20 March 2026" in page.text
        assert page.text.count("No visit on record") == 7
        assert page.text.count("<tr") == 1 + 8

    def test_unknown_list_is_not_found(self, client: GatedClient, borough: Borough) -> None:
        address = f"{PAGE}/schools?which=all"
        assert open_page(client, borough.lead, address).status_code == 404

    def test_long_list_comes_in_pages(self, client: GatedClient, borough: Borough) -> None:
        more = [make_school() for _ in range(30)]
        for school in more:
            add_to_scope(borough.scope, school, borough.south)
        hold_network(OCTOBER, *more)
        db.session.commit()
        page = open_page(client, borough.lead, f"{PAGE}/schools?which=engaged&page=2")
        assert "Page 2 of 2" in page.text
        assert page.text.count("<tr") == 1 + 11


class TestEngagementFile:
    def test_has_a_row_for_each_school_of_the_scope(
        self, client: GatedClient, borough: Borough
    ) -> None:
        borough.missing[0].closed_on = date(2026, 10, 20)
        db.session.commit()
        answer = open_page(client, borough.lead, f"{PAGE}.csv")
        assert answer.mimetype == "text/csv"
        assert answer.headers["Content-Disposition"].startswith(
            'attachment; filename="engagement-Autumn-2026-as-at-2026-11-10.csv"'
        )
        rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
        counted = [row for row in rows if row["in_denominator"] == "yes"]
        assert (len(rows), len(counted)) == (89, 88)
        assert sum(row["engaged"] == "yes" for row in counted) == 81
        assert {row["as_at"] for row in rows} == {"2026-11-10"}
        both = next(row for row in rows if row["school"] == "School 41")
        assert both["sessions_attended"] == "2"
        assert both["days_attended"] == "2026-10-06 2026-10-20"
        assert both["urn"] == str(borough.schools[40].urn)

    def test_name_that_a_spreadsheet_would_run_is_text(
        self, client: GatedClient, borough: Borough
    ) -> None:
        add_to_scope(borough.scope, make_school('=HYPERLINK("x")'), borough.south)
        db.session.commit()
        assert ",\"'=HYPERLINK" in open_page(client, borough.lead, f"{PAGE}.csv").text

    def test_without_a_scope_is_not_found(self, client: GatedClient, borough: Borough) -> None:
        term = make_term("Spring 2027", date(2027, 1, 4), date(2027, 3, 26))
        db.session.commit()
        address = f"{PAGE}.csv?term={term.id}"
        assert open_page(client, borough.lead, address).status_code == 404


class TestHome:
    def test_lead_sees_this_terms_engagement(self, client: GatedClient, borough: Borough) -> None:
        page = open_page(client, borough.lead, "/")
        assert "Engagement, Autumn 2026" in page.text
        assert "91%" in page.text
        assert "81 of 89 so far." in page.text
        assert "All SENCO network registers closed." in page.text
        assert "Network schools, as at 10 November 2026." in page.text
        assert "See whom to contact about these 8 schools" in page.text

    def test_others_do_not(self, client: GatedClient, borough: Borough) -> None:
        ep = make_service_user(ServiceRoleKind.EP, borough.north)
        db.session.commit()
        assert "Engagement, Autumn" not in open_page(client, ep, "/").text


class TestStatements:
    @pytest.mark.parametrize(
        ("address", "most"),
        [
            (PAGE, 16),
            (f"{PAGE}/schools?which=engaged", 8),
            (f"{PAGE}/schools?which=not-yet", 12),
            (f"{PAGE}/schools?which=outside", 8),
        ],
    )
    def test_as_many_for_3_schools_as_for_89(
        self,
        client: GatedClient,
        borough: Borough,
        at: Callable[[datetime], None],
        address: str,
        most: int,
    ) -> None:
        client.sign_in(borough.lead)

        def count() -> int:
            db.session.expunge_all()
            with count_statements() as sent:
                assert client.get(address).status_code == 200
            return len(sent)

        large = count()
        make_scope(borough.autumn, borough.schools[79:82], frozen_at=clock.now(), version=2)
        db.session.commit()
        assert "2 of 3" in client.get(PAGE).text
        assert count() == large <= most
