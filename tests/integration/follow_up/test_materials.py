"""An event's materials: added, given, taken away."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.models import PartnerRole, ServiceRoleKind
from cop_site.audit import list_changes
from cop_site.cli.worker import _list_named
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events.models import EventState, Facilitator
from cop_site.follow_up import material_services
from cop_site.follow_up.models import Material, MaterialKind
from cop_site.toolkit.file_checks import CheckedFile
from cop_site.toolkit.models import VersionState
from cop_site.transaction import transaction
from cop_site.web.uploads import store
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.events import make_event
from tests.factories.people import make_partner_user, make_school_user, make_service_user
from tests.factories.schools import make_authority, make_school
from tests.factories.toolkit import make_resource, version_of
from tests.integration.follow_up.conftest import Held
from tests.support.client import GatedClient
from tests.support.race import race
from tests.support.sending import send_file
from tests.support.statements import count_statements

TEXT = b"What we found out about reading"


def titles() -> list[str]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Material.title).order_by(Material.id)))


def url(held: Held, more: str = "") -> str:
    return f"/events/{held.event.id}/materials{more}"


class TestAdding:
    def test_a_file_a_link_and_a_resource_are_on_the_events_page(
        self, held: Held, client: GatedClient
    ) -> None:
        resource = make_resource(title="Assess first")
        db.session.commit()
        client.sign_in(held.ep)
        assert send_file(client, url(held, "/files"), "Notes.txt", TEXT).status_code == 303
        link = "https://slides.example/reading?a=1&b=2"
        answer = client.send(url(held, "/links"), title="Slides", url=link)
        assert answer.status_code == 303
        answer = client.send(url(held, "/resources"), resource_id=str(resource.id))
        assert "Assess first is added." in client.get(answer.location).text
        assert titles() == ["Notes.txt", "Slides", "Assess first"]

        client.sign_in(held.missed)
        page = client.get(f"/events/{held.event.id}").text
        assert 'href="https://slides.example/reading?a=1&amp;b=2"' in page
        assert f'href="/toolkit/{resource.slug}"' in page
        assert "Add or remove materials" not in page
        material = db.session.scalars(sa.select(Material).order_by(Material.id)).first()
        assert material is not None
        given = client.get(url(held, f"/{material.id}"))
        assert given.data == TEXT
        assert "Notes.txt" in given.headers["Content-Disposition"]
        assert given.headers["Content-Disposition"].startswith("attachment")

    @pytest.mark.parametrize(
        "link",
        [
            *("javascript:alert(1)", "javascript://a.example/%0aalert(1)", "data:text/html,x"),
            *("ftp://a.example/x", "slides.example", "https://", "https://a b", "//a.example"),
        ],
    )
    @pytest.mark.sqlite_only
    def test_what_is_no_link_is_refused_and_kept_in_the_form(
        self, held: Held, client: GatedClient, link: str
    ) -> None:
        client.sign_in(held.ep)
        answer = client.send(url(held, "/links"), title="Slides & notes", url=link)
        assert answer.status_code == 422
        assert "Enter a full link, like https://slides.example/abc" in answer.text
        assert "Slides &amp; notes" in answer.text and titles() == []

    @pytest.mark.sqlite_only
    def test_a_file_that_is_not_what_it_says_is_refused_and_not_kept(
        self, held: Held, client: GatedClient
    ) -> None:
        client.sign_in(held.ep)
        page = b"<!doctype html><script>alert(1)</script>"
        before = set(store().folder.rglob("*"))
        answer = send_file(client, url(held, "/files"), "notes.txt", page)
        assert answer.status_code == 422 and "code of a web page" in answer.text
        assert send_file(client, url(held, "/files"), "", b"").status_code == 422
        assert titles() == [] and set(store().folder.rglob("*")) == before

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize("sent", ["text", ""])
    def test_a_text_where_the_file_belongs_is_no_file(
        self, held: Held, client: GatedClient, sent: str
    ) -> None:
        client.sign_in(held.ep)
        answer = client.send(url(held, "/files"), file=sent)
        assert answer.status_code == 422
        assert "Choose a file" in answer.text and titles() == []

    @pytest.mark.sqlite_only
    def test_a_resource_in_draft_is_nobodys_material(self, held: Held, client: GatedClient) -> None:
        draft = make_resource(title="Not yet", state=VersionState.DRAFT)
        db.session.commit()
        client.sign_in(held.ep)
        assert "Not yet" not in client.get(url(held)).text
        assert client.send(url(held, "/resources"), resource_id=str(draft.id)).status_code == 422
        assert titles() == []

    def test_the_same_twice_is_there_once(self, held: Held, client: GatedClient) -> None:
        client.sign_in(held.ep)
        send_file(client, url(held, "/files"), "Notes.txt", TEXT)
        again = send_file(client, url(held, "/files"), "Other name.txt", TEXT)
        assert again.status_code == 422 and "has that file already" in again.text
        for name in ("Slides", "The slides"):
            client.send(url(held, "/links"), title=name, url="https://slides.example/1")
        assert titles() == ["Notes.txt", "The slides"]
        said = [change.verb for change in list_changes("event", held.event.id)]
        assert said == ["material added", "material added", "material renamed"]
        material = db.session.scalars(sa.select(Material)).first()
        assert material is not None and client.get(url(held, f"/{material.id}")).data == TEXT

    @pytest.mark.sqlite_only
    def test_has_an_end(self, held: Held) -> None:
        by = acting(held.ep)
        for number in range(material_services.MOST_MATERIALS):
            link = f"https://a.example/{number}"
            material_services.add_link(held.event.id, str(number), link, by=by)
        with pytest.raises(DomainError, match="30 materials at most"):
            material_services.add_link(held.event.id, "x", "https://a.example/x", by=by)
        material_services.add_link(held.event.id, "Slides", "https://a.example/0", by=by)
        assert titles()[0] == "Slides"

    @pytest.mark.thorough
    def test_two_who_add_the_same_file_at_once_add_it_once(self, committed_app: Flask) -> None:
        make_authority()
        event = make_event()
        by = acting(make_service_user(ServiceRoleKind.EP))
        db.session.commit()
        event_id = event.id
        kept = store().put(BytesIO(TEXT), largest=1000)
        checked = CheckedFile("Notes.txt", "text/plain", len(TEXT))

        def add() -> int:
            with transaction():
                return material_services.add_file(event_id, checked, kept, by=by).id

        given = race(committed_app, [add, add, add])
        assert sorted(isinstance(one, DomainError) for one in given) == [False, True, True], given


class TestOfDrafts:
    """What the service has not looked over is never published."""

    def test_a_partner_changes_nothing_once_a_time_is_set(
        self, held: Held, client: GatedClient
    ) -> None:
        partner = make_partner_user()
        draft = make_event(state=EventState.DRAFT, created_by_user_id=partner.id)
        page = f"/events/{draft.id}/materials"
        db.session.commit()
        client.sign_in(partner)
        assert client.send(f"{page}/links", title="Slides", url="https://a.example/1").location
        material = db.session.scalars(sa.select(Material)).one()
        draft.publish_at = draft.starts_at - timedelta(days=2)
        db.session.commit()
        answers = [
            client.send(f"{page}/links", title="Shop", url="https://shop.example/"),
            client.send(f"{page}/links", title="Shop", url="https://a.example/1"),
            send_file(client, f"{page}/files", "Notes.txt", TEXT),
            client.send(f"{page}/{material.id}/remove"),
        ]
        assert {answer.status_code for answer in answers} == {422}
        assert all("has said when this draft is published" in one.text for one in answers)
        assert titles() == ["Slides"]
        client.sign_in(held.ep)
        assert client.send(f"{page}/links", title="Map", url="https://a.example/2").location


class TestOffEvents:
    def test_nothing_is_added_and_files_are_theirs_who_look_after_it(
        self, held: Held, client: GatedClient
    ) -> None:
        client.sign_in(held.ep)
        send_file(client, url(held, "/files"), "Notes.txt", TEXT)
        material = db.session.scalars(sa.select(Material)).one()
        held.event.state = EventState.CANCELLED
        db.session.commit()
        answer = client.send(url(held, "/links"), title="Slides", url="https://a.example/1")
        assert answer.status_code == 422 and "is cancelled" in answer.text
        assert client.get(url(held, f"/{material.id}")).status_code == 200
        client.sign_in(held.came)
        assert client.get(url(held, f"/{material.id}")).status_code == 404

    def test_who_ran_it_and_has_no_role_any_more_looks_after_nothing(
        self, held: Held, client: GatedClient
    ) -> None:
        partner = make_partner_user()
        db.session.add(Facilitator(event_id=held.event.id, person_id=partner.person_id))
        db.session.commit()
        client.sign_in(partner)
        pages = ("materials", "who-came", "who-came.csv", "certificates", "materials/send")
        register = f"/sessions/{held.register.session_id}/register"
        paths = [*(f"/events/{held.event.id}/{page}" for page in pages), register]
        assert {client.get(path).status_code for path in paths} == {200}
        role = db.session.scalars(
            sa.select(PartnerRole).where(PartnerRole.person_id == partner.person_id)
        ).one()
        role.ends_on = NOON.date() - timedelta(days=1)
        db.session.commit()
        assert {client.get(path).status_code for path in paths} == {403}


class TestTakingAway:
    def test_twice_is_harmless_and_the_bytes_stay_while_named(
        self, held: Held, client: GatedClient
    ) -> None:
        client.sign_in(held.ep)
        send_file(client, url(held, "/files"), "Notes.txt", TEXT)
        material = db.session.scalars(sa.select(Material)).one()
        address, id_ = str(material.sha256), material.id
        assert _list_named([address, "f" * 64]) == {address}
        answer = client.send(url(held, f"/{id_}/remove"))
        assert "Notes.txt is taken away." in client.get(answer.location).text
        answer = client.send(url(held, f"/{id_}/remove"))
        assert "taken away already" in client.get(answer.location).text
        assert _list_named([address]) == set()
        assert client.get(url(held, f"/{id_}")).status_code == 404

    @pytest.mark.sqlite_only
    def test_a_withdrawn_resource_is_shown_to_those_who_look_after_it_alone(
        self, held: Held, client: GatedClient
    ) -> None:
        resource = make_resource(title="Assess first")
        by = acting(held.ep)
        with transaction():
            material_services.add_resource(held.event.id, resource.id, by=by)
        version_of(resource).state = VersionState.WITHDRAWN
        db.session.commit()
        client.sign_in(held.ep)
        assert "Withdrawn from the toolkit" in client.get(f"/events/{held.event.id}").text
        client.sign_in(held.missed)
        assert "Assess first" not in client.get(f"/events/{held.event.id}").text


class TestWhoSees:
    def test_nobody_fetches_by_another_events_address(
        self, held: Held, client: GatedClient
    ) -> None:
        client.sign_in(held.ep)
        send_file(client, url(held, "/files"), "Notes.txt", TEXT)
        material = db.session.scalars(sa.select(Material)).one()
        other, draft = make_event(), make_event(state=EventState.DRAFT)
        elsewhere = [f"/events/{one.id}/materials/{material.id}" for one in (other, draft)]
        db.session.commit()
        client.sign_in(make_school_user(make_school()))
        db.session.commit()
        assert client.get(url(held, f"/{material.id}")).status_code == 200
        assert [client.get(one).status_code for one in elsewhere] == [404, 404]

    @pytest.mark.sqlite_only
    def test_costs_the_events_page_no_statement(self, held: Held, client: GatedClient) -> None:
        client.sign_in(held.missed)
        client.get(f"/events/{held.event.id}")
        with count_statements() as without:
            client.get(f"/events/{held.event.id}")
        for number in range(20):
            db.session.add(
                Material(
                    event_id=held.event.id,
                    kind=MaterialKind.LINK,
                    title=f"Slides {number}",
                    url=f"https://a.example/{number}",
                    added_at=held.event.created_at,
                )
            )
        db.session.commit()
        with count_statements() as many:
            assert "Slides 19" in client.get(f"/events/{held.event.id}").text
        assert len(many) == len(without) <= 6
