"""Uploads and downloads by request: what is kept, what is refused, what is counted."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, SchoolRoleKind, ServiceRoleKind, User
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.storage import Store
from cop_site.toolkit import file_services, file_views, queries
from cop_site.toolkit.models import Download, Resource, ResourceFile, VersionState
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
from tests.integration.toolkit.conftest import People, make_stored, upload
from tests.support.client import GatedClient
from tests.support.race import race
from tests.unit.toolkit.hostile import DOCX, HOSTILE, PDF, PNG, SOUND


def _draft(**values: Any) -> Resource:
    resource = make_resource("semh", state=VersionState.DRAFT, files=0, **values)
    db.session.commit()
    return resource


def _files(resource: Resource) -> list[ResourceFile]:
    return queries.list_files(version_of(resource).id)


def _kept() -> set[str]:
    return {
        path.name for path in store().folder.rglob("*") if re.fullmatch("[0-9a-f]{64}", path.name)
    }


def _downloads() -> list[Download]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Download).order_by(Download.id)))


def _take(client: GatedClient, resource: Resource, **fields: Any) -> Any:
    answer = client.send(f"/toolkit/files/{file_of(resource).id}", **fields)
    answer.get_data()
    return answer


@pytest.fixture
def full_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], None]:
    """Call it to put a file where the store's folder was."""

    def break_it() -> None:
        (tmp_path / "file").write_text("no folder")
        monkeypatch.setattr(store(), "folder", tmp_path / "file" / "store")

    return break_it


