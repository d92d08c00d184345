"""Settings without a URN, entered by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import audit, clock
from cop_site.accounts.models import ServiceRoleKind, User
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError, stamp_of
from cop_site.schools.models import School, SchoolStatus
from cop_site.schools.setting_services import (
    Setting,
    add_setting,
    change_setting,
    settle_statuses,
    values_of,
)
from cop_site.transaction import transaction
from tests.factories.people import make_service_user
from tests.factories.schools import make_school
from tests.support.client import GatedClient
from tests.support.pages import hidden
from tests.support.race import race

pytestmark = pytest.mark.usefixtures("app")
LARCH = Setting("AP-01", "Larch Lane", "Alternative provision", "Secondary", town="Larkton")
FORM: dict[str, Any] = {
    "name": "Larch Lane",
    "local_code": "AP-01",
    "type_name": "Alternative provision",
    "phase": "Secondary",
}


@pytest.fixture
def admin(client: GatedClient) -> User:
    user = make_service_user(ServiceRoleKind.ADMINISTRATOR)
    db.session.commit()
    client.sign_in(user)
    return user


class TestAddSetting:
    def test_is_a_school_with_a_code_and_a_history(self) -> None:
        school = add_setting(LARCH, by=3)
        assert (school.urn, school.label) == (None, "Larch Lane, Larkton, AP-01")
        assert school.status is SchoolStatus.OPEN
        (change,) = audit.list_changes("school", school.id)
        assert (change.verb, change.by_user_id) == ("added by hand", 3)

    @pytest.mark.parametrize("code", ["AP-01", "ap-01"])
    def test_a_code_that_is_taken_is_refused(self, code: str) -> None:
        add_setting(LARCH, by=3)
        with pytest.raises(DomainError, match="Another setting has this code") as refused:
            add_setting(replace(LARCH, local_code=code), by=3)
        assert refused.value.field == "local_code"

    @pytest.mark.parametrize(
        ("opened_on", "closed_on", "status"),
        [
            (None, None, SchoolStatus.OPEN),
            (date(2026, 11, 11), None, SchoolStatus.PROPOSED_TO_OPEN),
            (date(2026, 11, 10), None, SchoolStatus.OPEN),
            (None, date(2026, 11, 10), SchoolStatus.PROPOSED_TO_CLOSE),
            (None, date(2026, 11, 9), SchoolStatus.CLOSED),
        ],
    )
    def test_its_days_say_whether_it_is_open(
        self, opened_on: date | None, closed_on: date | None, status: SchoolStatus
    ) -> None:
        school = add_setting(replace(LARCH, opened_on=opened_on, closed_on=closed_on), by=3)
        assert school.status is status

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"low_age": 12, "high_age": 11}, "high_age"),
            ({"opened_on": date(2026, 9, 2), "closed_on": date(2026, 9, 1)}, "closed_on"),
        ],
    )
    def test_facts_that_clash_are_refused_at_their_field(
        self, wrong: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(DomainError) as refused:
            add_setting(replace(LARCH, **wrong), by=3)
        assert refused.value.field == field

    def test_two_with_one_code_at_once_give_one(self, committed_app: Flask) -> None:
        def add() -> bool:
            with transaction():
                add_setting(LARCH, by=3)
            return True

        answers = race(committed_app, [add] * 4)
        assert answers.count(True) == 1
        assert all("this code" in str(answer) for answer in answers if answer is not True)


class TestChangeSetting:
    def test_keeps_what_was(self) -> None:
        school = add_setting(LARCH, by=3)
        closed = replace(LARCH, closed_on=date(2026, 8, 31))
        change_setting(school.id, closed, seen=stamp_of(values_of(school)), by=4)
        change = audit.list_changes("school", school.id)[-1]
        assert change.was == {"closed_on": None, "status": "open"}
        assert change.now == {"closed_on": "2026-08-31", "status": "closed"}

    def test_saving_it_unchanged_says_nothing(self) -> None:
        school = add_setting(LARCH, by=3)
        change_setting(school.id, LARCH, seen=stamp_of(values_of(school)), by=4)
        assert len(audit.list_changes("school", school.id)) == 1

    def test_a_school_of_the_register_is_not_found(self) -> None:
        with pytest.raises(NotFoundError):
            change_setting(make_school().id, LARCH, seen="", by=4)


class TestSettleStatuses:
    def test_opens_and_closes_by_the_days_and_says_so_once(
        self, at: Callable[[datetime], None]
    ) -> None:
        opening = add_setting(replace(LARCH, opened_on=date(2026, 12, 1)), by=3)
        closing = add_setting(replace(LARCH, local_code="AP-2", closed_on=date(2026, 12, 18)), by=3)
        assert settle_statuses() == 0
        at(datetime(2026, 12, 19, 0, 1, tzinfo=clock.LONDON))
        assert (settle_statuses(), settle_statuses()) == (2, 0)
        assert (opening.status, closing.status) == (SchoolStatus.OPEN, SchoolStatus.CLOSED)
        change = audit.list_changes("school", closing.id)[-1]
        assert (change.was, change.now) == ({"status": "proposed_to_close"}, {"status": "closed"})

    def test_schools_of_the_register_are_left_alone(self) -> None:
        school = make_school(closed_on=date(2026, 8, 31))
        assert settle_statuses() == 0
        assert school.status is SchoolStatus.OPEN


@pytest.mark.sqlite_only
class TestPages:
    def test_added_from_the_list_of_schools_and_changed_on_its_page(
        self, client: GatedClient, admin: User
    ) -> None:
        assert 'href="/schools/new"' in client.get("/schools").text
        assert "Larch" not in client.get("/schools/new").text
        page = client.send("/schools/new", **FORM).location
        assert f'href="{page}/edit"' in client.get(page).text
        shown = client.get(f"{page}/edit").text
        assert 'value="Larch Lane"' in shown and 'value="AP-01"' in shown
        typed = {**FORM, "name": "Larch Road", "pupils": "40"}
        stale = client.send(f"{page}/edit", **typed)
        assert stale.status_code == 422 and "Somebody else changed this" in stale.text
        client.send(f"{page}/edit", **typed, seen=hidden(shown, "seen"))
        school = db.session.scalars(sa.select(School)).one()
        assert (school.name, school.pupils) == ("Larch Road", 40)

    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({"name": " "}, "Enter the name"),
            ({"local_code": "x" * 21}, "Use 20 characters or fewer"),
            ({"phase": "No such"}, "Choose from the list"),
            ({"pupils": "many"}, "enter a whole number"),
            ({"closed_on": ["31", "2", "2026"]}, "Enter a real date"),
            ({"low_age": "12", "high_age": "4"}, "must not be under"),
            ({"postcode": "nonsense"}, "Enter a full UK postcode"),
            ({"postcode": "LK1"}, "Enter a full UK postcode"),
        ],
    )
    def test_what_is_wrong_is_said_and_the_rest_stays(
        self, client: GatedClient, admin: User, more: dict[str, Any], words: str
    ) -> None:
        answer = client.send("/schools/new", **{**FORM, **more})
        assert answer.status_code == 422 and words in answer.text
        assert 'value="Alternative provision"' in answer.text
        assert db.session.scalars(sa.select(School)).all() == []

    def test_fields_that_the_form_does_not_show_are_left_alone(
        self, client: GatedClient, admin: User
    ) -> None:
        client.send("/schools/new", **FORM, urn="100001", status="closed", la_code="351")
        school = db.session.scalars(sa.select(School)).one()
        assert (school.urn, school.status, school.la_code) == (None, SchoolStatus.OPEN, "")

    def test_a_school_of_the_register_has_no_such_page(
        self, client: GatedClient, admin: User
    ) -> None:
        school = make_school()
        db.session.commit()
        assert client.get(f"/schools/{school.id}/edit").status_code == 404
        assert "/edit" not in client.get(f"/schools/{school.id}").text
