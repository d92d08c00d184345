"""My account: which mail to get. The mails themselves: test_asking.py and test_notice_mail.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import audit
from cop_site.accounts import own_services
from cop_site.accounts.account_models import Topic, UnwantedTopic
from cop_site.accounts.models import SchoolRoleKind, ServiceRoleKind, User
from cop_site.accounts.topic_queries import find_wishes, list_unwanted
from cop_site.db import db
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.factories.people import make_person, make_school_user, make_service_user
from tests.factories.schools import make_authority, make_school
from tests.support.client import GatedClient
from tests.support.race import race

PAGE = "/account/messages"


@pytest.fixture
def senco(app: Flask, client: GatedClient) -> User:
    make_authority()
    user = make_school_user(make_school())
    db.session.commit()
    client.sign_in(user)
    return user


class TestChooseMessages:
    def test_everything_comes_until_somebody_chooses(
        self, client: GatedClient, senco: User
    ) -> None:
        assert list_unwanted(senco.id) == set()
        assert client.get(PAGE).text.count(" checked") == 3

    def test_what_is_left_out_is_kept_and_shown(self, client: GatedClient, senco: User) -> None:
        answer = client.send(PAGE, topics="notices")
        assert (answer.status_code, answer.location) == (303, "/account")
        assert list_unwanted(senco.id) == {Topic.SURVEYS, Topic.INVITATIONS}
        assert client.get(PAGE).text.count(" checked") == 1
        assert "No email" in client.get("/account").text
        (change,) = audit.list_changes("user", senco.id)
        assert (change.verb, change.now) == (
            "messages chosen",
            {"unwanted": ["invitations", "surveys"]},
        )

    def test_nothing_ticked_stops_all_and_ticks_bring_it_back(
        self, client: GatedClient, senco: User
    ) -> None:
        client.send(PAGE)
        assert list_unwanted(senco.id) == set(Topic)
        client.send(PAGE, topics=["surveys", "notices", "invitations"])
        assert list_unwanted(senco.id) == set()

    def test_the_same_twice_leaves_one_trace(self, client: GatedClient, senco: User) -> None:
        for _ in range(2):
            client.send(PAGE, topics="surveys")
        assert len(audit.list_changes("user", senco.id)) == 1

    def test_no_topic_that_there_is_not(self, client: GatedClient, senco: User) -> None:
        assert client.send(PAGE, topics="bookings").status_code == 422
        assert not db.session.scalars(sa.select(UnwantedTopic)).all()

    def test_a_teacher_is_asked_of_no_notices(self, client: GatedClient, senco: User) -> None:
        teacher = make_school_user(make_school(), role=SchoolRoleKind.TEACHER)
        db.session.add(UnwantedTopic(user_id=teacher.id, topic="notices"))
        db.session.commit()
        client.sign_in(teacher)
        assert "Notices" not in client.get(PAGE).text
        client.send(PAGE, topics=["surveys", "invitations"])
        assert list_unwanted(teacher.id) == {Topic.NOTICES}, "what was not asked stays"

    def test_service_staff_have_nothing_to_choose(self, client: GatedClient, senco: User) -> None:
        client.sign_in(make_service_user(ServiceRoleKind.EP))
        assert "nothing to choose" in client.get(PAGE).text

    def test_two_windows_at_once_end_as_one_of_them_says(self, committed_app: Flask) -> None:
        user = make_school_user(make_school())
        db.session.commit()
        by = acting(user)
        offered = tuple(Topic)

        def choose(wanted: set[Topic]) -> Callable[[], None]:
            def run() -> None:
                with transaction():
                    own_services.choose_topics(wanted, offered, by=by)

            return run

        none, surveys = choose(set()), choose({Topic.SURVEYS})
        assert race(committed_app, [none, surveys, none, surveys]) == [None] * 4
        db.session.rollback()
        assert list_unwanted(user.id) in (set(Topic), set(Topic) - {Topic.SURVEYS})


class TestFindWishes:
    def test_says_of_each_account_and_nothing_of_who_has_none(self, app: Flask) -> None:
        willing, unwilling = make_school_user(make_school()), make_school_user(make_school())
        stranger = make_person()
        db.session.add(UnwantedTopic(user_id=unwilling.id, topic="surveys"))
        db.session.add(UnwantedTopic(user_id=willing.id, topic="notices"))
        db.session.commit()
        ids = {willing.person_id, unwilling.person_id, stranger.id}
        wishes = find_wishes(Topic.SURVEYS, ids)
        assert wishes == {willing.person_id: True, unwilling.person_id: False}
