"""A line of a list of people to invite may name a first day of its own."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, SchoolRole, ServiceRoleKind
from cop_site.db import db
from cop_site.notifications.models import OutboxMessage
from cop_site.people.invite_list_queries import plan_list
from cop_site.people.invite_list_reading import read_list
from cop_site.people.invite_list_services import invite_list
from cop_site.people.school_people_queries import list_school_people
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

DAY = NOON.date()
LONG_SINCE = date(2010, 9, 1)


@pytest.fixture
def oak(app: Flask) -> School:
    make_authority()
    return make_school("Oak")


@pytest.fixture
def by(oak: School) -> ActingUser:
    user = make_service_user(ServiceRoleKind.ADMINISTRATOR)
    db.session.commit()
    return acting(user)


def first_days(email: str) -> dict[str, date]:
    rows = (
        db.session.query(SchoolRole)
        .join(Person, Person.id == SchoolRole.person_id)
        .filter(Person.email == email)
    )
    return {row.role.value: row.starts_on for row in rows}


class TestInviting:
    def test_each_begins_on_its_own_and_others_on_the_lists(
        self, by: ActingUser, oak: School
    ) -> None:
        here = make_school_user(make_school("Ash"))
        db.session.commit()
        text = f"""
            Nora,nora@s.example,SENCO,Oak,1/9/2010
            Nora,nora@s.example,governor,Oak
            Max,max@s.example,office,Oak,1/1/2027
            X,{here.email},teacher,Oak,1/9/2015
        """
        with transaction():
            plan = invite_list(read_list(text), DAY, by=by)
        assert plan.refused == []
        assert first_days("nora@s.example") == {"senco": LONG_SINCE, "governor": DAY}
        assert first_days("max@s.example") == {"office": date(2027, 1, 1)}
        assert first_days(here.email)["teacher"] == date(2015, 9, 1)
        said = {row.recipient: row.context["welcome"] for row in db.session.query(OutboxMessage)}
        assert said["nora@s.example"] == "SENCO at Oak and Governor at Oak"
        assert said["max@s.example"] == "Office at Oak from 1 January 2027"
        assert not any(one.is_new for one in list_school_people([oak.id]))

    def test_is_held_against_what_they_had_on_that_day(self, by: ActingUser, oak: School) -> None:
        person = make_person("Nora", "nora@s.example")
        give_school_role(person, oak, starts_on=LONG_SINCE, ends_on=date(2015, 7, 31))
        before = "Nora,nora@s.example,SENCO,Oak,31/7/2015"
        after = "Nora,nora@s.example,SENCO,Oak,1/8/2015\nMax,max@s.example,office,Oak,1/9/2008"
        (refused,) = plan_list(read_list(before), DAY, by=by).refused
        assert refused.why == "They have this role already, from 1 September 2010"
        assert plan_list(read_list(after), DAY, by=by).refused == []

    def test_a_second_senco_is_told_by_their_own_days(self, by: ActingUser, oak: School) -> None:
        give_school_role(make_person(), oak, ends_on=DAY - timedelta(days=30))
        for day, is_second in (("", False), (",1/9/2020", True), (",1/11/2026", False)):
            (good,) = plan_list(read_list(f"N,n@s.example,SENCO,Oak{day}"), DAY, by=by).good
            assert good.is_second is is_second, day

    def test_the_page_shows_it_and_takes_it_along(
        self, client: GatedClient, by: ActingUser, oak: School
    ) -> None:
        client.sign_in(make_school_user(oak, name="The Senco"))
        path = f"/schools/{oak.id}/people/invite-list"
        line = "Nora,nora@s.example,teacher,,1/9/2010"
        looked = client.send(path, lines=line, starts_on=["10", "11", "2026"])
        assert "1 September 2010" in looked.text and line in looked.text
        client.send(path, step="invite", good=line, starts_on=["10", "11", "2026"])
        assert first_days("nora@s.example") == {"teacher": LONG_SINCE}
