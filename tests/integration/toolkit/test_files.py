"""Uploads and downloads by request: what is kept, what is refused, what is counted."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.toolkit import file_services, file_views, queries
from cop_site.toolkit.models import Resource, ResourceFile, VersionState
from cop_site.transaction import transaction
from cop_site.web.uploads import store
from tests.factories.toolkit import make_file, make_resource, version_of
from tests.integration.toolkit.conftest import People, upload
from tests.integration.toolkit.stored import kept
from tests.support.client import GatedClient
from tests.unit.toolkit.file_parts import DOCX, PDF, PNG
from tests.unit.toolkit.hostile import HOSTILE, SOUND

pytestmark = pytest.mark.thorough


def _draft(**values: Any) -> Resource:
    resource = make_resource("semh", state=VersionState.DRAFT, files=0, **values)
    db.session.commit()
    return resource


def _files(resource: Resource) -> list[ResourceFile]:
    return queries.list_files(version_of(resource).id)


class TestUpload:
    # What is refused is decided in pure code, tried case by case there: here, that it is asked.
    @pytest.mark.sqlite_only
    @pytest.mark.parametrize("case", HOSTILE)
    def test_hostile_is_refused_at_the_field_and_not_kept(
        self, people: People, client: GatedClient, case: str
    ) -> None:
        resource, before = _draft(), kept()
        client.sign_in(people.editor)
        name, content, words = HOSTILE[case]
        answer = upload(client, resource.slug, name, content)
        assert answer.status_code == 422
        assert re.search(r'href="#file"', answer.text)
        error = re.search(r'id="file-error"[^>]*>(.*?)</p>', answer.text, re.S)
        assert error is not None
        assert words in error[1].replace("&#39;", "'")
        assert _files(resource) == []
        assert kept() == before

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
        resource, before = _draft(), kept()
        client.sign_in(people.editor)
        for size in (2 * 1024 * 1024 + 1, 3 * 1024 * 1024, 9 * 1024 * 1024):
            answer = upload(client, resource.slug, "a.txt", b"x" * size)
            assert answer.status_code == 422
            assert "The file must be 2 MB or smaller" in answer.text
        assert upload(client, resource.slug, "a.txt", b"x" * 2 * 1024 * 1024).status_code == 303
        assert len(kept() - before) == 1

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
        resource, before = _draft(), kept()
        client.sign_in(people.editor)

        def fail(*_args: Any, **_more: Any) -> None:
            raise DomainError("Not now.", field="file")

        monkeypatch.setattr(file_services, "add_file", fail)
        answer = upload(client, resource.slug, "a.txt", b"nobody has this yet")
        assert "Not now." in answer.text
        assert kept() == before

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