class TestUpload:
    # What is refused is decided in pure code, tried case by case there: here, that it is asked.
    @pytest.mark.sqlite_only
    @pytest.mark.parametrize("case", HOSTILE)
    def test_hostile_is_refused_at_the_field_and_not_kept(
        self, people: People, client: GatedClient, case: str
    ) -> None:
        resource, before = _draft(), _kept()
        client.sign_in(people.editor)
        name, content, words = HOSTILE[case]
        answer = upload(client, resource.slug, name, content)
        assert answer.status_code == 422
        assert re.search(r'href="#file"', answer.text)
        error = re.search(r'id="file-error"[^>]*>(.*?)</p>', answer.text, re.S)
        assert error is not None
        assert words in error[1].replace("&#39;", "'")
        assert _files(resource) == []
        assert _kept() == before

    # Signs that no client can put into the header by which a name travels are tried there too.
    @pytest.mark.parametrize(
        "case", [case for case in SOUND if case not in ("windows path", "header")]
    )
    @pytest.mark.sqlite_only
    def test_sound_is_kept_by_its_content_under_a_safe_name(
        self, people: People, client: GatedClient, case: str
    ) -> None:
        resource = _draft()
        client.sign_in(people.editor)
        given, content, name = SOUND[case]
        assert upload(client, resource.slug, given, content).status_code == 303
        (file,) = _files(resource)
        assert (file.name, file.size) == (name, len(content))
        with store().open(file.sha256) as kept:
            assert kept.read() == content

    def test_the_type_it_says_it_has_is_not_believed(
        self, people: People, client: GatedClient
    ) -> None:
        resource = _draft()
        client.sign_in(people.editor)
        file = (BytesIO(PNG), "a.png", "text/html")
        client.send(f"/toolkit/{resource.slug}/draft/files", file=file)
        assert _files(resource)[0].media_type == "image/png"

    def test_no_file_is_said(self, people: People, client: GatedClient) -> None:
        resource = _draft()
        client.sign_in(people.editor)
        url = f"/toolkit/{resource.slug}/draft/files"
        for sent in ({}, {"file": (BytesIO(b""), "")}, {"file": "text"}):
            answer = client.send(url, **sent)
            assert answer.status_code == 422
            assert "Choose a file" in answer.text

    def test_same_file_name_or_too_many_are_refused(
        self, people: People, client: GatedClient
    ) -> None:
        resource = _draft()
        client.sign_in(people.editor)
        assert upload(client, resource.slug, "a.pdf", PDF).status_code == 303
        assert "has that file already" in upload(client, resource.slug, "b.pdf", PDF).text
        same = upload(client, resource.slug, "A.pdf", PDF + b"\n")
        assert "a file of that name" in same.text
        for number in range(19):
            make_file(version_of(resource), position=number + 1)
        db.session.commit()
        assert "20 files at most" in upload(client, resource.slug, "c.docx", DOCX).text
        assert len(_files(resource)) == 20

    def test_a_large_file_never_stands_in_memory_whole_and_is_kept(
        self, people: People, client: GatedClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made: list[str] = []
        real = tempfile.SpooledTemporaryFile

        def note(*args: Any, **kwargs: Any) -> Any:
            made.append("spooled")
            return real(*args, **kwargs)

        monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", note)
        resource = _draft()
        client.sign_in(people.editor)
        large = b"word " * 800_000
        assert upload(client, resource.slug, "large.txt", large).status_code == 303
        assert made
        assert _files(resource)[0].size == len(large)

    def test_past_the_limit_is_said_at_the_field(
        self, people: People, client: GatedClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(client.application.config, "LARGEST_UPLOAD", 2 * 1024 * 1024)
        resource, before = _draft(), _kept()
        client.sign_in(people.editor)
        for size in (2 * 1024 * 1024 + 1, 3 * 1024 * 1024, 9 * 1024 * 1024):
            answer = upload(client, resource.slug, "a.txt", b"x" * size)
            assert answer.status_code == 422
            assert "The file must be 2 MB or smaller" in answer.text
        assert upload(client, resource.slug, "a.txt", b"x" * 2 * 1024 * 1024).status_code == 303
        assert len(_kept() - before) == 1

    def test_only_who_may_add_files_may_send_much(
        self, people: People, client: GatedClient
    ) -> None:
        resource = _draft()
        large = b"x" * 2 * 1024 * 1024
        url = f"/toolkit/{resource.slug}/draft/files"
        client.sign_in(people.senco)
        assert upload(client, resource.slug, "a.txt", large).status_code == 403
        client.sign_in(people.editor)
        form = "multipart/form-data; boundary=x"
        elsewhere = client.post("/toolkit/new", data=large, content_type=form)
        assert elsewhere.status_code == 413
        no_token = upload(client, resource.slug, "a.txt", large, token=False)
        assert no_token.status_code == 400
        assert client.send(url, note="a\0b", file=(BytesIO(PDF), "a.pdf")).status_code == 400

    def test_signed_out_comes_back_to_the_draft(self, people: People, client: GatedClient) -> None:
        resource = _draft()
        answer = upload(client, resource.slug, "a.pdf", PDF)
        assert answer.status_code == 303
        assert "/sign-in?next=" in answer.location
        client.sign_in(people.editor)
        back = client.get(f"/toolkit/{resource.slug}/draft/files")
        assert back.location == f"/toolkit/{resource.slug}/draft"

    def test_with_the_store_away_is_said_and_nothing_is_lost(
        self, people: People, client: GatedClient, full_store: Callable[[], None]
    ) -> None:
        resource = _draft()
        client.sign_in(people.editor)
        full_store()
        answer = upload(client, resource.slug, "a.pdf", PDF)
        assert answer.status_code == 503
        assert "could not be kept just now" in answer.text
        assert _files(resource) == []

    def test_a_row_that_fails_takes_its_file_back(
        self, people: People, client: GatedClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        resource, before = _draft(), _kept()
        client.sign_in(people.editor)

        def fail(*_args: Any, **_more: Any) -> None:
            raise DomainError("Not now.", field="file")

        monkeypatch.setattr(file_services, "add_file", fail)
        answer = upload(client, resource.slug, "a.txt", b"nobody has this yet")
        assert "Not now." in answer.text
        assert _kept() == before

    def test_connection_lost_in_the_commit_leaves_the_bytes_of_a_row_that_was_kept(
        self, people: People, client: GatedClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        resource = _draft()
        client.sign_in(people.editor)

        @contextmanager
        def lose_the_answer() -> Iterator[None]:
            with transaction():
                yield
            raise OperationalError("COMMIT", {}, Exception("connection lost"))

        monkeypatch.setattr(file_views, "transaction", lose_the_answer)
        answer = upload(client, resource.slug, "a.txt", b"nobody had this before")
        assert answer.status_code == 503
        (row,) = _files(resource)
        with store().open(row.sha256) as kept:
            assert kept.read() == b"nobody had this before"

    def test_a_row_that_fails_leaves_a_file_that_others_have(
        self, people: People, client: GatedClient
    ) -> None:
        resource, other = _draft(), _draft()
        client.sign_in(people.editor)
        upload(client, other.slug, "a.pdf", PDF)
        upload(client, resource.slug, "a.pdf", PDF)
        assert upload(client, resource.slug, "again.pdf", PDF).status_code == 422
        with store().open(_files(other)[0].sha256) as kept:
            assert kept.read() == PDF


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
        assert {named, orphan, young} <= _kept()
        answer = app.test_cli_runner().invoke(args=["worker", "--once"])
        assert answer.exit_code == 0
        assert {named, young} <= _kept()
        assert orphan not in _kept()
