"""The usual text of each kind of event."""

from __future__ import annotations

from typing import Any

import pytest

from cop_site.audit import list_changes
from cop_site.db import db
from cop_site.errors import StaleEditError, stamp_of
from cop_site.events.models import EventKind
from cop_site.planning import template_queries, template_services
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.support.client import GatedClient

EMPTY = {"title": "", "description": ""}
TEXTS = {"title": "Coaching in practice", "description": "Bring **one** case."}
FORM: dict[str, Any] = {**TEXTS, "seen": stamp_of(EMPTY)}


class TestWriteTemplate:
    def test_writes_keeps_history_and_tells_a_second_editor(self, people: People) -> None:
        by, empty = acting(people.ep), stamp_of(EMPTY)
        template_services.write_template(EventKind.CPD, TEXTS, seen=empty, by=by)
        db.session.commit()
        template = template_queries.find_template(EventKind.CPD)
        assert template_services.texts_of(template) == TEXTS
        assert template is not None
        (change,) = list_changes("event_template", template.id)
        assert change.now == {"changed": ["title", "description"], "kind": "cpd"}
        with pytest.raises(StaleEditError):
            template_services.write_template(EventKind.CPD, EMPTY, seen=empty, by=by)


@pytest.mark.sqlite_only
class TestPages:
    def test_a_new_event_starts_from_what_is_written(
        self, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.ep)
        assert client.send("/events/templates/cpd", **FORM).status_code == 303
        assert "Coaching in practice" in client.get("/events/templates").text
        page = client.get("/events/new").text
        assert 'href="/events/new?kind=cpd"' in page
        assert "Bring **one** case." not in page
        page = client.get("/events/new?kind=cpd").text
        assert "Bring **one** case." in page
        assert '<option value="cpd" selected' in page

    def test_second_editor_sees_both(self, people: People, client: GatedClient) -> None:
        client.sign_in(people.ep)
        client.send("/events/templates/cpd", **FORM)
        answer = client.send("/events/templates/cpd", **{**FORM, "description": "By the second"})
        assert answer.status_code == 422
        assert "By the second" in answer.text
        assert "Bring **one** case." in answer.text

    @pytest.mark.parametrize("path", ["/events/templates/party", "/events/templates/%00"])
    def test_unknown_kind_is_not_found(
        self, people: People, client: GatedClient, path: str
    ) -> None:
        client.sign_in(people.ep)
        assert client.get(path).status_code in (400, 404)

    def test_unknown_kind_to_start_from_starts_empty(
        self, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.ep)
        assert client.get("/events/new?kind=party").status_code == 200

    def test_an_empty_text_is_said_to_be_none(self, people: People, client: GatedClient) -> None:
        client.sign_in(people.ep)
        page = client.send("/events/templates/cpd", **{**FORM, "title": "", "description": ""})
        assert "There is no usual text for this kind" in client.get(page.location).text
