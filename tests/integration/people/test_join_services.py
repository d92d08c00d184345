"""Asking to join, showing that the address is one's own, and the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind, ServiceRoleKind, User
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from cop_site.people import join_queries, join_services
from cop_site.people.join_services import Asking
from cop_site.people.joining_models import JoinRequest, JoinState
from cop_site.people.school_people_services import Part
from cop_site.schools.models import School, SchoolStatus
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.people import (
    assign,
    give_school_role,
    make_person,
    make_school_user,
    make_service_user,
    make_user,
)
from tests.factories.schools import join_cluster, make_cluster, make_school
from tests.factories.support import cover
from tests.support.keeping import end_due
from tests.support.race import race

TODAY = date(2026, 11, 10)
EMAIL = "asks@oak.example"
TEACHER = SchoolRoleKind.TEACHER
Move = Callable[[datetime], None]


def ask(school: School, email: str = EMAIL, name: str = "Asks") -> None:
    with transaction():
        join_services.ask(school.id, Asking(name, email, TEACHER))


def mails(kind: str = "") -> list[OutboxMessage]:
    query = sa.select(OutboxMessage).order_by(OutboxMessage.id)
    return [row for row in db.session.scalars(query) if row.kind.endswith(kind)]


def kinds() -> Counter[str]:
    return Counter(row.kind.removeprefix("people/join_") for row in mails())


def newest_token() -> str:
    return str(mails("join_confirm")[-1].context["once"])


def confirm(token: str) -> JoinRequest:
    with transaction():
        return join_services.confirm(token)


def make_waiting(school: School, email: str = EMAIL, name: str = "Asks") -> JoinRequest:
    ask(school, email, name)
    return confirm(newest_token())


def states() -> Counter[JoinState]:
    return Counter(db.session.scalars(sa.select(JoinRequest.state)))


@pytest.fixture
def school(app: Flask) -> School:
    school = make_school("Oak")
    db.session.commit()
    return school


@pytest.fixture
def senco(school: School) -> ActingUser:
    user = make_school_user(school, name="The Senco")
    db.session.commit()
    return acting(user)


class TestAsk:
    def test_reaches_nobody_but_the_address(self, school: School, senco: ActingUser) -> None:
        ask(school, "Asks@Oak.Example", name="http://evil.example")
        (row,) = db.session.scalars(sa.select(JoinRequest))
        assert (row.state, row.email) == (JoinState.UNCONFIRMED, EMAIL)
        (message,) = mails()
        assert (message.kind, message.recipient) == ("people/join_confirm", EMAIL)
        assert message.recipient_name == "", "whoever asks may have typed anything"
        assert "evil" not in str(message.context)
        assert row.token_hash and row.token_hash not in str(message.context)
        assert join_queries.list_waiting(school.id) == []

    def test_again_after_a_quarter_of_an_hour_sends_a_new_link(
        self, school: School, at: Move
    ) -> None:
        ask(school)
        old = newest_token()
        ask(school)
        assert kinds() == {"confirm": 1}
        at(NOON + timedelta(minutes=15))
        ask(school, name="Asks Again")
        assert kinds() == {"confirm": 2}
        assert states() == {JoinState.UNCONFIRMED: 1}
        with pytest.raises(DomainError):
            confirm(old)
        assert confirm(newest_token()).name == "Asks Again"

    def test_waiting_one_is_told_so_once_a_day(self, school: School) -> None:
        make_waiting(school)
        for _ in range(2):
            ask(school)
        assert kinds() == {"confirm": 1, "waits": 1}

    def test_one_of_the_schools_people_is_told_so_and_asks_for_nothing(
        self, school: School, senco: ActingUser
    ) -> None:
        ask(school, senco.email)
        assert states() == {}
        assert kinds() == {"known": 1}

    def test_known_person_may_ask_for_a_further_school(self, school: School) -> None:
        known = make_school_user(make_school())
        db.session.commit()
        ask(school, known.email)
        assert states() == {JoinState.UNCONFIRMED: 1}
        assert mails()[0].context["has_account"] is True

    def test_school_that_is_not_open_is_not_there(self, app: Flask) -> None:
        closed = make_school(status=SchoolStatus.CLOSED)
        db.session.commit()
        with pytest.raises(NotFoundError):
            ask(closed)


class TestConfirm:
    def test_counts_from_now_and_the_school_is_told_once_a_day(
        self, school: School, senco: ActingUser, at: Move
    ) -> None:
        ask(school)
        at(NOON + timedelta(days=2))
        row = confirm(newest_token())
        assert (row.state, row.asked_at) == (JoinState.WAITING, NOON + timedelta(days=2))
        make_waiting(school, "second@oak.example")
        (told,) = mails("join_to_answer")
        assert told.recipient == senco.email
        assert "Asks" not in str(told.context)

    def test_twice_is_harmless(self, school: School) -> None:
        ask(school)
        token = newest_token()
        assert confirm(token).id == confirm(token).id
        assert states() == {JoinState.WAITING: 1}

    def test_unknown_late_or_answered_link_is_refused(
        self, school: School, senco: ActingUser, at: Move
    ) -> None:
        with pytest.raises(DomainError, match="run out"):
            confirm("nothing")
        row = make_waiting(school)
        token = newest_token()
        with transaction():
            join_services.decline(school.id, row.id, "", by=senco)
        with pytest.raises(DomainError, match="run out"):
            confirm(token)
        ask(school)
        at(NOON + timedelta(days=7))
        with pytest.raises(DomainError, match="run out"):
            confirm(newest_token())

    def test_list_of_a_school_has_an_end(
        self, school: School, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(join_services, "MOST_WAITING", 2)
        for number in range(2):
            make_waiting(school, f"person{number}@flood.example")
        with pytest.raises(DomainError, match="Many people have asked"):
            make_waiting(school, "person2@flood.example")


class TestWhoAnswers:
    def test_own_people_then_asep_then_ep_then_administrators(self, school: School) -> None:
        cluster = make_cluster()
        join_cluster(school, cluster)
        admin = make_service_user(ServiceRoleKind.ADMINISTRATOR)
        other = make_service_user(ServiceRoleKind.ASEP)
        found = join_queries.list_who_answers
        assert [email for email, _ in found(school.id)] == [admin.email]
        ep = make_service_user(ServiceRoleKind.EP, cluster)
        assert [email for email, _ in found(school.id)] == [ep.email]
        asep = make_service_user(ServiceRoleKind.ASEP, cluster)
        assert [email for email, _ in found(school.id)] == [asep.email]
        closed = make_school_user(school)
        closed.disabled_at = NOON
        make_school_user(school, been_in=False)
        gone = make_school_user(school)
        db.session.get_one(Person, gone.person_id).bounced_at = NOON
        assert [email for email, _ in found(school.id)] == [asep.email]
        office = make_school_user(school, role=SchoolRoleKind.OFFICE)
        make_school_user(school, role=SchoolRoleKind.HEADTEACHER)
        assert [email for email, _ in found(school.id)] == [office.email]
        assert other.email not in str(found(school.id))

    def test_who_covers_is_asked_as_well_and_stands_in(self, school: School) -> None:
        cluster = make_cluster()
        join_cluster(school, cluster)
        ep = make_service_user(ServiceRoleKind.EP)
        held = assign(db.session.get_one(Person, ep.person_id), cluster, "ep")
        other = make_service_user(ServiceRoleKind.EP)
        cover(db.session.get_one(Person, other.person_id), cluster, held)
        found = join_queries.list_who_answers
        assert [email for email, _ in found(school.id)] == [ep.email, other.email]
        ep.disabled_at = NOON
        db.session.flush()
        assert [email for email, _ in found(school.id)] == [other.email]
        make_waiting(school)
        asked = join_queries.list_to_answer
        assert len(asked((), (cluster.id,), is_administrator=False)) == 1
        assert asked((), (), is_administrator=True) == []


class TestListToAnswer:
    def test_each_sees_what_waits_for_them(self, school: School, at: Move) -> None:
        cluster = make_cluster()
        bare = make_school("Bare")
        for one in (school, bare):
            join_cluster(one, cluster)
        lost = make_school("Lost")
        make_service_user(ServiceRoleKind.ASEP, cluster)
        make_school_user(school)
        # Who was invited and never came in answers nobody.
        make_school_user(bare, been_in=False)
        db.session.commit()
        for number, one in enumerate((school, bare, lost)):
            make_waiting(one, f"p{number}@x.example", name=one.name)
        ask(school, "unconfirmed@x.example")

        def names(own: tuple[int, ...], clusters: tuple[int, ...], admin: bool) -> list[str]:
            rows = join_queries.list_to_answer(own, clusters, is_administrator=admin)
            return [row.name for row in rows]

        assert names((school.id,), (), False) == ["Oak"]
        assert names((), (cluster.id,), False) == ["Bare"]
        assert names((), (), True) == ["Lost"]
        assert names((), (), False) == []
        at(NOON + timedelta(days=14))
        assert names((), (cluster.id,), False) == ["Oak", "Bare"], "the school has left it"


class TestApprove:
    def _approve(
        self, row: JoinRequest, by: ActingUser, role: SchoolRoleKind = TEACHER
    ) -> SchoolRole:
        with transaction():
            return join_services.approve(row.school_id, row.id, Part(role, TODAY), by=by)

    def test_role_account_and_invitation_come_together(
        self, school: School, senco: ActingUser
    ) -> None:
        row = make_waiting(school)
        role = self._approve(row, senco, SchoolRoleKind.TEACHING_ASSISTANT)
        assert role.role is SchoolRoleKind.TEACHING_ASSISTANT, "the school's word counts"
        user = db.session.scalars(sa.select(User).where(User.email == EMAIL)).one()
        assert user.person_id == role.person_id
        made = compose(mails("invitation")[0])
        assert EMAIL in made["To"] and "request to join" in made["Subject"]
        assert db.session.get_one(JoinRequest, row.id).state is JoinState.APPROVED

    def test_second_answer_reads_who_answered(self, school: School, senco: ActingUser) -> None:
        row = make_waiting(school)
        self._approve(row, senco)
        with pytest.raises(DomainError, match="Asks was let in already by The Senco"):
            self._approve(row, senco)
        with pytest.raises(DomainError, match="was let in already"), transaction():
            join_services.decline(school.id, row.id, "", by=senco)
        assert len(mails("invitation")) == 1

    def test_role_given_meanwhile_is_not_given_twice(
        self, school: School, senco: ActingUser
    ) -> None:
        row = make_waiting(school)
        given = give_school_role(make_person("Known", EMAIL), school, TEACHER)
        db.session.commit()
        assert self._approve(row, senco).id == given.id
        assert mails("invitation") == []

    def test_request_to_another_school_or_unconfirmed_is_not_found(
        self, school: School, senco: ActingUser
    ) -> None:
        other = make_school()
        row = make_waiting(other)
        with pytest.raises(NotFoundError), transaction():
            join_services.approve(school.id, row.id, Part(TEACHER, TODAY), by=senco)
        ask(school, "second@oak.example")
        hidden = db.session.scalars(
            sa.select(JoinRequest.id).where(JoinRequest.state == JoinState.UNCONFIRMED)
        ).one()
        with pytest.raises(NotFoundError), transaction():
            join_services.approve(school.id, hidden, Part(TEACHER, TODAY), by=senco)
        with pytest.raises(NotFoundError), transaction():
            join_services.decline(school.id, hidden, "", by=senco)

    def test_nobody_lets_themselves_in(self, school: School, senco: ActingUser) -> None:
        elsewhere = make_school()
        row = make_waiting(elsewhere, senco.email)
        with pytest.raises(DomainError, match="Somebody else must give you a role"):
            self._approve(row, senco)


class TestDecline:
    def test_is_told_with_the_reason_and_may_ask_again(
        self, school: School, senco: ActingUser
    ) -> None:
        row = make_waiting(school)
        with transaction():
            join_services.decline(school.id, row.id, "You work at Elm.", by=senco)
        (told,) = mails("join_declined")
        assert (told.recipient, told.context["reason"]) == (EMAIL, "You work at Elm.")
        assert db.session.scalar(sa.select(User).where(User.email == EMAIL)) is None
        ask(school)
        assert states() == {JoinState.DECLINED: 1, JoinState.UNCONFIRMED: 1}


class TestForget:
    def test_unconfirmed_ones_after_seven_days(self, school: School, at: Move) -> None:
        make_waiting(school)
        ask(school, "second@oak.example")
        at(NOON + timedelta(days=6))
        assert end_due("join_unconfirmed") == 0
        at(NOON + timedelta(days=7))
        assert end_due("join_unconfirmed") == 1
        assert states() == {JoinState.WAITING: 1}


class TestAtOnce:
    def test_two_approve_and_one_wins(self, committed_app: Flask) -> None:
        school = make_school()
        staff = [acting(make_school_user(school)) for _ in range(4)]
        db.session.commit()
        row_id, school_id = make_waiting(school).id, school.id

        def answer(by: ActingUser) -> Callable[[], object]:
            def run() -> object:
                join_queries.get_request(school_id, row_id)
                with transaction():
                    part = Part(TEACHER, TODAY)
                    return join_services.approve(school_id, row_id, part, by=by).id

            return run

        given = race(committed_app, [answer(by) for by in staff])
        db.session.rollback()
        assert [type(one) for one in given].count(int) == 1, given
        refused = [one for one in given if isinstance(one, DomainError)]
        assert len(refused) == 3 and "was let in already by" in refused[0].sentence
        assert len(mails("invitation")) == 1
        person = db.session.scalars(sa.select(Person).where(Person.email == EMAIL)).one()
        held = sa.select(SchoolRole).where(SchoolRole.person_id == person.id)
        assert len(db.session.scalars(held).all()) == 1

    def test_ten_clicks_ask_once_and_confirm_once(self, committed_app: Flask) -> None:
        school = make_school()
        make_school_user(school)
        db.session.commit()
        given = race(committed_app, [lambda: ask(school) for _ in range(10)])
        assert given == [None] * 10
        token = newest_token()
        db.session.rollback()
        given = race(committed_app, [lambda: confirm(token).state for _ in range(5)])
        db.session.rollback()
        assert given == [JoinState.WAITING] * 5
        assert kinds() == {"confirm": 1, "to_answer": 1}

    def test_two_confirm_and_the_school_gets_one_email(self, committed_app: Flask) -> None:
        school = make_school()
        make_school_user(school)
        make_user()
        db.session.commit()
        tokens = []
        for number in range(4):
            ask(school, f"p{number}@oak.example")
            tokens.append(newest_token())
        db.session.rollback()
        given = race(committed_app, [partial(confirm, token) for token in tokens])
        db.session.rollback()
        assert [row.state for row in given] == [JoinState.WAITING] * 4, given
        assert kinds()["to_answer"] == 1
