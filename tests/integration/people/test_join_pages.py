"""The public pages on which somebody asks to join."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site.accounts import services
from cop_site.accounts.models import ServiceRoleKind
from cop_site.db import db
from cop_site.notifications.models import OutboxMessage
from cop_site.people.joining_models import JoinRequest, JoinState
from cop_site.schools.models import School, SchoolStatus
from tests.factories.people import (
    make_person,
    make_school_user,
    make_service_user,
    make_user,
)
from tests.factories.schools import join_cluster, make_authority, make_cluster, make_school
from tests.support.client import GatedClient
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only

ASKER: dict[str, Any] = {
    "name": "Kind Asker",
    "email": "asks@oak.example",
    "role": "teaching_assistant",
}


@pytest.fixture
def school(client: GatedClient) -> School:
    make_authority()
    school = make_school("Oak Primary", town="Larkton", postcode="LK1 2AB")
    db.session.commit()
    return school


def link() -> str:
    query = sa.select(OutboxMessage).where(OutboxMessage.kind == "people/join_confirm")
    row = db.session.scalars(query.order_by(OutboxMessage.id.desc())).first()
    assert row is not None
    db.session.commit()
    return f"/join/confirm/{row.context['once']}"


def state() -> JoinState:
    query = sa.select(JoinRequest.state)
    found = db.session.scalars(query).one()
    db.session.commit()
    return found


class TestFind:
    def test_sign_in_page_leads_here(self, client: GatedClient, school: School) -> None:
        assert 'href="/join"' in client.get("/sign-in").text
        page = client.get("/join").text
        assert "Oak Primary" not in page

    @pytest.mark.parametrize("search", ["oak", "larkton", "LK1 2AB", "lk12ab", "urn"])
    def test_school_is_found_and_chosen_without_a_script(
        self, client: GatedClient, school: School, search: str
    ) -> None:
        text = str(school.urn) if search == "urn" else search
        page = client.get("/join", query_string={"search": text}).text
        assert re.search(rf'type="radio"[^>]+value="{school.id}"', page)
        asked = {"search": text, "school": str(school.id), "chosen": "yes"}
        answer = client.get("/join", query_string=asked)
        assert answer.location == f"/join/{school.id}"

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("?search=+", "You have not typed anything"),
            ("?search=nowhere", "No school matches"),
            ("", None),
        ],
    )
    def test_search_that_finds_nothing_says_why(
        self, client: GatedClient, school: School, query: str, words: str | None
    ) -> None:
        page = client.get(f"/join{query}").text
        said = [one for one in ("You have not typed anything", "No school matches") if one in page]
        assert said == ([words] if words else [])

    def test_going_on_without_a_school_is_refused(
        self, client: GatedClient, school: School
    ) -> None:
        answer = client.get("/join?search=oak&chosen=yes")
        assert answer.status_code == 422
        assert "There is a problem" in answer.text

    def test_shows_names_and_towns_and_nothing_more(
        self, client: GatedClient, school: School
    ) -> None:
        make_school_user(school, name="The Senco")
        make_school("Oak Closed", status=SchoolStatus.CLOSED)
        db.session.commit()
        page = client.get("/join?search=oak").text
        assert "Oak Primary, Larkton" in page
        for hidden in ("The Senco", "LK1 2AB", "Community school", "Oak Closed", str(school.urn)):
            assert hidden not in page

    def test_long_list_has_an_end_and_says_so(self, client: GatedClient, school: School) -> None:
        for _ in range(30):
            make_school("Oak")
        db.session.commit()
        with count_statements() as sent:
            page = client.get("/join?search=oak").text
        assert page.count('type="radio"') == 20
        assert "first 20 of 31" in page
        assert len(sent) <= 2

    @pytest.mark.parametrize(
        "path", ["/join?search=%25&school=9&chosen=yes", "/join?school=x&chosen=yes"]
    )
    def test_nonsense_finds_nothing(self, client: GatedClient, school: School, path: str) -> None:
        assert client.get(path).status_code in (200, 422)

    def test_closed_or_unknown_school_is_not_there(
        self, client: GatedClient, school: School
    ) -> None:
        closed = make_school(status=SchoolStatus.CLOSED)
        db.session.commit()
        for key in (closed.id, 2_000_000):
            assert client.get(f"/join/{key}").status_code == 404
            assert client.send(f"/join/{key}", **ASKER).status_code == 404


class TestAsk:
    def test_same_answer_whoever_has_the_address(self, client: GatedClient, school: School) -> None:
        of_school, elsewhere = make_school_user(school), make_school_user(make_school())
        closed = make_user(make_person())
        closed.disabled_at = closed.created_at
        db.session.commit()
        pages, took = set(), []
        for email in ("new@x.example", of_school.email, elsewhere.email, closed.email):
            began = time.perf_counter()
            answer = client.send(f"/join/{school.id}", **{**ASKER, "email": email})
            took.append(time.perf_counter() - began)
            pages.add((answer.status_code, answer.location, client.get(answer.location).text))
        assert len(pages) == 1
        assert min(took) >= 0.1

    def test_bad_input_comes_back_as_typed(self, client: GatedClient, school: School) -> None:
        answer = client.send(f"/join/{school.id}", name="Typed", email="x", role="administrator")
        assert answer.status_code == 422
        assert 'value="Typed"' in answer.text
        assert "Choose from the list" in answer.text

    def test_fields_that_the_form_has_not_are_ignored(
        self, client: GatedClient, school: School
    ) -> None:
        other = make_school()
        db.session.commit()
        client.send(
            f"/join/{school.id}", **ASKER, state="approved", school_id=str(other.id), token_hash="x"
        )
        row = db.session.scalars(sa.select(JoinRequest)).one()
        assert (row.state, row.school_id) == (JoinState.UNCONFIRMED, school.id)

    def test_one_network_address_has_an_end(
        self, client: GatedClient, school: School, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(services, "GUESSES_PER_ADDRESS", 2)
        given = [
            client.send(f"/join/{school.id}", **{**ASKER, "email": f"p{number}@x.example"})
            for number in range(3)
        ]
        assert [answer.status_code for answer in given] == [303, 303, 422]
        assert "too many tries" in given[2].text


class TestConfirm:
    def test_looking_changes_nothing_and_the_button_asks_the_school(
        self, client: GatedClient, school: School
    ) -> None:
        client.send(f"/join/{school.id}", **ASKER)
        address = link()
        assert "Kind Asker, Teaching assistant" in client.get(address).text
        assert state() is JoinState.UNCONFIRMED
        for _ in range(2):
            page = client.send(address).text
            assert "Your request is with the school" in page
        assert state() is JoinState.WAITING
        assert "Your request is with the school" in client.get(address).text

    def test_link_that_ran_out_or_never_was_says_so(
        self, client: GatedClient, school: School
    ) -> None:
        client.send(f"/join/{school.id}", **ASKER)
        row = db.session.scalars(sa.select(JoinRequest)).one()
        row.expires_at -= timedelta(days=8)
        db.session.commit()
        for address in (link(), "/join/confirm/nothing"):
            for answer in (client.get(address), client.send(address)):
                assert answer.status_code == 410
                assert "This link no longer works" in answer.text
        assert state() is JoinState.UNCONFIRMED


class TestAnswer:
    def test_is_the_aseps_where_the_senco_never_came_in(
        self, client: GatedClient, school: School
    ) -> None:
        cluster = make_cluster()
        join_cluster(school, cluster)
        make_school_user(school, been_in=False)
        asep = make_service_user(ServiceRoleKind.ASEP, cluster)
        db.session.commit()
        client.send(f"/join/{school.id}", **ASKER)
        client.send(link())
        row_id = db.session.scalars(sa.select(JoinRequest.id)).one()
        db.session.commit()
        client.sign_in(asep)
        address = f"/schools/{school.id}/people/requests/{row_id}"
        home = client.get("/").text
        assert address in home
        assert "Nobody at the school can answer yet." in home
        assert client.get(address).status_code == 200
