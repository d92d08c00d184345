"""An administrator takes somebody's file, for whoever asks the service in a letter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask

from cop_site import audit
from cop_site.accounts.models import Person, ServiceRoleKind, User
from cop_site.db import db
from cop_site.held import ONLY_THEIRS
from tests.factories.people import make_person, make_school_user, make_service_user
from tests.factories.schools import make_authority, make_cluster, make_school
from tests.factories.support import make_action, make_draft, make_entry
from tests.support.client import GatedClient
from tests.support.held_file import download, rows_of


@pytest.fixture
def senco(app: Flask, client: GatedClient) -> User:
    make_authority()
    user = make_school_user(make_school("Elm Primary"), name="Person One")
    admin = make_service_user(ServiceRoleKind.ADMINISTRATOR)
    db.session.commit()
    client.sign_in(admin)
    return user


class TestExport:
    def test_is_the_persons_own_file_and_is_recorded_with_them(
        self, client: GatedClient, senco: User
    ) -> None:
        page = f"/person-data/{senco.person_id}"
        assert f'action="{page}"' in client.get(f"/people/{senco.person_id}").text
        taken = download(client, page)
        (change,) = audit.list_changes("person", senco.person_id)
        assert change.verb == "data exported"
        client.sign_in(senco)
        own = download(client)
        assert taken.keys() == own.keys()
        differs = {"READ-ME.txt", "account.csv", "sign-ins.csv", "changes-about-you.csv"}
        same = own.keys() - differs
        assert {name: taken[name] for name in same} == {name: own[name] for name in same}
        assert rows_of(own["changes-about-you.csv"])[0]["By"] == "somebody else"

    def test_of_somebody_else_is_not_called_about_you_nor_by_their_name(
        self, client: GatedClient, senco: User
    ) -> None:
        name = client.send(f"/person-data/{senco.person_id}").headers["Content-Disposition"]
        assert 'filename="what-we-hold-about-this-person.zip"' in name

    def test_leaves_out_what_they_wrote_about_others(
        self, client: GatedClient, senco: User
    ) -> None:
        asep = make_service_user(ServiceRoleKind.ASEP)
        person = db.session.get_one(Person, asep.person_id)
        make_action(make_entry(make_cluster()), person=person, what="Try the card")
        make_draft(asep.id, agreed="A card that helps")
        db.session.commit()
        taken = download(client, f"/person-data/{asep.person_id}")
        assert rows_of(taken["actions.csv"])[0]["Action"] == ONLY_THEIRS
        assert not any("card" in text for text in taken.values())
        client.sign_in(asep)
        own = download(client)
        assert rows_of(own["actions.csv"])[0]["Action"] == "Try the card"
        assert "A card that helps" in own["support-drafts.csv"]

    def test_of_somebody_without_an_account_has_what_there_is(
        self, client: GatedClient, senco: User
    ) -> None:
        person = make_person("Walk-in", None)
        db.session.commit()
        files = download(client, f"/person-data/{person.id}")
        assert rows_of(files["person.csv"])[0]["Name"] == "Walk-in"
        assert rows_of(files["account.csv"]) == []


@pytest.mark.sqlite_only
class TestWords:
    def test_a_change_is_what_it_was_and_is_by_a_clock_in_london(
        self, client: GatedClient, senco: User, at: Callable[[datetime], None]
    ) -> None:
        at(datetime(2026, 7, 1, 12, tzinfo=UTC))
        client.sign_in(senco)
        client.send("/account/details", name="Person One-Two", award="npq")
        (row,) = rows_of(download(client)["changes-about-you.csv"])
        assert row["What it was and is"] == "award: none -> npq; name: Person One -> Person One-Two"
        assert row["When"] == "2026-07-01 13:00"
