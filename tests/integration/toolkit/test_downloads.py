"""Getting files out of the store, and keeping it tidy."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, SchoolRoleKind, ServiceRoleKind, User
from cop_site.db import db
from cop_site.storage import Store
from cop_site.toolkit import file_services, queries
from cop_site.toolkit.models import Download, Resource, VersionState
from cop_site.transaction import transaction
from cop_site.web.uploads import store
from tests.factories.acting import acting
from tests.factories.people import (
    give_school_role,
    give_service_role,
    make_partner_user,
    make_school_user,
    make_service_user,
)
from tests.factories.schools import make_school
from tests.factories.toolkit import file_of, make_file, make_resource, make_version, version_of
from tests.integration.toolkit.conftest import People, make_stored
from tests.integration.toolkit.stored import kept
from tests.support.client import GatedClient
from tests.support.race import race


def _downloads() -> list[Download]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Download).order_by(Download.id)))


def _take(client: GatedClient, resource: Resource, **fields: Any) -> Any:
    answer = client.send(f"/toolkit/files/{file_of(resource).id}", **fields)
    answer.get_data()
    return answer


class TestDownload:
    def test_is_an_attachment_counted_for_the_school_with_the_role_then(
        self, people: People, client: GatedClient
    ) -> None:
        resource = make_stored(b"the content", title="Plan")
        client.sign_in(people.senco)
        answer = _take(client, resource)
        assert answer.status_code == 200
        assert answer.data == b"the content"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Length"] == "11"
        assert answer.headers["Cache-Control"] == "no-store"
        (row,) = _downloads()
        version = version_of(resource)
        assert (row.person_id, row.school_id) == (people.senco.person_id, people.school.id)
        assert (row.resource_id, row.version_id, row.file_id) == (
            resource.id,
            version.id,
            file_of(resource).id,
        )
        assert (row.role, row.day) == (SchoolRoleKind.SENCO, date(2026, 11, 10))

    def test_name_is_given_as_ascii_and_as_utf_8(self, people: People, client: GatedClient) -> None:
        resource = make_stored()
        file_of(resource).name = "Plán “für” 計画.docx"
        db.session.commit()
        client.sign_in(people.senco)
        header = _take(client, resource).headers["Content-Disposition"]
        assert re.search(r'filename="Plan[A-Za-z0-9._-]*\.docx"', header)
        assert "filename*=UTF-8''Pl%C3%A1n" in header

    def test_again_on_the_day_counts_once_and_on_the_next_again(
        self, people: People, client: GatedClient, at: Callable[[datetime], None]
    ) -> None:
        resource = make_stored()
        client.sign_in(people.senco)
        # A minute before midnight in London, and a minute after, in summer.
        late = datetime(2026, 7, 1, 23, 59, tzinfo=clock.LONDON)
        for moment in (late - timedelta(hours=12), late, late + timedelta(minutes=2)):
            at(moment)
            client.sign_in(people.senco)
            assert _take(client, resource).status_code == 200
        assert [row.day for row in _downloads()] == [date(2026, 7, 1), date(2026, 7, 2)]

    def test_two_files_of_a_resource_are_one_download(
        self, people: People, client: GatedClient
    ) -> None:
        resource = make_stored()
        second = make_file(version_of(resource), b"second", position=1)
        store().put(BytesIO(b"second"), largest=100)
        db.session.commit()
        client.sign_in(people.senco)
        _take(client, resource)
        client.send(f"/toolkit/files/{second.id}").get_data()
        assert len(_downloads()) == 1

    def test_somebody_of_two_schools_counts_for_both_or_the_one_chosen(
        self, people: People, client: GatedClient
    ) -> None:
        other = make_school("Birch Lane Primary")
        shared = make_school_user(people.school, other)
        first, second = make_stored(), make_stored(b"second")
        client.sign_in(shared)
        assert "All my schools" in client.get(f"/toolkit/{first.slug}").text
        _take(client, first, school="")
        _take(client, second, school=str(other.id))
        found = [(row.resource_id, row.school_id) for row in _downloads()]
        assert sorted(found) == sorted(
            [(first.id, people.school.id), (first.id, other.id), (second.id, other.id)]
        )

    def test_a_school_of_somebody_else_is_refused(
        self, people: People, client: GatedClient
    ) -> None:
        resource = make_stored()
        other = make_school()
        db.session.commit()
        client.sign_in(people.senco)
        answer = _take(client, resource, school=str(other.id))
        assert answer.status_code == 422
        assert _downloads() == []

    def _nobody(self, people: People) -> list[User]:
        """Staff, a partner, an administrator, and staff who hold a role at a school as well."""
        both = make_service_user(ServiceRoleKind.EP)
        give_school_role(db.session.get_one(Person, both.person_id), people.school)
        governor = make_school_user(people.school)
        give_service_role(
            db.session.get_one(Person, governor.person_id), ServiceRoleKind.ADMINISTRATOR
        )
        partner = make_partner_user()
        give_school_role(db.session.get_one(Person, partner.person_id), people.school)
        staff = [make_service_user(role) for role in ServiceRoleKind]
        return [both, governor, partner, make_partner_user(), make_school_user(), *staff]

    def test_the_service_partners_and_administrators_are_never_counted(
        self, people: People, client: GatedClient
    ) -> None:
        resource, nobody = make_stored(), self._nobody(people)
        db.session.commit()
        for user in nobody:
            client.sign_in(user)
            assert _take(client, resource).status_code == 200
        assert _downloads() == []

    def test_asking_with_get_changes_nothing(self, people: People, client: GatedClient) -> None:
        resource = make_stored()
        client.sign_in(people.senco)
        answer = client.get(f"/toolkit/files/{file_of(resource).id}")
        assert answer.location == f"/toolkit/{resource.slug}"
        assert _downloads() == []

    def test_an_older_version_leads_to_the_newest(
        self, people: People, client: GatedClient
    ) -> None:
        resource = make_stored(state=VersionState.SUPERSEDED)
        make_version(resource, 2, "semh")
        db.session.commit()
        client.sign_in(people.senco)
        answer = _take(client, resource)
        assert "The newest is here." in client.get(answer.location).text
        assert _downloads() == []
        client.sign_in(people.editor)
        assert _take(client, resource).data == b"the content"

    def test_a_withdrawn_one_is_said_to_be(self, people: People, client: GatedClient) -> None:
        resource = make_stored(state=VersionState.WITHDRAWN)
        client.sign_in(people.senco)
        answer = _take(client, resource)
        assert "That file has been withdrawn." in client.get(answer.location).text

    def test_a_draft_is_for_editors_only_and_not_counted(
        self, people: People, client: GatedClient
    ) -> None:
        published = make_stored()
        draft = make_version(published, 2, "semh", state=VersionState.DRAFT, files=0)
        file = make_file(draft, b"the content")
        db.session.commit()
        client.sign_in(people.senco)
        answer = client.send(f"/toolkit/files/{file.id}")
        assert answer.status_code in (303, 404)
        assert b"the content" not in answer.data
        client.sign_in(people.editor)
        assert client.send(f"/toolkit/files/{file.id}").data == b"the content"

    def test_an_unknown_file_is_not_found(self, people: People, client: GatedClient) -> None:
        client.sign_in(people.senco)
        for number in (0, 999, 2**31, 2**63):
            assert client.send(f"/toolkit/files/{number}").status_code == 404

    def test_with_the_store_away_is_a_page_and_not_counted(
        self, people: People, client: GatedClient, full_store: Callable[[], None]
    ) -> None:
        resource = make_stored()
        client.sign_in(people.senco)
        full_store()
        answer = _take(client, resource)
        assert answer.status_code == 503
        assert "The files cannot be reached at the moment." in answer.text
        assert _downloads() == []

    def test_ten_clicks_of_two_people_are_one_download_each(self, committed_app: Flask) -> None:
        school, other = make_school(), make_school()
        people = [acting(make_school_user(school, other)), acting(make_school_user(school))]
        file_id = file_of(make_resource("semh")).id
        db.session.commit()

        def click(by: ActingUser) -> Callable[[], int]:
            def run() -> int:
                queries.get_file(file_id, sa.true())
                with transaction():
                    return file_services.record_download(file_id, [], by=by)

            return run

        given = race(committed_app, [click(by) for by in people for _ in range(5)])
        assert sum(given) == 3
        db.session.rollback()
        assert len(_downloads()) == 3


class TestStoreUrl:
    def test_of_another_sort_stops_the_start(self, app: Flask) -> None:
        from cop_site import create_app

        with pytest.raises(RuntimeError, match="STORAGE_URL must be a folder"):
            create_app({**app.config, "STORAGE_URL": "s3://bucket"})
        assert isinstance(store(), Store)


class TestSweep:
    def test_worker_leaves_files_that_a_version_has(self, app: Flask, people: People) -> None:
        named = file_of(make_stored(b"a version has this")).sha256
        orphan = store().put(BytesIO(b"an upload was killed"), largest=100).sha256
        young = store().put(BytesIO(b"an upload goes on"), largest=100).sha256
        for address in (named, orphan):
            os.utime(store().folder / address[:2] / address[2:4] / address, (0, 0))
        assert {named, orphan, young} <= kept()
        answer = app.test_cli_runner().invoke(args=["worker", "--once"])
        assert answer.exit_code == 0
        assert {named, young} <= kept()
        assert orphan not in kept()
