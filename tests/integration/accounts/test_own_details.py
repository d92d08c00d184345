"""My account: correcting one's own details."""

from __future__ import annotations

import pytest
from flask import Flask

from cop_site import audit
from cop_site.accounts.models import Person, SchoolRoleKind, SencoAward, ServiceRoleKind, User
from cop_site.db import db
from tests.factories.people import make_school_user, make_service_user
from tests.factories.schools import make_authority, make_school
from tests.support.client import GatedClient
from tests.support.statements import count_statements

PAGE = "/account/details"


def person_of(user: User) -> Person:
    return db.session.get_one(Person, user.person_id, populate_existing=True)


@pytest.fixture
def senco(app: Flask, client: GatedClient) -> User:
    make_authority()
    user = make_school_user(make_school(), name="Person One")
    db.session.commit()
    client.sign_in(user)
    return user


class TestChangeDetails:
    def test_the_name_is_corrected_everywhere_and_noted(
        self, client: GatedClient, senco: User
    ) -> None:
        answer = client.send(PAGE, name="  Person  Uno ", award="not_said")
        assert (answer.status_code, answer.location) == (303, "/account")
        assert person_of(senco).name == "Person  Uno"
        assert "<b>Person  Uno</b>" in client.get("/").text
        (change,) = audit.list_changes("person", senco.person_id)
        assert (change.verb, change.by_user_id) == ("own details changed", senco.id)
        assert (change.was, change.now) == ({"name": "Person One"}, {"name": "Person  Uno"})

    def test_the_same_again_leaves_no_trace(self, client: GatedClient, senco: User) -> None:
        for _ in range(2):
            client.send(PAGE, name="Person One", award="npq", would_mentor="y")
        person = person_of(senco)
        assert (person.senco_award, person.would_mentor) == (SencoAward.NPQ, True)
        assert len(audit.list_changes("person", senco.person_id)) == 1

    def test_an_answer_can_be_taken_back(self, client: GatedClient, senco: User) -> None:
        client.send(PAGE, name="Person One", award="neither", would_mentor="y")
        assert "Neither yet" in client.get("/account").text
        client.send(PAGE, name="Person One", award="not_said")
        person = person_of(senco)
        assert (person.senco_award, person.would_mentor) == (None, False)

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            ("", "Enter your name"),
            ("   ", "Enter your name"),
            ("12 34", "Enter a name"),
            ("see www.evil.example", "Enter a name"),
            ("x" * 101, "Use 100 characters or fewer"),
        ],
    )
    def test_what_is_no_name_is_refused_and_stands_there_still(
        self, client: GatedClient, senco: User, name: str, sentence: str
    ) -> None:
        answer = client.send(PAGE, name=name, award="npq")
        assert answer.status_code == 422
        assert sentence in answer.text and f'value="{name.strip()}"' in answer.text
        assert person_of(senco).name == "Person One"
        assert person_of(senco).senco_award is None

    def test_a_name_is_text_and_never_markup(self, client: GatedClient, senco: User) -> None:
        client.send(PAGE, name='A\u202eB & "C"', award="not_said")
        assert person_of(senco).name == 'AB & "C"'
        assert "AB &amp; &#34;C&#34;" in client.get("/").text
        assert client.send(PAGE, name="<b>A</b>", award="not_said").status_code == 422

    def test_no_award_that_is_not_in_the_list(self, client: GatedClient, senco: User) -> None:
        assert client.send(PAGE, name="Person One", award="doctor").status_code == 422
        assert person_of(senco).senco_award is None

    @pytest.mark.parametrize("role", [SchoolRoleKind.TEACHER, SchoolRoleKind.HEADTEACHER])
    def test_who_is_no_senco_is_not_asked_and_cannot_say(
        self, client: GatedClient, senco: User, role: SchoolRoleKind
    ) -> None:
        user = make_school_user(make_school(), role=role)
        db.session.commit()
        client.sign_in(user)
        assert "award" not in client.get(PAGE).text
        client.send(PAGE, name="Person Two", award="npq", would_mentor="y")
        person = person_of(user)
        assert (person.name, person.senco_award, person.would_mentor) == ("Person Two", None, False)

    def test_what_a_former_senco_said_stays_when_they_correct_their_name(
        self, client: GatedClient, senco: User
    ) -> None:
        user = make_service_user(ServiceRoleKind.EP)
        person_of(user).senco_award = SencoAward.NASENCO
        db.session.commit()
        client.sign_in(user)
        client.send(PAGE, name="Person Three")
        assert person_of(user).senco_award is SencoAward.NASENCO

    def test_nobody_elses_can_be_changed(self, client: GatedClient, senco: User) -> None:
        other = make_school_user(make_school(), name="Other")
        db.session.commit()
        client.send(PAGE, name="Mine", award="npq", person_id=str(other.person_id), id="1")
        assert person_of(other).name == "Other"


class TestShow:
    def test_costs_few_statements_however_much_there_is(
        self, client: GatedClient, senco: User
    ) -> None:
        client.get("/account")
        with count_statements() as sent:
            client.get("/account")
        assert len(sent) <= 7
