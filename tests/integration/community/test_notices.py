"""Notices by request: posted, read by the right people, changed, taken down."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import ServiceRoleKind, User
from cop_site.community import services
from cop_site.community.models import Notice
from cop_site.community.services import NoticeDetails
from cop_site.db import db
from cop_site.errors import StaleEditError
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.factories.community import make_notice
from tests.factories.people import make_partner_user, make_school_user, make_service_user
from tests.factories.schools import join_cluster, make_authority, make_cluster, make_school
from tests.support.client import GatedClient
from tests.support.race import race
from tests.support.statements import count_statements

LAST_DAY = ["27", "11", "2026"]
PAGE = "/clusters/alder"


@pytest.fixture
def alder(app: Flask) -> Cluster:
    make_authority()
    return make_cluster("Alder")


@pytest.fixture
def school(alder: Cluster) -> School:
    school = make_school("Lark Lane")
    join_cluster(school, alder)
    return school


@pytest.fixture
def asep(alder: Cluster) -> User:
    return make_service_user(ServiceRoleKind.ASEP, alder)


@pytest.fixture
def writer(client: GatedClient, asep: User) -> GatedClient:
    db.session.commit()
    client.sign_in(asep)
    return client


def read_as(client: GatedClient, user: User, address: str = PAGE) -> str:
    db.session.commit()
    client.sign_in(user)
    return client.get(address).text


class TestPost:
    def test_shows_on_the_clusters_page_at_once(self, writer: GatedClient, school: School) -> None:
        fields: dict[str, Any] = {
            "title": "Bring one plan",
            "text": "With **no** names.",
            "shown_until": LAST_DAY,
        }
        answer = writer.send(f"{PAGE}/notices/new", **fields)
        assert (answer.status_code, answer.location) == (303, PAGE)
        text = writer.get(PAGE).text
        assert "Bring one plan" in text and "<strong>no</strong>" in text

    def test_opens_with_a_last_day_four_weeks_ahead(self, writer: GatedClient) -> None:
        text = writer.get(f"{PAGE}/notices/new").text
        assert 'value="08"' in text and 'value="12"' in text and 'value="2026"' in text

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"title": " "}, "Enter a title"),
            ({"title": "x" * 121}, "120 characters"),
            ({"shown_until": ["9", "11", "2026"]}, "The last day must be today or later"),
            ({"shown_until": ["9", "11", "2028"]}, "The last day must be within a year"),
            ({"shown_until": ["31", "2", "2027"]}, "Enter a real date"),
            ({"shown_until": ["", "", ""]}, "Enter the last day it shows"),
        ],
    )
    def test_what_does_not_fit_is_refused_and_kept(
        self, writer: GatedClient, fields: dict[str, Any], sentence: str
    ) -> None:
        typed = {"title": "A title", "text": "Some text", "shown_until": LAST_DAY} | fields
        answer = writer.send(f"{PAGE}/notices/new", **typed)
        assert answer.status_code == 422
        assert sentence in answer.text and "Some text" in answer.text
        assert not db.session.scalars(sa.select(Notice)).all()

    def test_what_looks_like_a_pupil_is_asked_about_before_anybody_reads_it(
        self, writer: GatedClient, school: School
    ) -> None:
        fields: dict[str, Any] = {
            "title": "Thank you",
            "text": "Jordan, Year 4, settled in well.",
            "shown_until": LAST_DAY,
        }
        answer = writer.send(f"{PAGE}/notices/new", **fields)
        assert answer.status_code == 422
        assert "Jordan, Year 4, settled in well." in answer.text
        digest = re.search(r'name="pupil_digest" value="([^"]+)"', answer.text)
        assert digest is not None
        fields |= {"names_no_pupil": "y", "pupil_digest": digest.group(1)}
        assert writer.send(f"{PAGE}/notices/new", **fields).status_code == 303

    def test_markup_in_a_notice_stays_text(self, writer: GatedClient) -> None:
        hostile = "<script>alert(1)</script> [x](javascript:alert(1))"
        fields: dict[str, Any] = {"title": hostile, "text": hostile, "shown_until": LAST_DAY}
        writer.send(f"{PAGE}/notices/new", **fields)
        text = writer.get(PAGE).text
        assert "<script>alert" not in text and 'href="javascript' not in text

    def test_is_kept_in_the_record_of_changes(self, asep: User, alder: Cluster) -> None:
        details = NoticeDetails("Bring one plan", "", clock.today())
        notice = services.post_notice(alder.id, details, by=acting(asep))
        changed = NoticeDetails("Bring two plans", "", clock.today() + timedelta(days=1))
        services.edit_notice(alder.id, notice.id, 1, changed, by=acting(asep))
        db.session.flush()
        posted, edited = audit.list_changes("notice", notice.id)
        # Not the words: a notice is deleted long before the record of it.
        assert (posted.verb, posted.now) == ("posted", {"shown_until": "2026-11-10"})
        assert (edited.verb, edited.was) == ("changed", {"shown_until": "2026-11-10"})
        assert edited.now == {"shown_until": "2026-11-11", "changed": ["title"]}


class TestRead:
    def test_only_people_of_its_schools_and_those_who_support_it(
        self, client: GatedClient, alder: Cluster, school: School, asep: User
    ) -> None:
        elsewhere = make_school("Elsewhere")
        join_cluster(elsewhere, make_cluster("Birch"))
        make_notice(alder, asep, "For Alder alone")
        readers = [
            make_school_user(school),
            asep,
            make_service_user(ServiceRoleKind.INCLUSION_LEAD),
        ]
        others = [
            make_school_user(elsewhere),
            make_service_user(ServiceRoleKind.EP, make_cluster("Cedar")),
            make_partner_user(),
            make_service_user(ServiceRoleKind.ADMINISTRATOR),
        ]
        assert ["For Alder alone" in read_as(client, user) for user in readers] == [True] * 3
        assert ["For Alder alone" in read_as(client, user) for user in others] == [False] * 4

    def test_one_past_its_last_day_or_taken_down_is_gone(
        self, writer: GatedClient, alder: Cluster, asep: User
    ) -> None:
        make_notice(alder, asep, "Over", shown_until=clock.today() - timedelta(days=1))
        make_notice(alder, asep, "Last day today", shown_until=clock.today())
        make_notice(alder, asep, "Taken down").removed_at = clock.now()
        db.session.commit()
        text = writer.get(PAGE).text
        assert "Last day today" in text
        assert "Over" not in text and "Taken down" not in text

    def test_home_shows_a_school_the_newest_of_its_own_clusters(
        self, client: GatedClient, alder: Cluster, school: School, asep: User
    ) -> None:
        for number in range(4):
            make_notice(alder, asep, f"Notice {number}", days_ago=4 - number)
        make_notice(make_cluster("Birch"), asep, "Of others")
        text = read_as(client, make_school_user(school), "/")
        order = [text.index(f"Notice {number}") for number in (3, 2, 1)]
        assert order == sorted(order)
        assert "Notice 0" not in text and "Of others" not in text
        assert "Notices for your school</h2>" in text
        text = read_as(client, make_school_user(school, make_school()), "/")
        assert "Notices for your schools</h2>" in text

    def test_statements_are_as_many_for_three_notices_and_thirty(
        self, writer: GatedClient, alder: Cluster, school: School, asep: User
    ) -> None:
        counts = []
        for more in (3, 27):
            for _ in range(more):
                make_notice(alder, asep)
            db.session.commit()
            db.session.expunge_all()
            with count_statements() as sent:
                writer.get(PAGE)
            counts.append(len(sent))
        assert counts[0] == counts[1]


class TestEdit:
    def test_saves_what_was_changed(self, writer: GatedClient, alder: Cluster, asep: User) -> None:
        notice = make_notice(alder, asep, text="As it was")
        db.session.commit()
        address = f"{PAGE}/notices/{notice.id}/edit"
        assert "As it was" in writer.get(address).text
        fields: dict[str, Any] = {
            "title": "New title",
            "text": "As it is",
            "shown_until": LAST_DAY,
            "edits": "1",
        }
        assert writer.send(address, **fields).status_code == 303
        text = writer.get(PAGE).text
        assert "New title" in text and "As it is" in text and "As it was" not in text

    def test_a_second_editor_is_shown_both_texts_and_may_then_save(
        self, writer: GatedClient, alder: Cluster, asep: User
    ) -> None:
        notice = make_notice(alder, asep, text="The first")
        db.session.commit()
        address = f"{PAGE}/notices/{notice.id}/edit"
        fields: dict[str, Any] = {"title": notice.title, "shown_until": LAST_DAY}
        writer.send(address, text="By another", edits="1", **fields)
        answer = writer.send(address, text="By me", edits="1", **fields)
        assert answer.status_code == 422
        assert "By another" in answer.text and "By me" in answer.text
        assert 'name="edits" value="2"' in answer.text
        assert writer.send(address, text="Of both", edits="2", **fields).status_code == 303

    def test_what_was_typed_stays_when_it_was_taken_down_meanwhile(
        self, writer: GatedClient, alder: Cluster, asep: User
    ) -> None:
        notice = make_notice(alder, asep)
        db.session.commit()
        address = f"{PAGE}/notices/{notice.id}"
        writer.send(f"{address}/take-down")
        fields: dict[str, Any] = {"title": "Mine", "shown_until": LAST_DAY, "edits": "1"}
        answer = writer.send(f"{address}/edit", **fields)
        assert answer.status_code == 422
        assert "taken down meanwhile" in answer.text and 'value="Mine"' in answer.text
        assert writer.get(f"{address}/edit").status_code == 404

    def test_a_notice_of_another_cluster_is_not_found_under_this_ones_address(
        self, writer: GatedClient, asep: User
    ) -> None:
        foreign = make_notice(make_cluster("Birch"), asep)
        db.session.commit()
        for verb in ("edit", "take-down"):
            assert writer.get(f"{PAGE}/notices/{foreign.id}/{verb}").status_code == 404
        assert writer.send(f"{PAGE}/notices/{foreign.id}/take-down").status_code == 404


class TestTakeDown:
    def test_asks_first_and_twice_is_harmless(
        self, writer: GatedClient, alder: Cluster, asep: User
    ) -> None:
        notice = make_notice(alder, asep)
        db.session.commit()
        address = f"{PAGE}/notices/{notice.id}/take-down"
        assert "Nobody will see it any more" in writer.get(address).text
        assert [writer.send(address).status_code for _ in range(2)] == [303, 303]
        assert notice.title not in writer.get(PAGE).text
        verbs = [row.verb for row in audit.list_changes("notice", notice.id)]
        assert verbs == ["taken down"]


class TestTwoEditors:
    def test_at_once_one_is_saved_and_the_other_told(self, committed_app: Flask) -> None:
        cluster = make_cluster("Alder")
        users = [make_service_user(ServiceRoleKind.EP, cluster) for _ in range(2)]
        notice = make_notice(cluster, users[0])
        db.session.commit()
        actors = [acting(user) for user in users]

        def edit(by: ActingUser) -> str:
            with transaction():
                details = NoticeDetails(f"By {by.person_id}", "", clock.today())
                return services.edit_notice(cluster.id, notice.id, 1, details, by=by).title

        answers = race(committed_app, [lambda by=by: edit(by) for by in actors])  # type: ignore[misc]
        refused = [answer for answer in answers if isinstance(answer, StaleEditError)]
        saved = [answer for answer in answers if isinstance(answer, str)]
        assert (len(refused), len(saved)) == (1, 1)
        db.session.rollback()
        row = db.session.get_one(Notice, notice.id, populate_existing=True)
        assert (row.title, row.edits) == (saved[0], 2)
