"""Finding a school, and its page."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask

from cop_site.db import db
from cop_site.schools.browse_queries import SchoolFilter, list_links, list_schools
from cop_site.schools.models import SchoolLink, SchoolLinkKind, SchoolStatus
from tests.factories.people import make_school_user
from tests.factories.schools import (
    join_cluster,
    make_authority,
    make_cluster,
    make_school,
)
from tests.support.client import GatedClient
from tests.support.statements import count_statements


@pytest.fixture
def reader(client: GatedClient) -> GatedClient:
    """Somebody of a school called Own, signed in."""
    make_authority()
    user = make_school_user(make_school("Own", town="Ownby", phase="Nursery"))
    db.session.commit()
    client.sign_in(user)
    return client


def _words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


def found(**narrowed: str) -> list[str]:
    return [school.name for school in list_schools(SchoolFilter(**narrowed))[0]]


class TestListSchools:
    @pytest.mark.parametrize(
        "search",
        ["oak", "OAK tree", "tree oak", "larkton oak", "LK1 2AB", "lk12ab", "900123", " oak  "],
    )
    def test_finds_by_words_postcode_and_urn(self, app: Flask, search: str) -> None:
        make_school("Oak Tree School", town="Larkton", postcode="LK1 2AB", urn=900_123)
        make_school("Elm School", town="Larkton", postcode="LK9 9ZZ", urn=900_124)
        assert found(search=search) == ["Oak Tree School"]

    @pytest.mark.parametrize("search", ["st johns", "St John's", "St John’s"])
    def test_apostrophes_do_not_matter(self, app: Flask, search: str) -> None:
        make_school("St John's School")
        assert found(search=search) == ["St John's School"]

    @pytest.mark.parametrize("search", ["%", "_", "99999999999999999999", "²", "\\"])
    def test_odd_characters_find_nothing_and_break_nothing(self, app: Flask, search: str) -> None:
        make_school("Oak")
        assert found(search=search) == []

    def test_local_code_finds_a_setting_without_a_urn(self, app: Flask) -> None:
        make_school("Setting", urn=None, local_code="LOC-7")
        assert found(search="loc-7") == ["Setting"]

    @pytest.mark.parametrize(
        ("status", "names"),
        [
            ("open", ["A", "B"]),
            ("opening", ["D"]),
            ("closed", ["C"]),
            ("all", ["A", "B", "C", "D"]),
        ],
    )
    def test_status_open_holds_those_proposed_to_close(
        self, app: Flask, status: str, names: list[str]
    ) -> None:
        make_school("A")
        make_school("B", status=SchoolStatus.PROPOSED_TO_CLOSE)
        make_school("C", status=SchoolStatus.CLOSED)
        make_school("D", status=SchoolStatus.PROPOSED_TO_OPEN)
        assert found(status=status) == names

    def test_cluster_means_in_it_today(self, app: Flask) -> None:
        cluster = make_cluster("Alder")
        join_cluster(make_school("Now"), cluster)
        join_cluster(make_school("Left"), cluster, date(2026, 1, 1), date(2026, 11, 9))
        join_cluster(make_school("Later"), cluster, date(2026, 11, 11))
        assert found(cluster_slug="alder") == ["Now"]

    def test_pages_hold_twenty_and_count_all(self, app: Flask) -> None:
        for number in range(23):
            make_school(f"School {number:02}")
        rows, total = list_schools(SchoolFilter(), number=2)
        assert ([row.name for row in rows], total) == (["School 20", "School 21", "School 22"], 23)
        assert list_schools(SchoolFilter(), number=3) == ([], 23)


class TestListLinks:
    def test_both_ends_once_each_and_none_that_became_nothing(self, app: Flask) -> None:
        old, new, other = make_school("Old"), make_school("New"), make_school("Other")
        for successor, kind in (
            (new, SchoolLinkKind.SUCCESSOR),
            (new, SchoolLinkKind.PREDECESSOR),
            (other, SchoolLinkKind.OTHER),
        ):
            db.session.add(SchoolLink(school_id=old.id, successor_id=successor.id, kind=kind))
        db.session.flush()
        assert list_links(old.id) == ([], [new])
        assert list_links(new.id) == ([old], [])


class TestBrowse:
    def test_address_narrows_the_list_without_javascript(self, reader: GatedClient) -> None:
        make_school("Oak", phase="Secondary")
        db.session.commit()
        answer = reader.get("/schools?search=&phase=Secondary&cluster=&status=open")
        assert "Oak" in answer.text
        assert "Ownby" not in answer.text
        assert '<option value="Secondary" selected>' in answer.text

    def test_htmx_gets_the_list_alone(self, reader: GatedClient) -> None:
        answer = reader.fragment("/schools?search=own")
        assert "<form" not in answer.text
        assert 'data-announce="1 school found"' in answer.text

    def test_filters_not_on_offer_are_left_out(self, reader: GatedClient) -> None:
        answer = reader.get("/schools?phase=x&cluster=x&status=x&page=x")
        assert "Ownby" in answer.text

    def test_no_match_says_what_to_do(self, reader: GatedClient) -> None:
        assert "No school matches" in reader.get("/schools?search=zzz").text

    def test_page_past_the_end_leads_back(self, reader: GatedClient) -> None:
        answer = reader.get("/schools?page=9")
        assert "There is nothing on this page" in answer.text
        assert 'href="/schools?page=1"' in answer.text

    def test_next_page_keeps_the_filters(self, reader: GatedClient) -> None:
        for number in range(21):
            make_school(f"Oak {number}")
        db.session.commit()
        answer = reader.get("/schools?search=oak&status=all")
        assert 'href="/schools?search=oak&amp;status=all&amp;page=2"' in answer.text

    def test_statements_are_as_many_for_three_rows_and_thirty(self, reader: GatedClient) -> None:
        counts = []
        cluster = make_cluster()
        for more in (2, 27):
            for _ in range(more):
                join_cluster(make_school(), cluster)
            db.session.commit()
            db.session.expunge_all()
            with count_statements() as sent:
                reader.get("/schools")
            counts.append(len(sent))
        assert counts == [6, 6]


class TestShow:
    def test_says_what_the_register_says(self, reader: GatedClient) -> None:
        school = make_school(
            "Oak",
            status=SchoolStatus.PROPOSED_TO_CLOSE,
            pupils=1210,
            low_age=4,
            high_age=11,
            trust_name="Larkshire Trust",
            opened_on=date(2012, 9, 1),
        )
        join_cluster(school, make_cluster("Alder"))
        join_cluster(school, make_cluster("East", "inclusion_partnership"))
        join_cluster(school, make_cluster("Gone"), date(2019, 1, 1), date(2020, 8, 31))
        db.session.commit()
        text = reader.get(f"/schools/{school.id}").text
        for words in (
            "Open, but proposed to close",
            "1,210",
            "4 to 11",
            "Larkshire Trust",
            "1 September 2012",
            "/clusters/alder",
            "/clusters/east",
        ):
            assert words in text
        assert "/clusters/gone" not in text

    def test_phase_of_special_schools_is_named(self, reader: GatedClient) -> None:
        school = make_school("Oak", phase="Not applicable")
        db.session.commit()
        assert "Special, independent or other" in reader.get(f"/schools/{school.id}").text
        found = reader.get("/schools?phase=Not+applicable").text
        chosen = '<option value="Not applicable" selected>Special, independent or other<'
        assert chosen in found
        assert "Special, independent or other, Larkton" in found

    def test_closed_school_leads_to_what_it_became(self, reader: GatedClient) -> None:
        old = make_school("Old", status=SchoolStatus.CLOSED, closed_on=date(2024, 8, 31))
        new = make_school("New")
        db.session.add(
            SchoolLink(school_id=old.id, successor_id=new.id, kind=SchoolLinkKind.SUCCESSOR)
        )
        db.session.commit()
        top, _facts = reader.get(f"/schools/{old.id}").text.split("About the school")
        assert "It became" in top and f'href="/schools/{new.id}"' in top
        assert "It became" not in reader.get(f"/schools/{new.id}").text

    def test_cluster_that_it_joins_later_is_told_with_its_day(self, reader: GatedClient) -> None:
        school, alder, larch = make_school(), make_cluster("Alder"), make_cluster("Larch")
        new_year = date(2027, 1, 1)
        join_cluster(school, larch, new_year)
        db.session.commit()
        words = _words(reader.get(f"/schools/{school.id}").text)
        assert "in no cluster today" in words and "Joins Larch on 1 January 2027" in words
        join_cluster(school, alder, ends_on=date(2026, 12, 31))
        db.session.commit()
        words = _words(reader.get(f"/schools/{school.id}").text)
        assert "in no cluster today" not in words
        assert "until 31 December 2026 Joins Larch on 1 January 2027" in words

    @pytest.mark.parametrize("school_id", ["999999", "0", "2147483648", "x"])
    def test_unknown_school_is_not_found(self, reader: GatedClient, school_id: str) -> None:
        assert reader.get(f"/schools/{school_id}").status_code == 404
