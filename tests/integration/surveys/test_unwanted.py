"""Who chose to have no surveys by email is asked all the same, on their home page."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from cop_site.accounts.account_models import UnwantedTopic
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person
from cop_site.attendance.services import close_register
from cop_site.db import db
from cop_site.notifications.delivery import compose
from tests.conftest import NOON
from tests.factories.events import make_event, make_mark, make_register, session_of
from tests.factories.people import give_school_role, make_person, make_user
from tests.factories.schools import make_school
from tests.integration.surveys.asked import asked, messages
from tests.support.client import GatedClient


def _come(*people: Person) -> int:
    """An event that these attended. Id of its session, whose register is open."""
    session = session_of(make_event(NOON - timedelta(hours=3)))
    register = make_register(session, closed=False)
    for person in people:
        school = make_school()
        give_school_role(person, school)
        make_mark(register, person, school)
    db.session.commit()
    return session.id


class TestInvite:
    def test_leaves_out_of_the_mail_who_chose_so_and_asks_them_at_home(
        self, lead: ActingUser, client: GatedClient
    ) -> None:
        willing, unwilling, other = make_person(), make_person(), make_person()
        users = {person.id: make_user(person) for person in (willing, unwilling, other)}
        db.session.add(UnwantedTopic(user_id=users[unwilling.id].id, topic="surveys"))
        db.session.add(UnwantedTopic(user_id=users[other.id].id, topic="notices"))
        close_register(_come(willing, unwilling, other), mark_rest=False, by=lead)
        db.session.commit()
        assert [row.recipient for row in messages()] == [willing.email, other.email]
        assert asked() == [willing.id, unwilling.id, other.id]
        client.sign_in(users[unwilling.id])
        assert "A survey to answer" in client.get("/").text

    def test_each_says_how_to_stop_it(self, lead: ActingUser) -> None:
        person = make_person()
        make_user(person)
        close_register(_come(person), mark_rest=False, by=lead)
        text = compose(messages()[0]).get_content()
        assert "/account#messages\n" in text

    def test_somebody_without_an_account_is_not_sent_to_one(self, lead: ActingUser) -> None:
        close_register(_come(make_person()), mark_rest=False, by=lead)
        assert "/account" not in compose(messages()[0]).get_content()

    def test_a_message_written_before_there_was_a_choice_still_goes(self, lead: ActingUser) -> None:
        close_register(_come(make_person()), mark_rest=False, by=lead)
        (row,) = messages()
        row.context = {key: value for key, value in row.context.items() if key != "can_stop"}
        assert "/s/" in compose(row).get_content()
        assert db.session.scalars(sa.select(UnwantedTopic)).all() == []
