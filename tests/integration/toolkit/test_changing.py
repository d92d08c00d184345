"""Changing a resource that is there: its draft, its keeper, its end."""

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
from tests.integration.toolkit.conftest import People
from tests.integration.toolkit.editing import form, states, verbs
from tests.support.client import GatedClient
from tests.support.race import race


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


class TestEditDraft:
    def test_a_second_editor_is_shown_both_texts(self, people: People, client: GatedClient) -> None:
        resource = make_resource("semh", state=VersionState.DRAFT, title="First")
        db.session.commit()
        url = f"/toolkit/{resource.slug}/draft/edit"
        client.sign_in(people.other)
        assert client.send(url, **form(people, title="By the other")).status_code == 303
        client.sign_in(people.editor)
        answer = client.send(url, **form(people, title="By me", area=["transitions"]))
        assert answer.status_code == 422
        for words in ("Somebody else changed this draft", "By the other", "By me", "Attendance"):
            assert words in answer.text
        assert 'name="edits" value="2"' in answer.text
        assert version_of(resource).title == "By the other"
        assert client.send(url, **form(people, title="By me", edits="2")).status_code == 303
        assert version_of(resource).title == "By me"

    def test_an_invalid_form_keeps_the_count_it_came_with(
        self, people: People, client: GatedClient
    ) -> None:
        resource = make_resource("semh", state=VersionState.DRAFT, edits=5)
        db.session.commit()
        client.sign_in(people.editor)
        url = f"/toolkit/{resource.slug}/draft/edit"
        answer = client.send(url, **form(people, title="", edits="3"))
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
        assert verbs(resource) == ["withdrawn"]
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
        assert states(resource) == [(1, "published")]
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
        assert states(resource) == [(1, "draft")]
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
        assert states(resource) == [(1, "superseded"), (2, "published")]

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
        assert states(resource) == [(1, "published"), (2, "draft")]

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
