"""The administrator's pages about people: everybody, one, and their account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.models import (
    PartnerService,
    Person,
    SchoolRole,
    SchoolRoleKind,
    ServiceRole,
    ServiceRoleKind,
    SignIn,
    Standing,
    User,
)
from cop_site.audit import Change
from cop_site.db import db
from cop_site.notifications.models import OutboxMessage
from cop_site.schools.models import SchoolStatus
from tests.conftest import NOON
from tests.factories.people import (
    give_school_role,
    make_person,
    make_school_user,
    make_service_user,
    make_user,
)
from tests.factories.schools import make_authority, make_school
from tests.support.client import GatedClient
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only
TODAY = ["10", "11", "2026"]


@pytest.fixture
def admin(app: Flask) -> User:
    make_authority()
    user = make_service_user(ServiceRoleKind.ADMINISTRATOR)
    db.session.get_one(Person, user.person_id).name = "Ada Administrator"
    db.session.commit()
    return user


@pytest.fixture
def page(client: GatedClient, admin: User) -> GatedClient:
    client.sign_in(admin)
    return client


@pytest.fixture
def senco(admin: User) -> User:
    user = make_school_user(make_school("Oak"), name="Sena Senco")
    user.first_in_at = NOON
    db.session.commit()
    return user


class TestBrowse:
    def make_people(self) -> dict[str, Person]:
        people = {
            "invited": make_school_user(make_school(), been_in=False),
            "closed": make_school_user(make_school()),
            "in": make_school_user(make_school(), role=SchoolRoleKind.OFFICE),
            "no role": make_user(),
        }
        people["no role"].first_in_at = NOON
        people["closed"].disabled_at = NOON
        found = {who: db.session.get_one(Person, user.person_id) for who, user in people.items()}
        found["gone"] = make_person()
        give_school_role(found["gone"], make_school())
        found["gone"].bounced_at = NOON
        found["new"] = make_person()
        give_school_role(found["new"], make_school(), starts_on=date(2026, 9, 1))
        for who, person in found.items():
            person.name = f"The {who} one"
        db.session.commit()
        return found

    @pytest.mark.parametrize(
        ("narrowed", "names"),
        [
            ({"state": "invited"}, {"invited"}),
            ({"state": "closed"}, {"closed"}),
            ({"state": "bounced"}, {"gone"}),
            ({"state": "new"}, {"new"}),
            ({"state": "no_account"}, {"gone", "new"}),
            ({"state": "no_role"}, {"no role"}),
            ({"role": "office"}, {"in"}),
            ({"role": "service"}, {"Ada"}),
            ({"role": "school", "state": "bounced"}, {"gone"}),
            ({"role": "partner"}, set()),
            ({"search": "THE gone"}, {"gone"}),
            ({"search": "%"}, set()),
            ({"role": "nonsense"}, {"invited", "closed", "in", "no role", "gone", "new", "Ada"}),
        ],
    )
    def test_shows_those_that_are_asked_for(
        self, page: GatedClient, narrowed: dict[str, str], names: set[str]
    ) -> None:
        found = self.make_people()
        text = page.get("/people", query_string=narrowed).text
        every = {who: person.name for who, person in found.items()} | {"Ada": "Ada Administrator"}
        shown = {who for who, name in every.items() if f">{name}</a>" in text}
        assert shown == names

    def test_finds_by_address(self, page: GatedClient) -> None:
        make_person("Under Another Name", "needle@hay.example")
        db.session.commit()
        assert "Under Another Name" in page.get("/people?search=NEEDLE@").text

    def test_six_statements_however_many_there_are(self, page: GatedClient) -> None:
        counts = []
        for more in (3, 27):
            for _ in range(more):
                make_school_user(make_school())
            db.session.commit()
            db.session.expunge_all()
            with count_statements() as sent:
                page.get("/people?role=school")
            counts.append(len(sent))
        assert counts[0] == counts[1] <= 6

    def test_merged_people_are_left_out(self, page: GatedClient, senco: User) -> None:
        repeat = make_person("Repeat Person")
        repeat.merged_into_id = senco.person_id
        db.session.commit()
        assert "Repeat Person" not in page.get("/people").text
        assert page.get(f"/people/{repeat.id}").status_code == 404


class TestExport:
    def test_is_what_the_list_shows_and_is_kept(self, page: GatedClient, admin: User) -> None:
        person = make_person("=HYPERLINK(1)", "risky@school.example")
        give_school_role(person, make_school("Oak"))
        db.session.commit()
        answer = page.get("/people/list.csv?search=risky")
        lines = answer.get_data().decode("utf-8-sig").splitlines()
        assert lines[1].startswith("'=HYPERLINK(1),risky@school.example,SENCO at Oak,No account,")
        assert len(lines) == 2
        row = db.session.query(Change).filter_by(thing="export").one()
        assert (row.verb, row.by_user_id, row.thing_id) == ("exported", admin.id, admin.id)
        # What was searched for may be a name, and this row outlives the person.
        assert row.now == {
            "file": "people 2026-11-10.csv",
            "rows": 1,
            "filter": {"search": "something"},
        }


class TestShow:
    def test_says_who_they_are_and_what_happened(self, page: GatedClient, senco: User) -> None:
        person = db.session.get_one(Person, senco.person_id)
        other = make_school("Elm")
        give_school_role(person, other, ends_on=date(2026, 7, 1))
        give_school_role(
            person, other, SchoolRoleKind.HEADTEACHER, starts_on=date(2027, 1, 4)
        ).standing = Standing.SUBSTANTIVE
        db.session.commit()
        page.send(f"/people/{person.id}/name", name="Sena Newname")
        text = page.get(f"/people/{person.id}").text
        assert text.index("SENCO at Oak") < text.index("Headteacher at Elm")
        assert text.index("Headteacher at Elm") < text.index("SENCO at Elm")
        assert "Name corrected from Sena Senco to Sena Newname" in text
        assert "10 November 2026, Ada Administrator" in text

    def test_costs_the_same_however_long_the_history(self, page: GatedClient, senco: User) -> None:
        counts = []
        for more in (2, 28):
            for number in range(more):
                page.send(f"/people/{senco.person_id}/name", name=f"Name {more} {number}")
            db.session.expunge_all()
            with count_statements() as sent:
                page.get(f"/people/{senco.person_id}")
            counts.append(len(sent))
        assert counts[0] == counts[1] <= 10


class TestRoles:
    def test_a_role_is_added_and_they_are_told(self, page: GatedClient, senco: User) -> None:
        make_school("Elm Primary", town="Larkton")
        make_school("Elm Primary", town="Oxenmere")
        db.session.commit()
        fields: dict[str, Any] = {"role": "school:senco", "standing": "acting", "starts_on": TODAY}
        path = f"/people/{senco.person_id}/roles/add"
        unclear = page.send(path, school="elm primary", **fields)
        assert unclear.status_code == 422
        assert "More than one school is called that" in unclear.text
        assert page.send(path, school="elm primary, OXENMERE", **fields).status_code == 303
        row = db.session.scalars(sa.select(SchoolRole).order_by(SchoolRole.id.desc())).first()
        assert row is not None and row.standing is Standing.ACTING
        mail = db.session.query(OutboxMessage).one()
        assert mail.context["welcome"] == "Acting SENCO at Elm Primary"
        assert mail.kind == "accounts/role_given"

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"role": "school:senco"}, "Enter the school"),
            ({"role": "school:senco", "school": "Nowhere"}, "No school is called that"),
            ({"role": "school:senco", "school": "Shut"}, "is closed."),
            ({"role": "school:senco", "school": "Gone"}, "is closed."),
            ({"role": "school:senco", "school": "Oak"}, "already"),
            ({"role": "school:king", "school": "Oak"}, "Choose from the list"),
            ({"role": "partner:99"}, "Choose from the list"),
            (
                {"role": "school:teacher", "school": "Oak", "standing": "acting"},
                "Only a SENCO can be acting",
            ),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, page: GatedClient, senco: User, fields: dict[str, Any], sentence: str
    ) -> None:
        make_school("Shut", closed_on=date(2026, 8, 31))
        make_school("Gone", status=SchoolStatus.CLOSED)
        db.session.commit()
        path = f"/people/{senco.person_id}/roles/add"
        answer = page.send(path, starts_on=TODAY, **{"standing": "substantive", **fields})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert db.session.query(SchoolRole).count() == 1

    def test_nobody_gives_themselves_a_role(self, page: GatedClient, admin: User) -> None:
        fields: dict[str, Any] = {"role": "service:inclusion_lead", "starts_on": TODAY}
        answer = page.send(f"/people/{admin.person_id}/roles/add", **fields)
        assert answer.status_code == 422
        assert "Somebody else must give you a role." in answer.text

    def test_a_service_role_and_a_partner_s(self, page: GatedClient, senco: User) -> None:
        partner = PartnerService(name="Virtual School")
        db.session.add(partner)
        db.session.commit()
        path = f"/people/{senco.person_id}/roles/add"
        for role in ("service:ep", f"partner:{partner.id}"):
            assert page.send(path, role=role, starts_on=TODAY).status_code == 303
        text = page.get(f"/people/{senco.person_id}").text
        assert "Educational psychologist" in text and "Virtual School" in text

    def test_ending_one_needs_it_to_be_theirs(self, page: GatedClient, senco: User) -> None:
        own = db.session.query(SchoolRole).one()
        other = make_person()
        db.session.commit()
        path = "/people/{}/roles/{}/{}/end"
        for who, source in ((other.id, "school"), (senco.person_id, "service")):
            wrong = path.format(who, source, own.id)
            assert page.get(wrong).status_code == 404
            assert page.send(wrong, last_day=TODAY).status_code == 404
        answer = page.send(path.format(senco.person_id, "school", own.id), last_day=TODAY)
        assert answer.status_code == 303
        db.session.refresh(own)
        assert own.ends_on == NOON.date()

    def test_the_last_administrator_stays(self, page: GatedClient, admin: User) -> None:
        role = db.session.query(ServiceRole).one()
        path = f"/people/{admin.person_id}/roles/service/{role.id}/end"
        answer = page.send(path, last_day=TODAY)
        assert answer.status_code == 422
        assert "There must always be an administrator" in answer.text


class TestInvite:
    def test_somebody_new_gets_an_invitation(self, page: GatedClient) -> None:
        make_school("Oak", urn=123456)
        db.session.commit()
        answer = page.send(
            "/people/invite",
            name="Nora New",
            email="Nora@School.example",
            role="school:senco",
            school="123456",
            standing="substantive",
            starts_on=TODAY,
            disabled_at="2026-01-01",
            person_id="1",
        )
        assert answer.status_code == 303
        person = db.session.query(Person).filter_by(email="nora@school.example").one()
        assert answer.location == f"/people/{person.id}"
        assert "Invited, not in yet" in page.get(answer.location).text
        assert db.session.query(OutboxMessage).one().kind == "accounts/invitation"

    def test_somebody_here_keeps_their_name(self, page: GatedClient, senco: User) -> None:
        answer = page.send(
            "/people/invite",
            name="Another Name",
            email=senco.email.upper(),
            role="service:ep",
            starts_on=TODAY,
        )
        assert answer.location == f"/people/{senco.person_id}"
        assert db.session.get_one(Person, senco.person_id).name == "Sena Senco"

    def test_a_click_too_many_gives_one_role(self, page: GatedClient) -> None:
        make_school("Oak")
        db.session.commit()
        fields: dict[str, Any] = {
            "name": "N",
            "email": "n@s.example",
            "role": "school:office",
            "school": "Oak",
        }
        answers = [page.send("/people/invite", starts_on=TODAY, **fields) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 422]
        assert "already" in answers[1].text
        assert db.session.query(OutboxMessage).count() == 1


class TestPartners:
    def test_are_added_from_where_a_role_is_given(self, page: GatedClient, senco: User) -> None:
        for path in (f"/people/{senco.person_id}/roles/add", "/people/invite"):
            assert 'href="/people/partners"' in page.get(path).text

    def test_are_added_and_renamed_under_names_of_their_own(self, page: GatedClient) -> None:
        assert page.send("/people/partners", name="Virtual School").status_code == 303
        assert page.send("/people/partners", name="Admissions").status_code == 303
        again = page.send("/people/partners", name="Virtual School")
        assert again.status_code == 422
        assert "There is a partner service of this name already." in again.text
        row = db.session.query(PartnerService).filter_by(name="Admissions").one()
        taken = page.send(f"/people/partners/{row.id}", name="Virtual School")
        assert taken.status_code == 422
        assert page.send(f"/people/partners/{row.id}", name="School admissions").status_code == 303
        assert "School admissions" in page.get("/people/partners").text


class TestAccount:
    @pytest.mark.parametrize("what", ["close", "reopen", "invite", "second-step-off"])
    def test_looking_at_the_page_changes_nothing(
        self, page: GatedClient, senco: User, what: str
    ) -> None:
        before = db.session.query(Change).count()
        assert page.get(f"/people/{senco.person_id}/account/{what}").status_code == 200
        assert db.session.query(Change).count() == before

    def test_closing_signs_out_and_opening_lets_in_again(
        self, page: GatedClient, senco: User, app: Flask
    ) -> None:
        other = app.test_client()
        assert isinstance(other, GatedClient)
        other.sign_in(senco)
        assert other.get("/").status_code == 200
        page.send(f"/people/{senco.person_id}/account/close")
        assert other.get("/").status_code == 303
        db.session.refresh(senco)
        assert senco.disabled_at == NOON
        page.send(f"/people/{senco.person_id}/account/reopen")
        db.session.refresh(senco)
        assert senco.disabled_at is None

    def test_an_act_that_there_is_not_is_not_found(self, page: GatedClient, senco: User) -> None:
        assert page.get(f"/people/{senco.person_id}/account/delete").status_code == 404

    @pytest.mark.parametrize(
        "ask",
        [lambda path: (f"{path}/account/close", {}), lambda path: (f"{path}/name", {"name": "X"})],
    )
    def test_others_may_not(
        self, client: GatedClient, senco: User, ask: Callable[[str], tuple[str, dict[str, Any]]]
    ) -> None:
        client.sign_in(make_service_user(ServiceRoleKind.INCLUSION_LEAD))
        path, fields = ask(f"/people/{senco.person_id}")
        assert client.send(path, **fields).status_code == 403

    def test_an_invitation_goes_again(self, page: GatedClient, senco: User) -> None:
        senco.first_in_at = None
        db.session.commit()
        assert page.send(f"/people/{senco.person_id}/account/invite").status_code == 303
        assert db.session.query(OutboxMessage).one().kind == "accounts/invitation"

    def test_an_ended_sign_in_stays_in_the_table(self, page: GatedClient, senco: User) -> None:
        db.session.add(
            SignIn(
                user_id=senco.id,
                token_hash="x",
                started_at=NOON,
                last_seen_at=NOON,
                idle_minutes=5,
                expires_at=NOON + timedelta(days=1),
            )
        )
        db.session.commit()
        page.send(f"/people/{senco.person_id}/account/close")
        ended = db.session.query(SignIn).filter_by(token_hash="x").one()
        assert (ended.ended_at, ended.ended_why) == (NOON, "account closed")
