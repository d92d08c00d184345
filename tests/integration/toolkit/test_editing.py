"""Writing, publishing, superseding, withdrawing; two editors at once; hostile words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import ServiceRoleKind
from cop_site.db import db
from cop_site.errors import DomainError, StaleEditError
from cop_site.toolkit import queries, services
from cop_site.toolkit.models import (
    Accessibility,
    Resource,
    ResourceFile,
    ResourceVersion,
    VersionState,
)
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.factories.people import make_service_user
from tests.factories.toolkit import NEXT_YEAR, make_resource, make_version, version_of
from tests.integration.toolkit.conftest import People, upload
from tests.support.client import GatedClient
from tests.support.race import race
from tests.unit.toolkit.hostile import PDF

TODAY, YESTERDAY = date(2026, 11, 10), date(2026, 11, 9)


def _form(people: People, **values: Any) -> dict[str, Any]:
    form = {
        "title": "Calm corners",
        "summary": "A corner to be calm in",
        "guidance": "### Start\n\nWith **one** corner",
        "area": ["semh", "attendance"],
        "stage": ["plan"],
        "tier": "targeted",
        "phase": ["primary"],
        "accessibility": "partly",
        "accessibility_note": "The PDF has no headings",
        "owner": str(people.editor.person_id),
        "review_on": ["1", "9", "2027"],
        "edits": "1",
        **values,
    }
    return {name: value for name, value in form.items() if value is not None}


def _details(title: str = "Calm", **values: Any) -> services.ResourceDetails:
    given: dict[str, Any] = {
        "summary": "A summary",
        "guidance": "Words",
        "facets": frozenset({"semh"}),
        "review_on": NEXT_YEAR,
        "accessibility": Accessibility.ACCESSIBLE,
        **values,
    }
    return services.ResourceDetails(title=title, **given)


def _states(resource: Resource) -> list[tuple[int, str]]:
    db.session.expire_all()
    rows = db.session.query(ResourceVersion).filter_by(resource_id=resource.id)
    return [(row.number, row.state.value) for row in rows.order_by(ResourceVersion.number)]


def _verbs(resource: Resource) -> list[str]:
    return [change.verb for change in audit.list_changes("resource", resource.id)]


class TestFromDraftToSchool:
    def test_saved_given_a_file_published_and_found(
        self, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.editor)
        saved = client.send("/toolkit/new", **_form(people))
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
        assert _verbs(resource) == ["created", "file added", "published"]

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
        answer = client.send("/toolkit/new", **_form(people, **{field: value}))
        assert answer.status_code == 422
        assert sentence in answer.text
        if field != "guidance":
            assert "With **one** corner" in answer.text
        assert db.session.scalar(sa.select(sa.func.count(Resource.id))) == 0

    def test_a_pupil_in_the_text_is_asked_about_first(
        self, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.editor)
        answer = client.send("/toolkit/new", **_form(people, guidance="Born 12/03/2015, Jo Bloggs"))
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
            answer = client.send("/toolkit/new", **_form(people, title=title))
            assert answer.location == f"/toolkit/{slug}/draft"

    def test_owners_are_of_the_service_only(self, people: People, client: GatedClient) -> None:
        admin = make_service_user(ServiceRoleKind.ADMINISTRATOR)
        db.session.commit()
        client.sign_in(people.editor)
        for person_id in (people.senco.person_id, admin.person_id):
            answer = client.send("/toolkit/new", **_form(people, owner=str(person_id)))
            assert answer.status_code == 422


class TestHostileWords:
    def test_come_out_as_text_everywhere(self, people: People, client: GatedClient) -> None:
        bad = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
        guidance = f"{bad} [x](javascript:alert(1)) ![i](https://evil.example/i) <b>b</b>"
        client.sign_in(people.editor)
        words = {"title": bad[:100], "summary": bad, "accessibility_note": bad}
        saved = client.send("/toolkit/new", **_form(people, guidance=guidance, **words))
        slug = saved.location.split("/")[2]
        upload(client, slug, f"{bad}.pdf", PDF)
        pages = [client.get(saved.location).text, client.get(f"/toolkit/{slug}/draft/edit").text]
        client.send(f"/toolkit/{slug}/draft/publish", edits="1")
        client.send(f"/toolkit/{slug}/version")
        client.send(f"/toolkit/{slug}/draft/edit", **_form(people, change_note=bad, title=bad[:90]))
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
        assert _states(resource) == [(1, "draft")]

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
        assert _states(resource) == [(1, "published"), (2, "draft")]

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
        changed = _form(people, title="Calmer", change_note="Shorter", guidance="New words")
        edited = client.send(f"/toolkit/{resource.slug}/draft/edit", **changed)
        assert edited.status_code == 303
        assert "Old words" in client.get(f"/toolkit/{resource.slug}").text
        client.send(f"/toolkit/{resource.slug}/draft/publish", edits="2")
        assert _states(resource) == [(1, "superseded"), (2, "published")]
        page = client.get(f"/toolkit/{resource.slug}").text
        for words in ("Calmer", "New words", "Shorter", "superseded 10 November 2026"):
            assert words in page
        assert _verbs(resource) == ["drafted", "changed", "published"]

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
        sent = _form(people, title="Calmer", change_note="Shorter", review_on=["1", "2", "2030"])
        assert client.send(url, **sent).status_code == 303
        assert client.send(url, **sent).status_code == 422, "a stale form shows both texts"
        client.send(f"/toolkit/{resource.slug}/draft/publish", edits="2")
        db.session.expire_all()
        assert _states(resource) == [(1, "superseded"), (2, "published")]
        assert (resource.owner_id, resource.review_on) == (owner, NEXT_YEAR)
        changed = audit.list_changes("resource", resource.id)[1]
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
        assert _states(resource) == [(1, "withdrawn"), (2, "published")]


class TestEditDraft:
    def test_a_second_editor_is_shown_both_texts(self, people: People, client: GatedClient) -> None:
        resource = make_resource("semh", state=VersionState.DRAFT, title="First")
        db.session.commit()
        url = f"/toolkit/{resource.slug}/draft/edit"
        client.sign_in(people.other)
        assert client.send(url, **_form(people, title="By the other")).status_code == 303
        client.sign_in(people.editor)
        answer = client.send(url, **_form(people, title="By me", area=["transitions"]))
        assert answer.status_code == 422
        for words in ("Somebody else changed this draft", "By the other", "By me", "Attendance"):
            assert words in answer.text
        assert 'name="edits" value="2"' in answer.text
        assert version_of(resource).title == "By the other"
        assert client.send(url, **_form(people, title="By me", edits="2")).status_code == 303
        assert version_of(resource).title == "By me"

    def test_an_invalid_form_keeps_the_count_it_came_with(
        self, people: People, client: GatedClient
    ) -> None:
        resource = make_resource("semh", state=VersionState.DRAFT, edits=5)
        db.session.commit()
        client.sign_in(people.editor)
        url = f"/toolkit/{resource.slug}/draft/edit"
        answer = client.send(url, **_form(people, title="", edits="3"))
        assert 'name="edits" value="3"' in answer.text

    def test_review_date_that_has_passed_may_stay(self, people: People) -> None:
        resource = make_resource("semh", state=VersionState.DRAFT, review_on=date(2026, 1, 1))
        saved = _details(owner_id=resource.owner_id, review_on=resource.review_on)
        services.edit_draft(resource.id, 1, saved, by=acting(people.editor))
        late = _details(owner_id=resource.owner_id, review_on=date(2026, 1, 2))
        with pytest.raises(DomainError, match="today or later"):
            services.edit_draft(resource.id, 2, late, by=acting(people.editor))

    def test_a_value_offered_no_more_stays_where_it_was_chosen(
        self, people: People, client: GatedClient
    ) -> None:
        resource = make_resource("semh", "attendance", state=VersionState.DRAFT)
        version = version_of(resource)
        for value in queries.list_facets(version.id).values():
            for one in value:
                one.is_retired = one.key == "attendance"
        db.session.commit()
        client.sign_in(people.editor)
        assert "Attendance" in client.get(f"/toolkit/{resource.slug}/draft/edit").text
        assert "Attendance" not in client.get("/toolkit/new").text
        assert "Attendance" not in client.get("/toolkit").text


class TestWithdraw:
    def test_schools_are_told_and_do_not_find_it(self, people: People, client: GatedClient) -> None:
        resource = make_resource("semh", title="Calm", guidance="Secret words")
        db.session.commit()
        client.sign_in(people.editor)
        url = f"/toolkit/{resource.slug}/withdraw"
        assert client.send(url, reason=" ").status_code == 422
        assert client.send(url, reason="Out of date").status_code == 303
        assert client.send(url, reason="Again").location == f"/toolkit/{resource.slug}"
        client.sign_in(people.senco)
        assert "Calm" not in client.get("/toolkit").text
        page = client.get(f"/toolkit/{resource.slug}").text
        assert "was withdrawn on 10 November 2026" in page
        assert "Secret words" not in page
        assert "formaction" not in page
        assert _verbs(resource) == ["withdrawn"]
        assert audit.list_changes("resource", resource.id)[0].reason == "Out of date"


class TestDiscard:
    def test_a_first_draft_goes_with_its_resource(
        self, people: People, client: GatedClient
    ) -> None:
        resource = make_resource("semh", state=VersionState.DRAFT)
        db.session.commit()
        client.sign_in(people.editor)
        url = f"/toolkit/{resource.slug}/draft/delete"
        assert "Its words are lost." in client.get(url).text
        assert client.send(url, edits="1").location == "/toolkit"
        for model in (Resource, ResourceVersion, ResourceFile):
            assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == 0

    def test_a_later_one_leaves_what_is_published(
        self, people: People, client: GatedClient
    ) -> None:
        resource = make_resource("semh")
        make_version(resource, 2, "semh", state=VersionState.DRAFT)
        db.session.commit()
        client.sign_in(people.editor)
        url = f"/toolkit/{resource.slug}/draft/delete"
        assert client.send(url, edits="1").location == f"/toolkit/{resource.slug}"
        assert _states(resource) == [(1, "published")]
        again = client.send(url, edits="1")
        assert again.location == f"/toolkit/{resource.slug}", "twice is harmless"

    @pytest.mark.parametrize("edits", ["1", "", "x"])
    def test_one_that_was_saved_meanwhile_stays_and_is_shown(
        self, people: People, client: GatedClient, edits: str
    ) -> None:
        resource = make_resource("semh", state=VersionState.DRAFT, title="By the other", edits=2)
        db.session.commit()
        client.sign_in(people.editor)
        url = f"/toolkit/{resource.slug}/draft/delete"
        answer = client.send(url, edits=edits)
        assert answer.status_code == 422
        for words in ("Somebody else changed this draft", "By the other", 'value="2"'):
            assert words in answer.text
        assert _states(resource) == [(1, "draft")]
        assert client.send(url, edits="2").location == "/toolkit"


class TestLookAfter:
    def test_sets_owner_date_and_what_replaces_it(
        self, people: People, client: GatedClient
    ) -> None:
        resource = make_resource("semh", review_on=date(2026, 10, 1))
        newer = make_resource("semh", title="Newer one")
        make_version(resource, 2, "semh", state=VersionState.DRAFT)
        db.session.commit()
        client.sign_in(people.editor)
        assert "Past its review date" in client.get(f"/toolkit/{resource.slug}").text
        url = f"/toolkit/{resource.slug}/look-after"
        form: dict[str, Any] = {
            "owner": str(people.other.person_id),
            "review_on": ["1", "9", "2027"],
            "replaced_by": str(newer.id),
            "seen": services.care_of(resource).stamp,
        }
        past = client.send(url, **{**form, "review_on": ["1", "9", "2025"]})
        assert "must be today or later" in past.text
        assert client.send(url, **{**form, "replaced_by": str(resource.id)}).status_code == 422
        assert client.send(url, **form).status_code == 303
        client.sign_in(people.senco)
        page = client.get(f"/toolkit/{resource.slug}").text
        assert "Newer one" in page
        assert "1 September 2027" in page
        assert version_of(resource, 2).edits == 1, "a later draft's form does not hold these"

    def test_second_editor_is_shown_both_and_saves_on_purpose(
        self, people: People, client: GatedClient
    ) -> None:
        resource = make_resource("semh", state=VersionState.DRAFT)
        newer = make_resource("semh", title="Newer one")
        db.session.commit()
        client.sign_in(people.other)
        url = f"/toolkit/{resource.slug}/look-after"
        opened: dict[str, Any] = {"seen": services.care_of(resource).stamp}
        theirs: dict[str, Any] = {
            "owner": str(people.other.person_id),
            "review_on": ["1", "9", "2027"],
            "replaced_by": str(newer.id),
        }
        assert client.send(url, **theirs, **opened).status_code == 303
        assert version_of(resource).edits == 2, "an open form of a first draft is now stale"
        client.sign_in(people.editor)
        mine = {**theirs, "review_on": ["2", "9", "2027"], "replaced_by": ""}
        answer = client.send(url, **mine, **opened)
        assert answer.status_code == 422
        rows = re.findall(r"__key\">([^<]*)</dt><dd[^>]*>([^<]*)<", answer.text)
        assert rows == [("Review by", "1 September 2027"), ("Replaced by", "Newer one")]
        assert 'value="2"' in answer.text, "what was typed is kept"
        db.session.refresh(resource)
        assert resource.review_on == date(2027, 9, 1)
        seen = re.search(r'name="seen" value="([^"]*)"', answer.text)
        assert seen
        assert client.send(url, **mine, seen=seen[1]).status_code == 303
        db.session.refresh(resource)
        assert (resource.review_on, resource.replaced_by_id) == (date(2027, 9, 2), None)


class TestTwoEditorsAtOnce:
    def _published(self) -> tuple[Resource, list[ActingUser]]:
        resource = make_resource("semh", title="Calm")
        make_version(
            resource, 2, "semh", state=VersionState.DRAFT, title="New", change_note="Shorter"
        )
        editors = [acting(make_service_user(ServiceRoleKind.EP)) for _ in range(4)]
        db.session.commit()
        return resource, editors

    def test_one_publishes_and_the_others_get_a_sentence(self, committed_app: Flask) -> None:
        resource, editors = self._published()

        def publish(by: ActingUser) -> Callable[[], Any]:
            def run() -> None:
                queries.get_resource(resource.slug, sa.true())
                with transaction():
                    services.publish_draft(resource.id, 1, by=by)

            return run

        given = race(committed_app, [publish(by) for by in editors])
        assert sum(one is None for one in given) == 1
        assert all(isinstance(one, DomainError) for one in given if one is not None)
        db.session.rollback()
        assert _states(resource) == [(1, "superseded"), (2, "published")]

    def test_one_saves_and_the_others_are_told(self, committed_app: Flask) -> None:
        resource, editors = self._published()

        def save(by: ActingUser) -> Callable[[], Any]:
            def run() -> None:
                queries.get_resource(resource.slug, sa.true())
                with transaction():
                    mine = _details(f"By {by.user_id}", owner_id=by.person_id)
                    services.edit_draft(resource.id, 1, mine, by=by)

            return run

        given = race(committed_app, [save(by) for by in editors])
        names = sorted(type(one).__name__ for one in given)
        assert names == ["NoneType", *["StaleEditError"] * 3]

    def test_starting_a_version_at_once_makes_one_draft(self, committed_app: Flask) -> None:
        resource = make_resource("semh")
        editors = [acting(make_service_user(ServiceRoleKind.EP)) for _ in range(4)]
        db.session.commit()

        def start(by: ActingUser) -> Callable[[], Any]:
            def run() -> int:
                with transaction():
                    return services.start_version(resource.id, by=by).id

            return run

        given = race(committed_app, [start(by) for by in editors])
        assert len(set(given)) == 1
        assert _states(resource) == [(1, "published"), (2, "draft")]

    def test_the_database_itself_allows_one_published_version(self, people: People) -> None:
        resource = make_resource("semh")
        with pytest.raises(sa.exc.IntegrityError):
            make_version(resource, 2, "semh")


def test_stale_edit_is_a_domain_error(people: People) -> None:
    resource = make_resource("semh", state=VersionState.DRAFT)
    mine = _details(owner_id=resource.owner_id, review_on=clock.today())
    services.edit_draft(resource.id, 1, mine, by=acting(people.editor))
    with pytest.raises(StaleEditError, match="Somebody else changed this draft"):
        services.edit_draft(resource.id, 1, mine, by=acting(people.editor))
