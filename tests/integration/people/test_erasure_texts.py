"""What erasing takes out of what others wrote, what it leaves, and what it does when cut short."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import audit
from cop_site.accounts.held_queries import find_subject
from cop_site.accounts.models import PartnerService, SchoolRoleKind, ServiceRoleKind, User
from cop_site.accounts.own_services import OwnDetails, change_details
from cop_site.audit import CONFIDENTIAL
from cop_site.community.models import Notice
from cop_site.community.services import edit_notice, read_details
from cop_site.db import EDIT_COUNT, Base, db
from cop_site.errors import StaleEditError
from cop_site.events.models import EventState
from cop_site.held import Wording
from cop_site.notifications.models import OutboxMessage
from cop_site.people import join_services, sweep_queries
from cop_site.people.erasure_models import ErasureStep
from cop_site.people.erasure_plan_queries import MOST_FORMER, list_names
from cop_site.people.erasure_services import erase_person
from cop_site.people.team_models import TeamContact
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.community import make_notice
from tests.factories.events import make_event
from tests.factories.people import (
    LONG_AGO,
    make_partner_user,
    make_person,
    make_school_user,
    make_service_user,
)
from tests.factories.schools import make_authority, make_cluster, make_school
from tests.factories.support import make_entry
from tests.support.client import GatedClient
from tests.support.erasing import erase, finish
from tests.support.keeping import end_due
from tests.support.statements import count_statements

pytestmark = pytest.mark.thorough

NAME = "Quill Feather"


@pytest.fixture
def admin(app: Flask) -> User:
    make_authority()
    admin = make_service_user(ServiceRoleKind.ADMINISTRATOR)
    db.session.commit()
    return admin


def notice_after(person_id: int, admin: User, title: str) -> str:
    """How a notice reads once somebody is erased."""
    notice = make_notice(make_cluster(), admin, title)
    db.session.commit()
    erase(person_id)
    found = db.session.scalar(sa.select(Notice.title).where(Notice.id == notice.id))
    return str(found)


class TestWords:
    @pytest.mark.parametrize(
        ("name", "title"),
        [
            ("School Office", "Ring the School Office by Friday"),
            ("Jo Teacher", "Jo Teacher and others"),
            (NAME, "All about quill feather pens"),
            ("Lark Lane", "Meet at Lark Lane Primary"),
            ("engagement Autumn", "Our engagement Autumn figures"),
        ],
    )
    def test_that_may_mean_something_else_stay(self, admin: User, name: str, title: str) -> None:
        make_school("Lark Lane Primary")
        person = make_school_user(make_school("Elm"), name=name)
        assert notice_after(person.person_id, admin, title) == title

    def test_of_a_name_as_typed_or_in_capitals_go(self, admin: User) -> None:
        person = make_person(NAME, None)
        left = notice_after(person.id, admin, "QUILL FEATHER is Quill  Feather")
        assert left == "Removed person is Removed person"

    def test_that_a_stranger_typed_beside_their_address_are_no_name(self, admin: User) -> None:
        user, school = make_school_user(make_school("Elm"), name=NAME), make_school("Oak")
        db.session.commit()
        with transaction():
            asking = join_services.Asking("Support Plan", user.email, SchoolRoleKind.TEACHER)
            join_services.ask(school.id, asking)
        title = "Support Plan for all"
        assert notice_after(user.person_id, admin, title) == title

    def test_that_they_had_for_a_day_go_only_if_somebody_says_so(self, admin: User) -> None:
        before, cluster = "Graduated Approach", make_cluster()
        for choice, left in ((None, before), ([NAME, before], "Removed person")):
            person = make_person(NAME, None)
            was, now = {"name": before}, {"name": NAME}
            audit.record("person", person.id, "renamed", by=None, was=was, now=now)
            notice = make_notice(cluster, admin, f"The {before}, by {NAME}")
            db.session.commit()
            erase(person.id, take_out=choice)
            title = db.session.scalar(sa.select(Notice.title).where(Notice.id == notice.id))
            assert title == f"The {left}, by Removed person"

    def test_that_they_gave_themselves_are_offered_however_often_they_changed_more(
        self, admin: User
    ) -> None:
        user = make_school_user(make_school("Elm"), name=NAME)
        db.session.commit()
        own = OwnDetails("Newly Named", None, False)
        for times in range(MOST_FORMER + 1):
            with transaction():
                change_details(replace(own, would_mentor=times % 2 == 1), by=acting(user))
        names = list_names(find_subject(user.person_id))
        assert names.clear - names.now == {NAME}

    @pytest.mark.sqlite_only
    def test_in_the_name_of_a_file_leave_no_more_than_fits(self) -> None:
        wording = Wording(frozenset({"Jo Bo"}), frozenset())
        row = {"name": "Jo Bo " * 33}
        cleaned = sweep_queries.clean(Base.metadata.tables["resource_file"], row, wording)
        assert cleaned["name"].startswith("Removed person Removed") and len(cleaned["name"]) == 200

    def test_in_the_record_of_changes_go_out_of_every_value_at_the_same_cost(
        self, admin: User
    ) -> None:
        costs = []
        for rows in (1, 30):
            person = make_person(NAME, None)
            was: dict[str, Any] = {"title": f"Small rooms with {NAME}"}
            now = {"title": "Small rooms with NG", "dates": [{"room": [f"{NAME}’s room"]}]}
            for _ in range(rows):
                audit.record("event", rows, "changed", by=None, was=was, now=now, reason=NAME)
            db.session.commit()
            with count_statements() as sent:
                erase(person.id)
            costs.append(len(sent))
            for change in audit.list_changes("event", rows):
                assert change.was == {"title": "Small rooms with Removed person"}
                assert change.now["dates"] == [{"room": ["Removed person’s room"]}]
                assert (change.now["title"], change.reason) == (
                    "Small rooms with NG",
                    "Removed person",
                )
        assert costs[0] == costs[1]

    @pytest.mark.sqlite_only
    def test_in_what_administrators_must_not_read_show_on_no_page_that_they_are_there(
        self, admin: User, client: GatedClient
    ) -> None:
        person, pages = make_person(NAME, None), []
        db.session.commit()
        client.sign_in(admin)
        for _ in range(2):
            page = client.get(f"/people/{person.id}/erase").text
            pages.append(re.search("What is replaced.*?<form", page, re.DOTALL))
            cluster = make_cluster()
            make_entry(cluster, agreed=f"{NAME} will ask")
            make_notice(cluster, admin, NAME)
            db.session.commit()
        before, after = (found.group() for found in pages if found)
        assert before == after and "texts that you may not read" in before
        assert f"{NAME}: nowhere that you may read" in before

    def test_are_hidden_in_every_table_of_what_is_confidential(self) -> None:
        tables = {table.name for table, _columns in sweep_queries.list_tables()}
        assert tables >= sweep_queries.HIDDEN
        assert {
            one for one in tables if one.startswith(tuple(CONFIDENTIAL))
        } <= sweep_queries.HIDDEN

    @pytest.mark.sqlite_only
    def test_are_told_before_the_tick_with_where_they_stand(
        self, admin: User, client: GatedClient
    ) -> None:
        person = make_person(NAME, None)
        ids = [make_event(title=f"{NAME} {number}").id for number in range(22)]
        db.session.commit()
        client.sign_in(admin)
        page = re.sub("<[^>]+>", "", client.get(f"/people/{person.id}/erase").text)
        assert f"event {', '.join(str(id_) for id_ in ids[:20])} and 2 more" in page

    @pytest.mark.sqlite_only
    def test_that_stay_are_told_afterwards_by_their_place_alone(
        self, admin: User, client: GatedClient
    ) -> None:
        make_school("Elm Lane Primary")
        person = make_person("Elm Lane", None)
        event = make_event(title="A visit to Elm Lane")
        db.session.commit()
        client.sign_in(admin)
        answer = client.send(f"/people/{person.id}/erase", sure="y")
        page = client.get(answer.location).text
        assert f"Their name may still be in event {event.id}. Look at each yourself" in page
        assert "may still be in notices or support entries, which administrators" in page
        assert "Elm Lane" not in page

    @pytest.mark.sqlite_only
    def test_that_were_not_ticked_are_told_with_links_and_without_what_is_confidential(
        self, admin: User, client: GatedClient
    ) -> None:
        person = make_person("Priya Test", None)
        event = make_event(title="Priya Test writes")
        db.session.commit()
        client.sign_in(admin)
        answer = client.send(f"/people/{person.id}/erase", sure="y", names=[])
        page = client.get(answer.location).text
        assert f"Their name may still be in event {event.id}." in page
        history = page.split('id="history"')[1]
        assert f'aria-label="event {event.id}">{event.id}</a>' in history
        assert "Left standing in: texts that administrators do not read" in history
        assert "No role now." in page

    @pytest.mark.sqlite_only
    def test_link_to_what_an_administrator_may_open(self, admin: User, client: GatedClient) -> None:
        make_event(title=f"For {NAME}", state=EventState.DRAFT)
        cluster, service = make_cluster(), PartnerService(name="Health")
        cluster.about = f"Ask {NAME}"
        db.session.add(service)
        db.session.flush()
        reach = {"name": NAME, "phone": "", "email": "", "how": "", "starts_on": LONG_AGO}
        named = TeamContact(partner_service_id=service.id, cluster_id=cluster.id, **reach)
        db.session.add(named)
        audit.record("event", 1, "cancelled", by=None, now={"name": NAME})
        person = make_person(NAME)
        db.session.commit()
        client.sign_in(admin)
        page = client.get(f"/people/{person.id}/erase").text
        found = re.search("What is replaced.*?<form", page, re.DOTALL)
        assert found
        links = re.findall('href="([^"]+)"', found.group())
        assert {link.split("=")[0] for link in links} >= {
            "/changes?thing",
            f"/team-contacts/{named.id}",
        }
        assert len(links) == 4, "the contact twice, as it ends as well"
        for link in links:
            opened = client.get(unescape(link))
            assert opened.status_code == 200
            assert "No change matches" not in opened.text or "thing=" in link


class TestOpenForm:
    def test_of_before_puts_no_name_back(self, admin: User) -> None:
        person, cluster = make_person(NAME, None), make_cluster()
        notice, other = (make_notice(cluster, admin, words) for words in (f"Ask {NAME}", "Ask"))
        db.session.commit()
        seen, details = notice.edits, read_details(notice)
        erase(person.id)
        with pytest.raises(StaleEditError), transaction():
            edit_notice(cluster.id, notice.id, seen, details, by=acting(admin))
        db.session.refresh(other)
        assert other.edits == 1

    def test_is_noticed_wherever_saves_are_counted(self) -> None:
        counted = {
            f"{table.name}.{column.name}"
            for table, _texts in sweep_queries.list_tables()
            for column in table.columns
            if column.info == EDIT_COUNT
        }
        assert counted == {
            *("notice.edits", "resource_version.edits", "event.version", "entry.edits"),
        }


class TestContact:
    def test_of_a_partner_that_has_their_name_ends_and_nobody_is_reached_there(
        self, admin: User, client: GatedClient
    ) -> None:
        make_partner_user()
        service = db.session.scalars(sa.select(PartnerService.id)).one()
        person, school = make_person(NAME, None), make_school("Elm")
        own = TeamContact(
            **{"partner_service_id": service, "school_id": school.id, "starts_on": LONG_AGO},
            **{"name": "Quill feather", "phone": "01632 960000", "email": "", "how": "Ring"},
        )
        db.session.add(own)
        db.session.commit()
        client.sign_in(admin)
        page = client.get(f"/people/{person.id}/erase").text
        assert f'"team contact {own.id}">{own.id}</a>. They end' in page
        erase(person.id)
        db.session.refresh(own)
        assert (own.name, own.phone, own.how) == ("", "", "")
        assert own.ends_on == NOON.date() - timedelta(days=1)


class TestCutShort:
    def test_is_ended_by_housekeeping(self, admin: User) -> None:
        person = make_person(NAME, None)
        notice = make_notice(make_cluster(), admin, f"Ask {NAME}")
        db.session.commit()
        with transaction():
            erase_person(person.id, by=acting(admin), reason="asked")
        assert end_due("erasures") == 0, "who erases is given an hour to do it"
        db.session.execute(sa.update(ErasureStep).values(began_at=NOON - timedelta(hours=2)))
        db.session.commit()
        assert end_due("erasures") > 10
        db.session.refresh(notice)
        assert notice.title == "Ask Removed person"
        assert db.session.query(ErasureStep).count() == 0
        assert end_due("erasures") == 0

    def test_before_it_is_committed_no_mail_is_lost(
        self, app: Flask, admin: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(app.config, "MAIL_FOLDER", str(tmp_path))
        mail = tmp_path / "1.eml"
        mail.write_text(f"To: a@b.example\n\nAsk {NAME}\n")
        person = make_person(NAME, None)
        db.session.commit()
        with pytest.raises(RuntimeError), transaction():
            erase_person(person.id, by=None, reason="asked")
            raise RuntimeError
        assert mail.exists()
        erase(person.id)
        assert not mail.exists()

    def test_mail_that_was_under_way_goes_and_what_is_newer_stays(self, admin: User) -> None:
        person = make_person(NAME, "quill@elm.example")
        db.session.commit()
        with transaction():
            erase_person(person.id, by=None, reason="asked")
        for number, at in enumerate((NOON - timedelta(seconds=1), NOON)):
            row = {"kind": "x/y", "thing": "x", "thing_id": number, "version": 0, "context": {}}
            db.session.add(
                OutboxMessage(
                    recipient="quill@elm.example",
                    recipient_name="",
                    state="sent",
                    created_at=at,
                    due_at=at,
                    **row,
                )
            )
        db.session.commit()
        finish(person.id)
        left = sa.select(OutboxMessage.thing_id).where(OutboxMessage.recipient.contains("@"))
        assert db.session.scalars(left).all() == [1]


class TestLeft:
    def test_is_recorded_by_place(self, admin: User) -> None:
        person = make_person("School Office", None)
        event = make_event(title="The School Office")
        make_notice(make_cluster(), admin, "The School Office")
        db.session.commit()
        erase(person.id)
        change = audit.list_changes("person", person.id)[-1]
        assert (change.verb, change.now) == ("name left", {"name left in": f"event {event.id}"})
