"""Everything held about a person, as one file. What each domain says: test_held_tables.py."""

from __future__ import annotations

import pytest
from flask import Flask

from cop_site import audit
from cop_site.accounts.held_queries import find_subject
from cop_site.accounts.models import User
from cop_site.db import db
from cop_site.held import Subject
from tests.factories.people import make_person, make_school_user, make_user
from tests.factories.schools import make_authority, make_school
from tests.support.client import GatedClient
from tests.support.held_file import OWN, download, rows_of
from tests.support.whose import list_columns_about_somebody

# Columns that say whose something is, and are in no table of the file: why.
IN_CHANGES = "what they did is in changes-you-made.csv"
NOT_GIVEN = {
    "outbox_message.recipient_name": "an address may have been somebody else's before",
    "authority.contact_email": "the service's address, nobody's own",
    "authority.data_protection_email": "the authority's address, nobody's own",
    "erasure_step.person_id": "kept until what others wrote is clear of them",
    "parked_form.user_id": "kept for two hours, and then shown to them",
    "booking.booked_by_user_id": "said as you or somebody else; " + IN_CHANGES,
    "erasure_request.ended_by_user_id": "said as you or somebody else; " + IN_CHANGES,
    "join_request.decided_by_user_id": IN_CHANGES,
    "cluster_plan.saved_by_user_id": IN_CHANGES,
    "inviting.sent_by_user_id": IN_CHANGES,
    "material.added_by_user_id": IN_CHANGES,
    "material_sending.sent_by_user_id": IN_CHANGES,
    "notice.removed_by_user_id": IN_CHANGES,
    "check_in.made_by_user_id": IN_CHANGES,
    "register.opened_by_user_id": IN_CHANGES,
    "register_upload.by_user_id": "gone once it is taken in; " + IN_CHANGES,
    "register.closed_by_user_id": IN_CHANGES,
    "school_import.by_user_id": IN_CHANGES,
    "scope.frozen_by_user_id": IN_CHANGES,
    "support_plan.by_user_id": IN_CHANGES,
    "action.done_by_user_id": "said as you or somebody else; " + IN_CHANGES,
}


@pytest.fixture
def senco(app: Flask, client: GatedClient) -> User:
    make_authority()
    user = make_school_user(make_school("Elm Primary"), name="Person One")
    db.session.commit()
    client.sign_in(user)
    return user


class TestDownload:
    def test_is_a_file_of_tables_with_a_page_that_says_what_each_is(
        self, client: GatedClient, senco: User
    ) -> None:
        files = download(client)
        read_me = files.pop("READ-ME.txt")
        assert read_me.startswith("WHAT COMMUNITIES OF PRACTICE HOLDS ABOUT YOU")
        assert "For Person One, 10 November 2026." in read_me
        assert "nobody can find your answers" in read_me
        assert len(files) > 20
        for name in files:
            assert f"{name} (" in read_me
        (row,) = rows_of(files["roles.csv"])
        assert (row["Role"], row["Where"]) == ("SENCO", "Elm Primary")

    def test_is_saved_and_never_kept_on_the_way(self, client: GatedClient, senco: User) -> None:
        headers = client.send(OWN).headers
        assert headers["Content-Disposition"].startswith('attachment; filename="what-we-hold')
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"

    def test_is_noted_and_looking_at_the_page_is_not(
        self, client: GatedClient, senco: User
    ) -> None:
        client.get(OWN)
        assert audit.list_changes("user", senco.id) == []
        client.send(OWN)
        (change,) = audit.list_changes("user", senco.id)
        assert (change.verb, change.by_user_id) == ("data downloaded", senco.id)

    def test_needs_a_token(self, client: GatedClient, senco: User) -> None:
        assert client.post(OWN).status_code == 400

    def test_holds_no_secret(self, client: GatedClient, senco: User) -> None:
        senco.password_hash = "$argon2id$secret"
        senco.feed_hash = "f" * 64
        db.session.commit()
        text = "".join(download(client).values())
        assert "argon2" not in text and "f" * 64 not in text
        assert rows_of(download(client)["account.csv"])[0]["Calendar address"] == "yes"

    def test_a_hostile_name_runs_nowhere(self, client: GatedClient, senco: User) -> None:
        client.send("/account/details", name="=cmd|'/C calc'!A1", award="not_said")
        assert rows_of(download(client)["person.csv"])[0]["Name"] == "'=cmd|'/C calc'!A1"


class TestFindSubject:
    def test_is_everybody_merged_into_the_person(self, app: Flask) -> None:
        user = make_user()
        once, twice, other = make_person(), make_person(), make_person()
        once.merged_into_id, twice.merged_into_id = user.person_id, once.id
        db.session.commit()
        subject = find_subject(user.person_id)
        assert subject.person_ids == {user.person_id, once.id, twice.id}
        assert subject.user_ids == {user.id}
        assert {once.email, twice.email, user.email} == subject.addresses
        assert other.email not in subject.addresses

    def test_an_address_they_had_is_theirs_until_somebody_else_has_it(self, app: Flask) -> None:
        user, other = make_user(), make_user()
        for was in ("mine@old.example", other.email):
            audit.record("user", user.id, "address changed", by=user.id, was={"email": was})
        audit.record("user", other.id, "address changed", by=None, was={"email": "x@old.example"})
        db.session.commit()
        assert find_subject(user.person_id).addresses == {user.email, "mine@old.example"}


class TestEverythingIsInIt:
    """A new table that is about somebody must be given to them, or say here why not."""

    def test_every_column_that_says_whose_something_is(self, app: Flask) -> None:
        nobody = Subject(frozenset(), frozenset(), frozenset())
        given = {
            column
            for list_held in app.extensions["held"]
            for table in list_held(nobody)
            for column in table.covers
        }
        about = list_columns_about_somebody()
        assert about - given - set(NOT_GIVEN) == set(), "neither given nor excused"
        assert set(NOT_GIVEN) - about == set(), "an excuse for what is not there"
        assert given & set(NOT_GIVEN) == set(), "given and excused"
        assert given - about == set(), "given, and nobody's"

    def test_no_two_tables_have_one_name(self, app: Flask) -> None:
        nobody = Subject(frozenset(), frozenset(), frozenset())
        names = [table.name for one in app.extensions["held"] for table in one(nobody)]
        assert len(names) == len(set(names))
