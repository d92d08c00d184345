"""Inviting a list: looked at first, mended, then invited."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import (
    OneTimeLink,
    PartnerService,
    Person,
    SchoolRole,
    SchoolRoleKind,
    ServiceRoleKind,
    Standing,
    User,
)
from cop_site.audit import Change
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.notifications.models import OutboxMessage
from cop_site.people.invite_list_queries import plan_list
from cop_site.people.invite_list_reading import read_list
from cop_site.people.invite_list_services import invite_list
from cop_site.schools.models import School
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.people import (
    give_school_role,
    make_person,
    make_school_user,
    make_service_user,
)
from tests.factories.schools import make_authority, make_school
from tests.support.client import GatedClient
from tests.support.race import race
from tests.support.statements import count_statements

DAY = NOON.date()


@pytest.fixture
def admin(app: Flask) -> User:
    make_authority()
    make_school("Oak", town="Larkton")
    make_school("Elm", town="Larkton")
    make_school("Elm", town="Oxenmere", urn=765432)
    db.session.add(PartnerService(name="Virtual School"))
    user = make_service_user(ServiceRoleKind.ADMINISTRATOR)
    db.session.commit()
    return user


@pytest.fixture
def by(admin: User) -> ActingUser:
    return acting(admin)


def look(text: str, by: ActingUser, school: School | None = None) -> tuple[list[str], list[str]]:
    """What each good line gives, and why each other one is refused."""
    plan = plan_list(read_list(text), DAY, by=by, school=school)
    return [one.chosen.words for one in plan.good], [one.why for one in plan.refused]


class TestPlanList:
    def test_finds_what_each_line_means(self, by: ActingUser) -> None:
        text = """
            A,a@s.example,SENCO,oak
            B,b@s.example,acting senco,"Elm, Oxenmere"
            C,c@s.example,office,765432
            D,d@s.example,EP
            E,e@s.example,partner,virtual school
        """
        good, refused = look(text, by)
        assert refused == []
        assert good == [
            "SENCO at Oak",
            "Acting SENCO at Elm",
            "Office at Elm",
            "Educational psychologist",
            "Partner from Virtual School",
        ]

    @pytest.mark.parametrize(
        ("line", "why"),
        [
            ("A,a@s.example,SENCO,Elm", "More than one school is called that"),
            ("A,a@s.example,SENCO,Ash", "No school is called that"),
            ("A,a@s.example,SENCO", "The school is missing"),
            ("A,a@s.example,partner,Nobody", "There is no partner service “Nobody”"),
        ],
    )
    def test_refuses_what_it_cannot_find(self, by: ActingUser, line: str, why: str) -> None:
        good, (said,) = look(line, by)
        assert good == [] and said.startswith(why)

    def test_one_person_may_have_two_roles_but_not_two_names(self, by: ActingUser) -> None:
        text = """
            A,a@s.example,SENCO,Oak
            A,A@s.example,SENCO,765432
            a,a@s.example,SENCO,Oak
            Other,a@s.example,office,Oak
        """
        good, refused = look(text, by)
        assert good == ["SENCO at Oak", "SENCO at Elm"]
        assert refused == [
            "Another line says the same",
            "Another line has this address with another name",
        ]

    def test_of_people_who_are_here(self, by: ActingUser) -> None:
        school = db.session.query(School).filter_by(name="Oak").one()
        senco, closed = make_school_user(school), make_school_user(school)
        closed.disabled_at = NOON
        db.session.commit()
        text = f"""
            X,{senco.email},SENCO,Oak
            X,{senco.email},office,Oak
            X,{closed.email},office,Oak
            X,{by.email},inclusion lead
        """
        good, refused = look(text, by)
        assert good == ["Office at Oak"]
        assert refused[0] == "They have this role already, from 1 September 2020"
        assert refused[1] == "This address belongs to an account that is closed"
        assert refused[2] == "Somebody else must give you a role"

    def test_a_school_s_own_gives_roles_there_alone(self, by: ActingUser) -> None:
        school = db.session.query(School).filter_by(name="Oak").one()
        text = """
            A,a@s.example,teacher
            B,b@s.example,teacher,Oak
            C,c@s.example,teacher,765432
            D,d@s.example,EP
            E,e@s.example,partner,Virtual School
            F,f@s.example,administrator,Oak
        """
        good, refused = look(text, by, school)
        assert good == ["Teacher at Oak", "Teacher at Oak"]
        assert refused == [
            "This list is for Oak alone",
            *["This list is for roles at Oak"] * 3,
        ]

    def test_says_of_which_lines_the_school_has_a_senco_by_then(self, by: ActingUser) -> None:
        text = "A,a@s.example,SENCO,Oak\nB,b@s.example,SENCO,Oak\nC,c@s.example,office,Oak"
        plan = plan_list(read_list(text), DAY, by=by)
        assert [one.is_second for one in plan.good] == [False, True, False]
        school = db.session.query(School).filter_by(name="Oak").one()
        give_school_role(make_person(), school, starts_on=DAY + timedelta(days=9))
        plan = plan_list(read_list(text), DAY, by=by)
        assert [one.is_second for one in plan.good] == [True, True, False]

    def test_costs_the_same_for_three_lines_and_for_300(self, by: ActingUser) -> None:
        counts = []
        for size in (3, 300):
            text = "\n".join(f"N,n{number}@s.example,SENCO,Oak" for number in range(size))
            text += f"\nX,{by.email},teacher,Oak"
            with count_statements() as sent:
                look(text, by)
            counts.append(len(sent))
        assert counts[0] == counts[1] <= 8


class TestInviteList:
    def test_writes_who_is_new_as_one_by_one_would(self, by: ActingUser) -> None:
        text = "Nora,nora@s.example,interim senco,Oak\nNora,nora@s.example,office,765432"
        with transaction():
            plan = invite_list(read_list(text), DAY, by=by)
        assert (plan.count_people, plan.refused) == (1, [])
        person = db.session.query(Person).filter_by(email="nora@s.example").one()
        roles = db.session.query(SchoolRole).filter_by(person_id=person.id).all()
        assert {(row.role, row.standing, row.starts_on) for row in roles} == {
            (SchoolRoleKind.SENCO, Standing.INTERIM, DAY),
            (SchoolRoleKind.OFFICE, Standing.SUBSTANTIVE, DAY),
        }
        mail = db.session.query(OutboxMessage).one()
        assert mail.context["welcome"] == "Interim SENCO at Oak and Office at Elm"
        assert db.session.query(OneTimeLink).one().id == mail.thing_id
        verbs = [row.verb for row in db.session.query(Change).order_by(Change.id)]
        assert sorted(verbs) == ["added", "invited", "role given", "role given"]

    def test_gives_who_is_here_the_role_and_keeps_the_name(self, by: ActingUser) -> None:
        user = make_school_user(make_school("Ash"), name="Real Name")
        user.first_in_at = NOON
        db.session.commit()
        with transaction():
            invite_list(read_list(f"Typed,{user.email},office,Oak"), DAY, by=by)
        assert db.session.get_one(Person, user.person_id).name == "Real Name"
        assert db.session.query(OutboxMessage).one().kind == "accounts/role_given"

    def test_what_was_good_is_checked_again(self, by: ActingUser) -> None:
        lines = read_list("Nora,nora@s.example,SENCO,Oak\nKing,k@s.example,SENCO,Nowhere")
        for _ in range(2):
            with transaction():
                plan = invite_list(lines, DAY, by=by)
        assert len(plan.refused) == 2
        assert db.session.query(OutboxMessage).count() == 1

    def test_few_statements_for_hundreds_of_new_people(self, by: ActingUser) -> None:
        counts = []
        for size in (3, 300):
            text = "\n".join(f"N,n{size}-{number}@s.example,SENCO,Oak" for number in range(size))
            with transaction(), count_statements() as sent:
                invite_list(read_list(text), DAY, by=by)
            counts.append(len(sent))
        assert counts[1] - counts[0] <= 6
        assert db.session.query(OutboxMessage).count() == 303

    def test_a_day_beyond_a_year_is_refused(self, by: ActingUser) -> None:
        with pytest.raises(DomainError), transaction():
            invite_list(read_list("N,n@s.example,EP"), DAY.replace(year=2028), by=by)


class TestTwoListsAtOnce:
    def test_everybody_is_there_once(self, committed_app: Flask) -> None:
        make_school("Oak")
        users = [make_service_user(ServiceRoleKind.ADMINISTRATOR) for _ in range(3)]
        here = make_school_user(make_school("Ash"))
        actors = [acting(user) for user in users]
        db.session.commit()
        text = f"N,n@s.example,SENCO,Oak\nM,m@s.example,SENCO,Oak\nX,{here.email},office,Oak"

        def send(by: ActingUser) -> Callable[[], int]:
            def run() -> int:
                with transaction():
                    return invite_list(read_list(text), DAY, by=by).count_people

            return run

        answers = race(committed_app, [send(by) for by in actors])
        assert sorted(answers, key=str)[-1] == 3 or 3 in answers
        assert all(answer in (0, 3) or isinstance(answer, DomainError) for answer in answers)
        assert answers.count(3) == 1
        assert db.session.query(OutboxMessage).count() == 3
        assert db.session.query(Person).filter_by(email="n@s.example").count() == 1


@pytest.mark.sqlite_only
class TestPage:
    PATH = "/people/invite-list"

    @pytest.fixture
    def page(self, client: GatedClient, admin: User) -> GatedClient:
        client.sign_in(admin)
        return client

    @staticmethod
    def box(answer: TestResponse) -> str:
        found = re.search(r"<textarea[^>]*>(.*?)</textarea>", answer.text, re.DOTALL)
        assert found is not None
        return html.unescape(found[1]).strip()

    @staticmethod
    def good(answer: TestResponse) -> str:
        found = re.search(r'name="good"[^>]*value="([^"]*)"', answer.text)
        assert found is not None
        return html.unescape(found[1])

    def send(self, page: GatedClient, path: str = PATH, **fields: Any) -> TestResponse:
        """Encoded here: the client would write a large body to a file that it leaves open."""
        fields = {"csrf_token": page.token(), "starts_on": ["10", "11", "2026"], **fields}
        boundary, body = encode_multipart(fields)
        return page.post(path, data=body, content_type=f"multipart/form-data; boundary={boundary}")

    def test_from_looking_to_inviting_and_mending(self, page: GatedClient) -> None:
        text = "N,n@s.example,SENCO,Oak\nM,m@s.example,SENCO,Elm"
        looked = self.send(page, lines=text)
        assert looked.status_code == 200
        assert "Invite 1 person" in looked.text
        assert "More than one school is called that" in looked.text
        assert self.box(looked) == "M,m@s.example,SENCO,Elm"
        assert db.session.query(Person).filter_by(email="n@s.example").count() == 0

        done = self.send(page, step="invite", good=self.good(looked), lines=self.box(looked))
        assert "1 person invited." in done.text
        assert self.box(done) == "M,m@s.example,SENCO,Elm"
        assert [row.recipient for row in db.session.query(OutboxMessage)] == ["n@s.example"]

        mended = self.send(page, lines="M,m@s.example,SENCO,765432", good=self.good(done))
        last = self.send(page, step="invite", good=self.good(mended), lines=self.box(mended))
        assert last.status_code == 303
        assert db.session.query(OutboxMessage).count() == 2

    def test_a_second_senco_is_warned_of_and_taken_out(self, page: GatedClient) -> None:
        oak = db.session.query(School).filter_by(name="Oak").one()
        give_school_role(make_person("The Senco"), oak)
        db.session.commit()
        text = "M,m@s.example,office,Oak\nN,n@s.example,SENCO,Oak"
        looked = self.send(page, lines=text)
        assert "1 line adds a second SENCO to a school." in looked.text
        assert "Warning: Oak would have two SENCOs." in looked.text
        assert f'href="/schools/{oak.id}/people"' in looked.text
        assert re.findall(r'value="(out-\d)"', looked.text) == ["out-2"]
        left = self.send(page, step="out-2", good=self.good(looked), lines="")
        assert self.good(left) == "M,m@s.example,office,Oak" and "Warning" not in left.text
        none = self.send(page, step="out-1", good=self.good(left), lines="")
        assert none.status_code == 200 and "can be done" not in none.text

    def test_a_partner_service_that_is_not_there_says_where_it_is_added(
        self, page: GatedClient
    ) -> None:
        lines = ("N,n@s.example,partner,Nobody", "M,m@s.example,SENCO,Elm")
        added = [self.send(page, lines=line).text.count("/people/partners") for line in lines]
        assert added == [1, 0]

    def test_a_hidden_field_gives_no_more_than_the_box(self, page: GatedClient) -> None:
        self.send(page, step="invite", good="N,n@s.example,SENCO,Nowhere\n=1,x@s.example,EP")
        assert db.session.query(OutboxMessage).count() == 0

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
    def test_takes_a_file(self, page: GatedClient, encoding: str) -> None:
        content = "School;Email;Name;Role\r\nOak;zoe@s.example;Zoë O’Neill;SENCO".encode(encoding)
        answer = self.send(page, file=FileStorage(BytesIO(content), "list.csv"))
        assert "Zoë O’Neill" in answer.text
        assert "Invite 1 person" in answer.text

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"Nora\0,n@s.example", "not a text file"),
            (b"x" * 1_100_000, "larger than 256 KB"),
            (b"PK\x03\x04", "This is a spreadsheet"),
            (b"N,n@s.example,SENCO,Oak\n" * 501, "501 lines"),
            (b"", "Enter at least one line"),
        ],
    )
    def test_a_hostile_file_is_one_sentence(
        self, page: GatedClient, content: bytes, sentence: str
    ) -> None:
        answer = self.send(page, lines="", file=FileStorage(BytesIO(content), "list.csv"))
        assert answer.status_code == 422
        assert sentence in answer.text

    def test_a_file_too_large_to_be_read_is_refused(self, page: GatedClient) -> None:
        answer = self.send(page, file=FileStorage(BytesIO(b"x" * 26 * 1024 * 1024), "list.csv"))
        assert answer.status_code == 422
        assert "larger than 256 KB" in answer.text

    def test_a_file_in_place_of_a_text_and_a_text_in_place_of_a_file_are_nothing(
        self, page: GatedClient
    ) -> None:
        for field in ("lines", "good", "starts_on", "step"):
            sent: Any = FileStorage(BytesIO(b"N,n@s.example,EP"), "list.csv")
            assert self.send(page, self.PATH, **{field: sent}).status_code == 422
        assert self.send(page, file="N,n@s.example,EP").status_code == 422

    def test_nothing_typed_says_what_to_do_and_a_bad_day_keeps_the_lines(
        self, page: GatedClient
    ) -> None:
        assert "Enter at least one line" in self.send(page, lines="").text
        answer = self.send(page, lines="N,n@s.example,EP", starts_on=["31", "2", "2026"])
        assert answer.status_code == 422
        assert self.box(answer) == "N,n@s.example,EP"

    def test_a_senco_invites_to_their_own_school_alone(
        self, client: GatedClient, admin: User
    ) -> None:
        oak = db.session.query(School).filter_by(name="Oak").one()
        other = db.session.query(School).filter_by(urn=765432).one()
        client.sign_in(make_school_user(oak))
        lines = "N,n@s.example,teacher\nM,m@s.example,administrator\nL,l@s.example,SENCO,765432"
        path = f"/schools/{oak.id}/people/invite-list"
        answer = self.send(client, path, step="invite", good=lines)
        assert "1 person invited." in answer.text
        role = db.session.scalars(sa.select(SchoolRole).order_by(SchoolRole.id.desc())).first()
        assert role is not None and (role.school_id, role.starts_on) == (oak.id, clock.today())
        assert db.session.query(OutboxMessage).count() == 1
        assert client.get(f"/schools/{other.id}/people/invite-list").status_code == 403
        assert client.get(self.PATH).status_code == 403
