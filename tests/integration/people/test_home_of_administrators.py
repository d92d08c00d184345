"""Home tells administrators of invitations that ran out, and of a privacy notice not confirmed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from cop_site.accounts import invitation_services
from cop_site.accounts.models import SchoolRole, ServiceRoleKind, User
from cop_site.db import db
from cop_site.schools.models import Authority
from cop_site.schools.upload_models import RegisterUpload, UploadKind
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.people import (
    make_join_request,
    make_person,
    make_school_user,
    make_service_user,
    make_user,
)
from tests.factories.schools import make_authority, make_school
from tests.support.client import GatedClient
from tests.support.statements import count_statements

RUN_OUT = "/people?state=run_out"
DRAFT = "The privacy notice is still a draft"
LATER = NOON + timedelta(days=14, hours=1)


@pytest.fixture
def admin(app: object) -> User:
    make_authority()
    return make_service_user(ServiceRoleKind.ADMINISTRATOR)


def invite(admin: User, name: str = "", starts_on: date = date(2020, 9, 1)) -> User:
    user = make_school_user(make_school(), name=name, been_in=False, starts_on=starts_on)
    with transaction():
        invitation_services.invite(user, "SENCO at Oak", by=acting(admin))
    return user


class TestInvitations:
    def test_count_once_their_two_weeks_are_over(
        self, client: GatedClient, admin: User, at: Callable[[datetime], None]
    ) -> None:
        people = {name: invite(admin, name) for name in ("Waits", "Again", "Came", "Shut", "Gone")}
        people["Ahead"] = invite(admin, "Ahead", date(2026, 12, 1))
        client.sign_in(admin)
        assert RUN_OUT not in client.get("/").text
        at(LATER)
        people["Came"].first_in_at = LATER
        people["Shut"].disabled_at = LATER
        invitation_services.invite(people["Again"], "SENCO at Oak", by=acting(admin))
        role = db.session.query(SchoolRole).filter_by(person_id=people["Gone"].person_id).one()
        role.ends_on = NOON.date()
        make_user(make_person("Known only"))
        db.session.commit()
        client.sign_in(admin)
        home = client.get("/").text
        assert RUN_OUT in home and "2 invitations have run out" in home
        listed = client.get(RUN_OUT).text
        assert [name for name in (*people, "Known only") if f">{name}</a>" in listed] == [
            "Waits",
            "Ahead",
        ]

    @pytest.mark.sqlite_only
    def test_cost_home_the_same_however_many(
        self, client: GatedClient, admin: User, at: Callable[[datetime], None]
    ) -> None:
        counts = []
        for more in (2, 8):
            at(NOON)
            for _ in range(more):
                invite(admin)
            at(LATER)
            client.sign_in(admin)
            with count_statements() as sent:
                client.get("/")
            counts.append(len(sent))
        assert counts[0] == counts[1]


@pytest.mark.sqlite_only
class TestRequests:
    def test_wait_on_home_as_one_line_with_the_list(self, client: GatedClient, admin: User) -> None:
        kept = make_school_user(make_school("Oak"))
        client.sign_in(admin)
        assert "to join wait" not in client.get("/").text
        costs = []
        for number in range(3):
            make_join_request(make_school("Oak"), name=f"Asks {number}")
            db.session.commit()
            with count_statements() as sent:
                home = client.get("/").text
            costs.append(len(sent))
        assert "3 requests to join wait" in home and 'href="/people/requests"' in home
        assert costs[0] == costs[2]
        listed = client.get("/people/requests").text
        assert all(f">Asks {number}</a>" in listed for number in range(3))
        client.sign_in(kept)
        assert "requests to join wait" not in client.get("/").text


@pytest.mark.sqlite_only
class TestMailAndRegister:
    def test_wait_on_home_until_they_are_seen_to(self, client: GatedClient, admin: User) -> None:
        person = make_person("Gone")
        client.sign_in(admin)
        home = client.get("/").text
        assert "Mail comes back" not in home and "register file" not in home
        person.bounced_at = NOON
        upload = RegisterUpload(
            kind=UploadKind.SCHOOLS, file_name="a.csv", sha256="a" * 64, la_code="999", at=NOON
        )
        db.session.add(upload)
        db.session.commit()
        home = client.get("/").text
        assert "Mail comes back from 1 address<" in home and "/people?state=bounced" in home
        assert "1 register file waits" in home and 'href="/schools/register"' in home
        assert "You have nothing to do" not in home
        client.sign_in(make_service_user(ServiceRoleKind.INCLUSION_LEAD))
        home = client.get("/").text
        assert "Mail comes back" not in home and "register file" not in home


@pytest.mark.sqlite_only
class TestNotice:
    @pytest.mark.parametrize("is_confirmed", [False, True])
    def test_is_spoken_of_until_it_is_confirmed(
        self, client: GatedClient, admin: User, is_confirmed: bool
    ) -> None:
        db.session.query(Authority).one().notice_confirmed = is_confirmed
        db.session.commit()
        client.sign_in(admin)
        assert (DRAFT in client.get("/").text) is not is_confirmed

    def test_and_invitations_are_nobody_else_s(
        self, client: GatedClient, admin: User, at: Callable[[datetime], None]
    ) -> None:
        invite(admin)
        at(LATER)
        client.sign_in(make_service_user(ServiceRoleKind.INCLUSION_LEAD))
        with count_statements() as sent:
            home = client.get("/").text
        assert DRAFT not in home and RUN_OUT not in home
        assert not any("one_time_link" in statement for statement in sent)
