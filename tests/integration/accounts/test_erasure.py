"""Asking to be forgotten, taking it back, and the list of who asked."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import audit
from cop_site.accounts import erasure_services
from cop_site.accounts.account_models import ErasureRequest
from cop_site.accounts.models import ServiceRoleKind, User
from cop_site.db import db
from cop_site.notifications.models import OutboxMessage
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.factories.people import make_school_user, make_service_user
from tests.factories.schools import make_authority, make_school
from tests.support.client import GatedClient
from tests.support.race import race
from tests.support.statements import count_statements

PAGE = "/account/forget-me"
LIST = "/erasure-requests"


@dataclass
class World:
    senco: User
    admin: User


@pytest.fixture
def world(app: Flask, client: GatedClient) -> World:
    make_authority()
    world = World(
        make_school_user(make_school(), name="Person One"),
        make_service_user(ServiceRoleKind.ADMINISTRATOR),
    )
    db.session.commit()
    client.sign_in(world.senco)
    return world


def requests() -> list[ErasureRequest]:
    query = sa.select(ErasureRequest).order_by(ErasureRequest.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


class TestAsk:
    def test_says_what_goes_and_what_stays_and_then_when_it_was_asked(
        self, client: GatedClient, world: World
    ) -> None:
        page = client.get(PAGE).text
        assert "counts for each school" in page and not requests()
        assert client.send(PAGE).status_code == 303
        page = client.get(PAGE).text
        assert "You asked on 10 November 2026." in page and "within one month" in page
        assert "You asked on 10 November 2026" in client.get("/account").text
        assert [row.verb for row in audit.list_changes("user", world.senco.id)] == [
            "asked to be forgotten"
        ]

    def test_twice_is_one_request(self, client: GatedClient, world: World) -> None:
        for _ in range(2):
            client.send(PAGE)
        assert len(requests()) == 1

    def test_five_clicks_at_once_are_one_request(self, committed_app: Flask) -> None:
        user = make_school_user(make_school())
        db.session.commit()
        by = acting(user)

        def ask() -> int:
            with transaction():
                return erasure_services.ask(by=by).id

        answers = race(committed_app, [ask] * 5)
        assert len(set(answers)) == 1 and isinstance(answers[0], int)
        db.session.rollback()
        assert len(requests()) == 1

    def test_taken_back_it_is_gone_and_can_be_asked_again(
        self, client: GatedClient, world: World
    ) -> None:
        client.send(PAGE)
        client.send(f"{PAGE}/take-back")
        (row,) = requests()
        assert (row.ended_at is not None, row.ended_by_user_id) == (True, world.senco.id)
        assert "You asked on" not in client.get(PAGE).text
        client.send(PAGE)
        assert len(requests()) == 2

    def test_nothing_to_take_back_is_harmless(self, client: GatedClient, world: World) -> None:
        assert client.send(f"{PAGE}/take-back").status_code == 303
        assert "There is no open request of yours." in client.get("/account").text


class TestSeeTo:
    def test_waits_on_an_administrators_home_and_list(
        self, client: GatedClient, world: World
    ) -> None:
        client.send(PAGE)
        client.sign_in(world.admin)
        assert "1 person asks to be forgotten" in client.get("/").text
        page = client.get(LIST).text
        assert "Person One" in page and world.senco.email in page
        assert f'href="/people/{world.senco.person_id}/erase"' in page
        assert "Tuesday 10 November 2026" in page

    def test_is_nobody_elses_business(self, client: GatedClient, world: World) -> None:
        client.send(PAGE)
        client.sign_in(make_service_user(ServiceRoleKind.INCLUSION_LEAD))
        assert "to be forgotten" not in client.get("/").text
        assert client.get(LIST).status_code == 403

    def test_ones_own_is_for_another_administrator(self, client: GatedClient, world: World) -> None:
        client.sign_in(world.admin)
        client.send(PAGE)
        assert "Another administrator must see to it." in client.get(LIST).text

    def test_answered_without_erasing_they_are_told_why_and_may_ask_again(
        self, client: GatedClient, world: World
    ) -> None:
        client.send(PAGE)
        client.sign_in(world.admin)
        address = f"{LIST}/{world.senco.id}/no"
        assert f'href="{address}"' in client.get(LIST).text
        assert "Say why" in client.send(address, reason="").text
        assert client.send(address, reason="A complaint is open").status_code == 303
        (row,) = requests()
        assert row.ended_by_user_id == world.admin.id
        (mail,) = db.session.query(OutboxMessage)
        assert (mail.kind, mail.recipient) == ("accounts/erasure_declined", world.senco.email)
        assert mail.context["reason"] == "A complaint is open"
        change = audit.list_changes("user", world.senco.id)[-1]
        assert (change.verb, change.reason) == ("was not forgotten", "A complaint is open")
        again = client.send(address, reason="A complaint is open")
        assert again.status_code == 422 and "ended meanwhile" in again.text
        client.sign_in(world.senco)
        client.send(PAGE)
        assert len(requests()) == 2

    def test_costs_the_same_for_three_and_for_ten(self, client: GatedClient, world: World) -> None:
        counts = []
        for more in (3, 7):
            for _ in range(more):
                with transaction():
                    erasure_services.ask(by=acting(make_school_user(make_school())))
            client.sign_in(world.admin)
            with count_statements() as sent:
                client.get(LIST)
            counts.append(len(sent))
        assert counts[0] == counts[1] <= 6
