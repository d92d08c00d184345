"""Writing, publishing, superseding, withdrawing; two editors at once; hostile words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site import audit
from cop_site.accounts.models import ServiceRoleKind
from cop_site.db import db
from cop_site.toolkit import queries, services
from cop_site.toolkit.models import (
    Resource,
    VersionState,
)
from tests.factories.acting import acting
from tests.factories.people import make_service_user
from tests.factories.toolkit import NEXT_YEAR, make_resource, make_version, version_of
from tests.integration.toolkit.conftest import People, upload
from tests.integration.toolkit.editing import form, states, verbs
from tests.support.client import GatedClient
from tests.unit.toolkit.file_parts import PDF

pytestmark = pytest.mark.sqlite_only

TODAY, YESTERDAY = date(2026, 11, 10), date(2026, 11, 9)


class TestFromDraftToSchool:
    def test_saved_given_a_file_published_and_found(
        self, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.editor)
        saved = client.send("/toolkit/new", **form(people))
        assert saved.location == "/toolkit/calm-corners/draft"
        page = client.get(saved.location).text
        assert "<strong>one</strong>" in page
        assert "Partly accessible" in page
        assert "The PDF has no headings" in page
        assert upload(client, "calm-corners", "Plan.pdf", PDF).status_code == 303
        assert "Plan.pdf" in client.get(saved.location).text
        senco = client.application.test_client()
        assert isinstance(senco, GatedClient)
        senco.sign_in(people.senco)
        assert senco.get("/toolkit/calm-corners").status_code == 404
        published = client.send("/toolkit/calm-corners/draft/publish", edits="1")
        assert published.location == "/toolkit/calm-corners"
        page = senco.get("/toolkit/calm-corners").text
        for words in ("Calm corners", "Attendance", "Targeted", "Plan.pdf", "Partly accessible"):
            assert words in page
        assert "Calm corners" in senco.get("/toolkit").text
        resource = db.session.scalars(sa.select(Resource)).one()
        assert verbs(resource) == ["created", "file added", "published"]

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("title", " ", "Enter a title"),
            ("title", "x" * 121, "Use 120 characters or fewer"),
            ("summary", "", "Enter a summary"),
            ("guidance", "x" * 10_001, "Use 10,000 characters or fewer"),
            ("area", ["semh", "nowhere"], "Choose from the list"),
            ("stage", "attendance", "Choose from the list"),
            ("tier", "semh", "Choose from the list"),
            ("accessibility", "perfect", "Choose from the list"),
            ("owner", "", "Choose who looks after it"),
            ("owner", "999999", "Choose from the list"),
            ("review_on", ["1", "1", "2020"], "The review date must be today or later"),
            ("review_on", ["31", "2", "2027"], "Enter a real date"),
            ("review_on", None, "Enter when it is to be reviewed"),
        ],
    )
    def test_bad_input_is_said_and_nothing_is_lost(
        self, people: People, client: GatedClient, field: str, value: Any, sentence: str
    ) -> None:
        client.sign_in(people.editor)
        answer = client.send("/toolkit/new", **form(people, **{field: value}))
        assert answer.status_code == 422
        assert sentence in answer.text
        if field != "guidance":
            assert "With **one** corner" in answer.text
        assert db.session.scalar(sa.select(sa.func.count(Resource.id))) == 0

    def test_a_pupil_in_the_text_is_asked_about_first(
        self, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.editor)
        answer = client.send("/toolkit/new", **form(people, guidance="Born 12/03/2015, Jo Bloggs"))
        assert answer.status_code == 422
        assert "names_no_pupil" in answer.text

    def test_same_title_gets_an_address_of_its_own_and_reserved_words_too(
        self, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.editor)
        for title, slug in (
            ("Calm corners", "calm-corners"),
            ("Calm corners!", "calm-corners-2"),
            ("New", "new-2"),
            ("Downloads", "downloads-2"),
            ("計画", "resource"),
            ("Ünïcode & more", "unicode-more"),
        ):
            answer = client.send("/toolkit/new", **form(people, title=title))
            assert answer.location == f"/toolkit/{slug}/draft"

    def test_owners_are_of_the_service_only(self, people: People, client: GatedClient) -> None:
        admin = make_service_user(ServiceRoleKind.ADMINISTRATOR)
        db.session.commit()
        client.sign_in(people.editor)
        for person_id in (people.senco.person_id, admin.person_id):
            answer = client.send("/toolkit/new", **form(people, owner=str(person_id)))
            assert answer.status_code == 422


class TestHostileWords:
    def test_come_out_as_text_everywhere(self, people: People, client: GatedClient) -> None:
        bad = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
        guidance = f"{bad} [x](javascript:alert(1)) ![i](https://evil.example/i) <b>b</b>"
        client.sign_in(people.editor)
        words = {"title": bad[:100], "summary": bad, "accessibility_note": bad}
        saved = client.send("/toolkit/new", **form(people, guidance=guidance, **words))
        slug = saved.location.split("/")[2]
        upload(client, slug, f"{bad}.pdf", PDF)
        pages = [client.get(saved.location).text, client.get(f"/toolkit/{slug}/draft/edit").text]
        client.send(f"/toolkit/{slug}/draft/publish", edits="1")
        client.send(f"/toolkit/{slug}/version")
        client.send(f"/toolkit/{slug}/draft/edit", **form(people, change_note=bad, title=bad[:90]))
        for path in ("", "/draft", "/draft/edit", "/draft/delete", "/withdraw", "/look-after"):
            pages.append(client.get(f"/toolkit/{slug}{path}").text)
        pages += [client.get("/toolkit").text, client.get("/toolkit?show=drafts").text]
        pages.append(client.get("/toolkit", query_string={"q": bad}).text)
        for page in pages:
            assert "<script>alert" not in page
            assert "<img" not in page
            assert 'href="javascript:' not in page
            assert "alert(1)" in page


class TestPublishDraft:
    def _missing(self, **values: Any) -> list[str]:
        facets = values.pop("facets", ("semh",))
        resource = make_resource(*facets, state=VersionState.DRAFT, **values)
        draft = version_of(resource)
        had = [one for found in queries.list_facets(draft.id).values() for one in found]
        return services.list_missing(resource, draft, had, queries.list_files(draft.id))

    def test_needs_a_status_an_area_and_something_to_give(self, people: People) -> None:
        assert self._missing() == []
        assert self._missing(accessibility=None) == ["Say how accessible it is"]
        assert self._missing(facets=("plan",)) == ["Choose at least one area of need"]
        assert self._missing(files=0) == ["Add a file, or write the guidance"]
        assert self._missing(files=0, guidance="Read this") == []
        assert self._missing(review_on=TODAY) == []
        assert self._missing(review_on=YESTERDAY) == ["Set a review date that is today or later"]

    def test_what_is_missing_is_refused(self, people: People, client: GatedClient) -> None:
        resource = make_resource("semh", state=VersionState.DRAFT, accessibility=None)
        db.session.commit()
        client.sign_in(people.editor)
        answer = client.send(f"/toolkit/{resource.slug}/draft/publish", edits="1")
        assert answer.status_code == 422
        assert "Say how accessible it is" in answer.text
        assert states(resource) == [(1, "draft")]

    def test_a_draft_changed_meanwhile_is_looked_over_first(
        self, people: People, client: GatedClient
    ) -> None:
        resource = make_resource("semh", state=VersionState.DRAFT, edits=2)
        db.session.commit()
        client.sign_in(people.editor)
        answer = client.send(f"/toolkit/{resource.slug}/draft/publish", edits="1")
        assert answer.status_code == 422
        assert "Somebody else changed this draft" in answer.text
        assert 'name="edits" value="2"' in answer.text
        assert client.send(answer.request.path, edits="2").status_code == 303

    def test_a_review_date_that_has_passed_is_refused(
        self, people: People, client: GatedClient
    ) -> None:
        resource = make_resource("semh", review_on=YESTERDAY)
        make_version(resource, 2, "semh", state=VersionState.DRAFT, change_note="Shorter")
        db.session.commit()
        client.sign_in(people.editor)
        answer = client.send(f"/toolkit/{resource.slug}/draft/publish", edits="1")
        assert answer.status_code == 422
        assert "Set a review date that is today or later" in answer.text
        assert f"/toolkit/{resource.slug}/look-after" in answer.text
        assert states(resource) == [(1, "published"), (2, "draft")]

    def test_without_a_draft_says_so_on_the_page(self, people: People, client: GatedClient) -> None:
        resource = make_resource("semh")
        db.session.commit()
        client.sign_in(people.editor)
        answer = client.send(f"/toolkit/{resource.slug}/draft/publish", edits="1")
        assert "There is no draft any more." in client.get(answer.location).text


class TestNewVersion:
    def test_copies_words_facets_and_files_and_supersedes_on_publishing(
        self, people: People, client: GatedClient
    ) -> None:
        resource = make_resource("semh", "plan", title="Calm", guidance="Old words", files=2)
        db.session.commit()
        client.sign_in(people.editor)
        started = client.send(f"/toolkit/{resource.slug}/version")
        assert "Old words" in client.get(started.location).text
        old, new = version_of(resource), version_of(resource, 2)
        assert queries.list_facets(new.id) == queries.list_facets(old.id)
        assert [one.sha256 for one in queries.list_files(new.id)] == [
            one.sha256 for one in queries.list_files(old.id)
        ]
        page = client.get(started.location).text
        assert "Say what changed in this version" in page
        changed = form(people, title="Calmer", change_note="Shorter", guidance="New words")
        edited = client.send(f"/toolkit/{resource.slug}/draft/edit", **changed)
        assert edited.status_code == 303
        assert "Old words" in client.get(f"/toolkit/{resource.slug}").text
        client.send(f"/toolkit/{resource.slug}/draft/publish", edits="2")
        assert states(resource) == [(1, "superseded"), (2, "published")]
        page = client.get(f"/toolkit/{resource.slug}").text
        for words in ("Calmer", "New words", "Shorter", "superseded 10 November 2026"):
            assert words in page
        assert verbs(resource) == ["drafted", "changed", "published"]

    def test_draft_moves_neither_owner_nor_review_date_of_what_is_live(
        self, people: People, client: GatedClient
    ) -> None:
        resource = make_resource("semh")
        owner = resource.owner_id
        db.session.commit()
        client.sign_in(people.editor)
        client.send(f"/toolkit/{resource.slug}/version")
        url = f"/toolkit/{resource.slug}/draft/edit"
        page = client.get(url).text
        assert 'name="owner"' not in page
        assert 'name="review_on"' not in page
        # Sent all the same, they change nothing, saved or published.
        sent = form(people, title="Calmer", change_note="Shorter", review_on=["1", "2", "2030"])
        assert client.send(url, **sent).status_code == 303
        assert client.send(url, **sent).status_code == 422, "a stale form shows both texts"
        client.send(f"/toolkit/{resource.slug}/draft/publish", edits="2")
        db.session.expire_all()
        assert states(resource) == [(1, "superseded"), (2, "published")]
        assert (resource.owner_id, resource.review_on) == (owner, NEXT_YEAR)
        started, changed, *_ = audit.list_changes("resource", resource.id)
        # A draft may be deleted, and its words with it.
        assert "Calmer" not in str([started.now, changed.was, changed.now])
        assert {"title", "change_note"} <= set(changed.now["changed"])
        assert "owner_id" not in changed.now
        assert "review_on" not in changed.now

    def test_starting_twice_gives_the_draft_there_is(self, people: People) -> None:
        resource = make_resource("semh")
        by = acting(people.editor)
        first = services.start_version(resource.id, by=by)
        assert services.start_version(resource.id, by=by) is first

    def test_removing_a_file_from_the_draft_leaves_it_in_the_published_version(
        self, people: People, client: GatedClient
    ) -> None:
        resource = make_resource("semh")
        db.session.commit()
        client.sign_in(people.editor)
        client.send(f"/toolkit/{resource.slug}/version")
        old, new = version_of(resource), version_of(resource, 2)
        (own,), (copied,) = queries.list_files(old.id), queries.list_files(new.id)
        base = f"/toolkit/{resource.slug}/draft/files"
        client.send(f"{base}/{own.id}/remove")
        assert len(queries.list_files(old.id)) == 1
        client.send(f"{base}/{copied.id}/remove")
        client.send(f"{base}/{copied.id}/remove")
        assert queries.list_files(new.id) == []
        assert len(queries.list_files(old.id)) == 1

    def test_after_withdrawing_brings_it_back(self, people: People) -> None:
        resource = make_resource("semh", state=VersionState.WITHDRAWN)
        by = acting(people.editor)
        draft = services.start_version(resource.id, by=by)
        draft.change_note = "Mended"
        services.publish_draft(resource.id, 1, by=by)
        assert states(resource) == [(1, "withdrawn"), (2, "published")]
