"""The question of each term: is this still your SENCO? And schools with none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts.models import SchoolRole, SchoolRoleKind
from cop_site.cli.senco_check import ask_about_sencos
from cop_site.db import db
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from cop_site.people import (
    senco_check_queries,
    senco_check_services,
)
from cop_site.people.school_people_queries import list_school_people
from cop_site.schools.models import School, SchoolStatus, Term
from tests.factories.people import give_school_role, make_person, make_school_user
from tests.factories.schools import join_cluster, make_cluster, make_school, make_term
from tests.support.race import race
from tests.support.statements import count_statements

TERM_BEGINS = date(2026, 11, 2)
Move = Callable[[datetime], None]


@pytest.fixture
def term(app: Flask) -> Term:
    make_term("Before", date(2026, 9, 1), date(2026, 10, 23))
    return make_term("Now", TERM_BEGINS, date(2026, 12, 18))


@pytest.fixture
def school(term: Term) -> School:
    return make_school("Oak")


def due(school: School) -> list[str]:
    return [one.name for one in senco_check_queries.list_to_confirm([school.id])]


def mails() -> list[OutboxMessage]:
    rows = db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.recipient))
    return list(rows)


def morning(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=clock.LONDON) + timedelta(hours=9)


class TestListToConfirm:
    def test_only_who_began_before_the_term_and_was_not_confirmed_in_it(
        self, school: School
    ) -> None:
        give_school_role(make_person("Old hand"), school)
        give_school_role(make_person("New"), school, starts_on=TERM_BEGINS)
        give_school_role(make_person("Teacher"), school, SchoolRoleKind.TEACHER)
        give_school_role(make_person("Left"), school, ends_on=date(2026, 11, 9))
        said = give_school_role(make_person("Said now"), school)
        said.confirmed_on = TERM_BEGINS
        long_ago = give_school_role(make_person("Said last term"), school)
        long_ago.confirmed_on = TERM_BEGINS - timedelta(days=1)
        give_school_role(make_person("Elsewhere"), make_school())
        db.session.flush()
        assert due(school) == ["Old hand", "Said last term"]
        doubted = [one.name for one in list_school_people([school.id]) if one.is_unconfirmed]
        assert doubted == ["Old hand", "Said last term"]

    def test_is_not_asked_once_a_successor_is_named(self, school: School) -> None:
        last = date(2026, 12, 18)
        give_school_role(make_person("Goes"), school, ends_on=last)
        db.session.flush()
        assert due(school) == ["Goes"]
        give_school_role(make_person("Next"), make_school(), starts_on=date(2027, 1, 4))
        db.session.flush()
        assert due(school) == ["Goes"], "somebody else's"
        give_school_role(make_person("Next"), school, starts_on=date(2027, 1, 4))
        db.session.flush()
        assert due(school) == []
        assert not any(one.is_unconfirmed for one in list_school_people([school.id]))

    def test_is_asked_for_six_weeks_and_doubted_all_the_term(
        self, school: School, at: Move
    ) -> None:
        give_school_role(make_person("Old hand"), school)
        at(morning(TERM_BEGINS))
        assert due(school) == ["Old hand"]
        at(morning(TERM_BEGINS + timedelta(days=41)))
        assert due(school) == ["Old hand"]
        at(morning(TERM_BEGINS + timedelta(days=42)))
        assert due(school) == []
        assert list_school_people([school.id])[0].is_unconfirmed

    def test_nothing_is_asked_where_there_are_no_terms(self, app: Flask) -> None:
        school = make_school()
        give_school_role(make_person(), school)
        assert due(school) == []
        assert not list_school_people([school.id])[0].is_unconfirmed
        assert senco_check_services.list_due() == []


class TestAskAboutSencos:
    def test_senco_and_office_get_one_email_a_term(
        self, school: School, term: Term, at: Move
    ) -> None:
        senco = make_school_user(school, name="The Senco")
        office = make_school_user(school, role=SchoolRoleKind.OFFICE)
        make_school_user(school, role=SchoolRoleKind.HEADTEACHER)
        make_school_user(make_school("No SENCO"), role=SchoolRoleKind.OFFICE)
        db.session.commit()
        assert [ask_about_sencos(), ask_about_sencos()] == [1, 0]
        assert {row.recipient for row in mails()} == {senco.email, office.email}
        assert {(row.thing_id, row.version) for row in mails()} == {(school.id, term.id)}
        assert compose(mails()[0])["Subject"] == "Is The Senco still the SENCO of Oak?"
        make_term("Next", date(2027, 1, 4), date(2027, 3, 26))
        db.session.commit()
        at(morning(date(2027, 1, 5)))
        assert ask_about_sencos() == 1
        assert len(mails()) == 4

    def test_confirmed_school_is_not_asked(self, school: School) -> None:
        make_school_user(school)
        db.session.flush()
        for row in senco_check_queries.list_to_confirm([school.id]):
            db.session.get_one(SchoolRole, row.role_id).confirmed_on = clock.today()
        db.session.commit()
        assert ask_about_sencos() == 0

    def test_closed_school_is_neither_listed_nor_asked(self, school: School) -> None:
        make_school_user(school)
        db.session.commit()
        assert senco_check_services.list_due() == [school.id]
        school.status = SchoolStatus.CLOSED
        db.session.commit()
        assert due(school) == []
        assert senco_check_services.list_due() == []
        # The worker listed it just before it closed.
        assert not senco_check_services.ask_school(school.id)
        school.status = SchoolStatus.PROPOSED_TO_CLOSE
        db.session.commit()
        assert len(due(school)) == 1
        assert senco_check_services.list_due() == [school.id]

    def test_schools_with_nobody_to_mail_cost_the_same_three_or_thirty(self, term: Term) -> None:
        counts = []
        for more in (3, 27):
            for _ in range(more):
                give_school_role(make_person(), make_school())
            db.session.commit()
            with count_statements() as sent:
                assert ask_about_sencos() == 0
            counts.append(len(sent))
        assert counts == [2, 2], "the term and the list; no school is locked"

    def test_each_school_costs_the_same_however_many_are_due(self, term: Term) -> None:
        counts = []
        for more in (3, 30):
            for _ in range(more):
                make_school_user(make_school())
            db.session.commit()
            with count_statements() as sent:
                assert ask_about_sencos() == more
            counts.append((len(sent) - 2) / more)
        assert counts[0] == counts[1]

    def test_two_workers_ask_once(self, committed_app: Flask) -> None:
        make_term("Now", TERM_BEGINS, date(2026, 12, 18))
        for _ in range(5):
            make_school_user(make_school())
        db.session.commit()
        given = race(committed_app, [ask_about_sencos, ask_about_sencos])
        db.session.rollback()
        assert sum(given) == 5, given
        assert len(mails()) == 5


class TestListWithoutSenco:
    def test_open_schools_that_have_nobody_today(self, app: Flask) -> None:
        cluster = make_cluster("Alder")
        bare, kept, deputy = make_school("Bare"), make_school("Kept"), make_school("Deputy")
        for one in (bare, kept):
            join_cluster(one, cluster)
        make_school("Closed", status=SchoolStatus.CLOSED)
        give_school_role(make_person(), kept)
        give_school_role(make_person(), deputy, SchoolRoleKind.DEPUTY_SENCO)
        give_school_role(make_person(), bare, ends_on=date(2026, 11, 9))
        give_school_role(make_person(), bare, starts_on=date(2027, 1, 4))
        twice, known = make_person(), make_person()
        give_school_role(twice, deputy)
        twice.merged_into_id = known.id
        db.session.flush()
        rows, total = senco_check_queries.list_without_senco()
        assert [(row.name, row.cluster_name, row.next_on) for row in rows] == [
            ("Bare", "Alder", date(2027, 1, 4)),
            ("Deputy", None, None),
        ]
        assert total == 2
        assert senco_check_queries.list_without_senco(number=2) == ([], 2)
        (only,), _ = senco_check_queries.list_without_senco(cluster.id)
        assert only.name == "Bare"
