"""Pairs of mentors and new SENCOs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, ServiceRoleKind, User
from cop_site.audit import Change
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from cop_site.people import (
    mentoring_queries,
    mentoring_services,
)
from cop_site.people.mentoring_models import Mentorship
from cop_site.schools.cluster_models import Cluster
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.people import (
    give_school_role,
    make_person,
    make_school_user,
    make_service_user,
    make_user,
)
from tests.factories.schools import join_cluster, make_authority, make_cluster, make_school
from tests.support.client import GatedClient
from tests.support.race import race
from tests.support.statements import count_statements

TODAY = NOON.date()
NEW = date(2026, 9, 1)
DAY = ["10", "11", "2026"]


@dataclass(frozen=True)
class Place:
    cluster: Cluster
    asep: User
    mentor: User
    mentee: User

    @property
    def by(self) -> ActingUser:
        return acting(self.asep)

    @property
    def path(self) -> str:
        return f"/clusters/{self.cluster.slug}/mentoring/{self.mentee.person_id}"


def make_place() -> Place:
    cluster = make_cluster("Alder")
    school, other = make_school("Oak"), make_school("Elm")
    join_cluster(school, cluster)
    mentee = make_school_user(school, name="Nora New", starts_on=NEW)
    mentor = make_mentor("Mona Mentor")
    give_school_role(person_of(mentor), other)
    place = Place(cluster, make_service_user(ServiceRoleKind.ASEP, cluster), mentor, mentee)
    db.session.commit()
    return place


def person_of(user: User) -> Person:
    return db.session.get_one(Person, user.person_id)


def make_mentor(name: str = "") -> User:
    user = make_user(make_person(name))
    person_of(user).would_mentor = True
    db.session.flush()
    return user


@pytest.fixture
def place(app: Flask) -> Place:
    make_authority()
    return make_place()


def pair(place: Place, starts_on: date = TODAY, by: ActingUser | None = None) -> int:
    with transaction():
        row = mentoring_services.pair(
            place.cluster.id,
            place.mentee.person_id,
            place.mentor.person_id,
            starts_on,
            by=by or place.by,
        )
    return row.id


def read(pair_id: int) -> Mentorship:
    return db.session.get_one(Mentorship, pair_id, populate_existing=True)


class TestListMentors:
    def names(self) -> list[str]:
        return [one.name for one in mentoring_queries.list_mentors(0)]

    @pytest.mark.parametrize(
        ("spans", "offered"),
        [
            ([(date(2024, 11, 9), None)], True),
            ([(date(2025, 1, 1), None)], False),
            ([(date(2019, 9, 1), date(2021, 8, 31)), (date(2026, 9, 1), None)], True),
            ([(date(2019, 9, 1), date(2021, 8, 31))], False),
            ([(date(2024, 1, 1), date(2024, 12, 31)), (date(2025, 12, 1), None)], False),
            ([(date(2025, 6, 1), None), (date(2025, 6, 1), None)], False),
            ([(date(2020, 1, 1), date(2026, 11, 9)), (date(2026, 11, 11), None)], False),
        ],
    )
    def test_two_years_in_all_and_a_senco_today(
        self, app: Flask, spans: list[tuple[date, date | None]], offered: bool
    ) -> None:
        mentor = make_mentor("Mona")
        for first, last in spans:
            give_school_role(person_of(mentor), make_school(), starts_on=first, ends_on=last)
        assert self.names() == (["Mona"] if offered else [])

    def test_only_the_willing_with_an_open_account(self, app: Flask) -> None:
        make_school_user(make_school(), name="Unwilling")
        closed = make_mentor("Closed")
        closed.disabled_at = NOON
        give_school_role(person_of(closed), make_school())
        assert self.names() == []

    def test_says_where_they_are_and_whom_they_have(self, place: Place) -> None:
        cluster = make_cluster("Birch")
        for school in (make_school("Ash"), make_school("Yew")):
            give_school_role(person_of(place.mentor), school)
            join_cluster(school, cluster)
        pair(place)
        (found,) = mentoring_queries.list_mentors(0)
        assert found.label == "Mona Mentor, Ash, Elm, Yew, Birch (mentors 1 now)"

    def test_costs_one_statement(self, app: Flask) -> None:
        counts = []
        for more in (3, 27):
            for _ in range(more):
                give_school_role(person_of(make_mentor()), make_school())
            with count_statements() as sent:
                assert len(self.names()) in (3, 30)
            counts.append(len(sent))
        assert counts == [1, 1]


class TestPair:
    def test_both_are_told_the_others_address(self, place: Place) -> None:
        pair(place)
        mails = {row.recipient: row for row in db.session.query(OutboxMessage)}
        for to, other in ((place.mentor, place.mentee), (place.mentee, place.mentor)):
            body = compose(mails[to.email]).get_body()
            assert body is not None
            assert other.email in body.get_content()

    @pytest.mark.parametrize("what", ["not new", "other cluster", "no mentor", "too early"])
    def test_who_cannot_be_paired_is_refused(self, place: Place, what: str) -> None:
        day = TODAY
        if what == "not new":
            give_school_role(person_of(place.mentee), make_school(), ends_on=date(2021, 1, 1))
        elif what == "other cluster":
            place = Place(make_cluster(), place.asep, place.mentor, place.mentee)
        elif what == "no mentor":
            person_of(place.mentor).would_mentor = False
        else:
            day = NEW - timedelta(days=1)
        db.session.commit()
        with pytest.raises(DomainError):
            pair(place, day)
        assert db.session.query(Mentorship).count() == 0
        assert db.session.query(OutboxMessage).count() == 0

    def test_one_mentor_at_a_time(self, place: Place) -> None:
        first = pair(place)
        with pytest.raises(DomainError, match="have a mentor already"):
            pair(place)
        with transaction():
            mentoring_services.end(first, TODAY + timedelta(days=5), by=place.by)
        with pytest.raises(DomainError, match="have a mentor already"):
            pair(place, TODAY + timedelta(days=5))
        pair(place, TODAY + timedelta(days=6))

    def test_the_database_refuses_a_second_open_one(self, place: Place) -> None:
        pair(place)
        other = make_mentor()
        db.session.commit()
        with pytest.raises(DomainError, match="have a mentor already"), transaction():
            db.session.add(
                Mentorship(
                    mentor_id=other.person_id, mentee_id=place.mentee.person_id, starts_on=TODAY
                )
            )


class TestCountMeeting:
    def count(self, place: Place, pair_id: int, change: int, seen: int) -> bool:
        with transaction():
            return mentoring_services.count_meeting(pair_id, change, seen=seen, by=place.by)

    def test_adds_one_and_takes_the_last_back(self, place: Place) -> None:
        key = pair(place)
        assert self.count(place, key, 1, 0) and self.count(place, key, 1, 1)
        assert read(key).meetings == 2
        assert self.count(place, key, -1, 2)
        assert read(key).meetings == 1

    def test_a_second_click_changes_nothing(self, place: Place) -> None:
        key = pair(place)
        assert self.count(place, key, 1, 0)
        assert not self.count(place, key, 1, 0)
        assert not self.count(place, key, -1, 0)
        assert read(key).meetings == 1

    def test_not_before_it_begins_nor_after_it_ended(
        self, place: Place, at: Callable[[datetime], None]
    ) -> None:
        key = pair(place, TODAY + timedelta(days=2))
        assert not self.count(place, key, 1, 0)
        at(NOON + timedelta(days=2))
        assert self.count(place, key, 1, 0)
        with transaction():
            mentoring_services.end(key, TODAY + timedelta(days=2), by=place.by)
        at(NOON + timedelta(days=3))
        with pytest.raises(NotFoundError):
            self.count(place, key, 1, 1)

    def test_the_history_holds_numbers_and_no_words(self, place: Place) -> None:
        self.count(place, pair(place), 1, 0)
        row = db.session.query(Change).filter_by(verb="met").one()
        assert (row.was, row.now) == (
            {"meetings": 0},
            {"mentor_id": place.mentor.person_id, "meetings": 1},
        )


class TestEnd:
    def test_one_that_has_not_begun_is_taken_away(self, place: Place) -> None:
        key = pair(place, TODAY + timedelta(days=9))
        with transaction():
            mentoring_services.end(key, TODAY, by=place.by)
        assert db.session.query(Mentorship).count() == 0
        pair(place)
        assert db.session.query(OutboxMessage).count() == 4

    def test_before_it_began_is_refused(self, place: Place) -> None:
        key = pair(place)
        with pytest.raises(DomainError, match="They began on 10 November 2026"), transaction():
            mentoring_services.end(key, TODAY - timedelta(days=1), by=place.by)


class TestTwoAtOnce:
    def test_two_who_pair_the_same_mentee_leave_one_mentor(self, committed_app: Flask) -> None:
        place = make_place()
        actors = [place.by, acting(make_service_user(ServiceRoleKind.INCLUSION_LEAD)), place.by]
        db.session.commit()
        answers = race(committed_app, [lambda by=by: pair(place, by=by) for by in actors])  # type: ignore[misc]
        assert sum(isinstance(answer, int) for answer in answers) == 1
        refused = [answer for answer in answers if isinstance(answer, Exception)]
        assert {str(error) for error in refused} == {mentoring_services.HAS_ONE}
        assert db.session.query(OutboxMessage).count() == 2

    def test_the_same_meeting_told_by_both_counts_once(self, committed_app: Flask) -> None:
        place = make_place()
        key, by = pair(place), place.by

        def tell() -> bool:
            with transaction():
                return mentoring_services.count_meeting(key, 1, seen=0, by=by)

        assert sorted(race(committed_app, [tell] * 4)) == [False, False, False, True]
        db.session.rollback()
        assert read(key).meetings == 1


@pytest.mark.sqlite_only
class TestPages:
    def test_from_pairing_to_the_end(self, client: GatedClient, place: Place) -> None:
        client.sign_in(place.asep)
        assert "Mona Mentor, Elm" in client.get(place.path).text
        fields: dict[str, Any] = {"mentor": place.mentor.person_id, "starts_on": DAY}
        assert client.send(place.path, **fields).status_code == 303
        page = client.get(place.path).text
        assert "The mentor of Nora New" in page and "not met yet" in page
        row = db.session.query(Mentorship).one()
        again = client.send(place.path, **fields)
        assert again.status_code == 422 and mentoring_services.HAS_ONE in again.text
        client.send(f"/mentoring/{row.id}/meetings", seen="0", change="met")
        assert "They have met once so far" in client.get(place.path).text
        assert client.send(f"/mentoring/{row.id}/end", last_day=DAY).status_code == 303
        assert "until 10 November 2026" in client.get(place.path).text

    @pytest.mark.parametrize("who", ["mentor", "mentee"])
    def test_the_two_see_each_other_on_home_and_count(
        self, client: GatedClient, place: Place, who: str
    ) -> None:
        key = pair(place)
        me, other = place.mentor, place.mentee
        if who == "mentee":
            me, other = other, me
        client.sign_in(me)
        assert f"mailto:{other.email}" in client.get("/").text
        answer = client.send(f"/mentoring/{key}/meetings", seen="0", change="met")
        assert (answer.status_code, answer.location) == (303, "/")
        assert "You have met once so far" in client.get("/").text
        client.send(f"/mentoring/{key}/meetings", seen="1", change="undo")
        assert read(key).meetings == 0

    def test_nobody_else_counts_or_ends(self, client: GatedClient, place: Place) -> None:
        key = pair(place)
        strangers = [
            make_school_user(make_school()),
            make_service_user(ServiceRoleKind.ASEP, make_cluster()),
            make_service_user(ServiceRoleKind.ADMINISTRATOR),
        ]
        db.session.commit()
        for user in strangers:
            client.sign_in(user)
            answer = client.send(f"/mentoring/{key}/meetings", seen="0", change="met")
            assert answer.status_code == 404
            ended = client.send(f"/mentoring/{key}/end", last_day=DAY)
            assert ended.status_code in (403, 404)
        client.sign_in(place.mentee)
        assert client.send(f"/mentoring/{key}/end", last_day=DAY).status_code == 403
        assert (read(key).meetings, read(key).ends_on) == (0, None)

    @pytest.mark.parametrize(
        "fields",
        [
            {"seen": "0"},
            {"change": "met"},
            {"seen": "-1", "change": "met"},
            {"seen": "0", "change": "ten"},
            {"seen": "9" * 20, "change": "met"},
        ],
    )
    def test_what_is_no_tap_changes_nothing(
        self, client: GatedClient, place: Place, fields: dict[str, Any]
    ) -> None:
        key = pair(place)
        client.sign_in(place.mentee)
        answer = client.send(f"/mentoring/{key}/meetings", meetings="9", **fields)
        assert answer.status_code == 422
        assert read(key).meetings == 0

    def test_somebody_who_is_no_mentor_cannot_be_slipped_in(
        self, client: GatedClient, place: Place
    ) -> None:
        outsider = make_school_user(make_school())
        db.session.commit()
        client.sign_in(place.asep)
        answer = client.send(place.path, mentor=outsider.person_id, starts_on=DAY)
        assert answer.status_code == 422
        assert db.session.query(Mentorship).count() == 0
