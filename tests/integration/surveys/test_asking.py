"""Who is asked, when, and what they are sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind, ServiceRoleKind
from cop_site.attendance.models import Register
from cop_site.attendance.services import close_register, reopen_register
from cop_site.db import db
from cop_site.events.models import Event, Session
from cop_site.notifications.delivery import compose
from cop_site.notifications.services import record_failed, record_refused, record_sent
from cop_site.surveys.answer_models import Invitation, InvitationSchool
from cop_site.surveys.models import Question, Survey, SurveyQuestion
from tests.conftest import NOON
from tests.factories import people, schools
from tests.factories.events import (
    make_event,
    make_mark,
    make_register,
    session_of,
)
from tests.integration.surveys.asked import asked, mark_school, messages, the_survey
from tests.support.client import GatedClient
from tests.support.statements import count_statements


def _held(attendees: int = 3, **values: object) -> tuple[Event, Session, list[Person]]:
    """An event an hour ago, its register open, so many SENCOs marked here."""
    event = make_event(NOON - timedelta(hours=3), **values)  # type: ignore[arg-type]
    session = session_of(event)
    register = make_register(session, closed=False)
    came = []
    for _ in range(attendees):
        person, school = people.make_person(), schools.make_school()
        people.give_school_role(person, school)
        make_mark(register, person, school)
        came.append(person)
    db.session.commit()
    return event, session, came


def _register(session: Session) -> Register:
    return db.session.query(Register).filter_by(session_id=session.id).one()


class TestAskAfterRegister:
    def test_asks_those_who_attended_for_two_weeks(self, lead: ActingUser) -> None:
        event, session, came = _held()
        close_register(session.id, mark_rest=False, by=lead)
        survey = the_survey()
        assert (survey.title, survey.session_id) == (event.title, session.id)
        assert survey.closes_at == NOON + timedelta(days=14)
        assert asked() == [person.id for person in came]
        roles = db.session.scalars(sa.select(InvitationSchool.role))
        assert set(roles) == {SchoolRoleKind.SENCO}
        keys = db.session.scalars(
            sa.select(Question.key)
            .join(SurveyQuestion)
            .where(SurveyQuestion.survey_id == survey.id)
            .order_by(SurveyQuestion.position)
        )
        assert [key.split(".")[1] for key in keys] == [
            *("confidence", "clarity", "inclusion", "comment")
        ]

    def test_sends_each_a_link_of_their_own_kept_as_a_hash(self, lead: ActingUser) -> None:
        _event, session, _came = _held()
        close_register(session.id, mark_rest=False, by=lead)
        paths = [message.context["once"]["path"] for message in messages()]
        assert len(set(paths)) == 3
        hashes = set(db.session.scalars(sa.select(Invitation.token_hash)))
        assert all(path.startswith("/s/") and path[3:] not in hashes for path in paths)

    def test_leaves_out_absent_walk_ins_staff_and_governors(self, lead: ActingUser) -> None:
        _event, session, came = _held(1)
        school = schools.make_school()
        others = {
            "absent": ("did_not_attend", SchoolRoleKind.SENCO),
            "sorry": ("apologies", SchoolRoleKind.SENCO),
            "governor": ("in_person", SchoolRoleKind.GOVERNOR),
            "stranger": ("in_person", None),
        }
        register = _register(session)
        for kind, role in others.values():
            person = people.make_person()
            if role:
                people.give_school_role(person, school, role)
            make_mark(register, person, school, kind=kind)
        officer = people.make_service_user(ServiceRoleKind.SUPPORT_OFFICER)
        make_mark(register, db.session.get_one(Person, officer.person_id), school)
        close_register(session.id, mark_rest=False, by=lead)
        assert asked() == [came[0].id]

    def test_asks_governors_where_the_event_counts_them(self, lead: ActingUser) -> None:
        _event, session, _came = _held(0, governors_count=True)
        governor, school = people.make_person(), schools.make_school()
        people.give_school_role(governor, school, SchoolRoleKind.GOVERNOR)
        make_mark(_register(session), governor, school)
        close_register(session.id, mark_rest=False, by=lead)
        assert asked() == [governor.id]

    def test_of_a_role_that_ended_before_is_not_asked(self, lead: ActingUser) -> None:
        _event, session, _came = _held(0)
        left, school = people.make_person(), schools.make_school()
        people.give_school_role(left, school, ends_on=NOON.date() - timedelta(days=1))
        make_mark(_register(session), left, school)
        close_register(session.id, mark_rest=False, by=lead)
        assert db.session.query(Survey).count() == 0

    def test_asks_a_merged_walk_in_once_as_who_they_are(self, lead: ActingUser) -> None:
        _event, session, came = _held(1)
        walk_in = people.make_person(email=None)
        walk_in.merged_into_id = came[0].id
        school = db.session.scalars(sa.select(SchoolRole.school_id)).one()
        mark = make_mark(_register(session), walk_in, walk_in=True)
        db.session.add(mark_school(mark.id, school))
        db.session.commit()
        close_register(session.id, mark_rest=False, by=lead)
        assert asked() == [came[0].id]

    def test_closing_again_asks_only_who_is_new(self, lead: ActingUser) -> None:
        _event, session, came = _held(2)
        close_register(session.id, mark_rest=False, by=lead)
        reopen_register(session.id, reason="Two on paper", by=lead)
        late, school = people.make_person(), schools.make_school()
        people.give_school_role(late, school)
        make_mark(_register(session), late, school)
        close_register(session.id, mark_rest=False, by=lead)
        assert asked() == [*(person.id for person in came), late.id]
        assert len(messages()) == 3
        assert db.session.query(Survey).count() == 1

    def test_after_the_survey_closed_asks_nobody(
        self, lead: ActingUser, at: Callable[[datetime], None]
    ) -> None:
        _event, session, _came = _held(1)
        close_register(session.id, mark_rest=False, by=lead)
        reopen_register(session.id, reason="Late", by=lead)
        late, school = people.make_person(), schools.make_school()
        people.give_school_role(late, school)
        make_mark(_register(session), late, school)
        at(NOON + timedelta(days=15))
        close_register(session.id, mark_rest=False, by=lead)
        assert late.id not in asked()

    def test_without_an_address_asks_on_the_site_alone(self, lead: ActingUser) -> None:
        _event, session, _came = _held(0)
        person, school = people.make_person(email=None), schools.make_school()
        people.give_school_role(person, school)
        make_mark(_register(session), person, school)
        close_register(session.id, mark_rest=False, by=lead)
        assert asked() == [person.id]
        assert messages() == []

    def test_costs_the_same_for_three_and_for_thirty(self, lead: ActingUser) -> None:
        counts = []
        for attendees in (3, 30):
            _event, session, _came = _held(attendees)
            db.session.expunge_all()
            with count_statements() as sent:
                close_register(session.id, mark_rest=False, by=lead)
            counts.append(len(sent))
        assert counts[0] == counts[1] <= 20


class TestTheLinkInTheOutbox:
    @pytest.mark.parametrize("end", ["sent", "refused", "given up"])
    def test_leaves_the_row_when_delivery_ends(self, lead: ActingUser, end: str) -> None:
        _event, session, _came = _held(1)
        close_register(session.id, mark_rest=False, by=lead)
        (message,) = messages()
        if end == "sent":
            record_sent(message.id)
        elif end == "refused":
            record_refused(message.id, "gone")
        else:
            message.attempts = 99
            record_failed(message.id, "again")
        db.session.commit()
        db.session.expire_all()
        (message,) = messages()
        assert "once" not in message.context
        assert message.context["title"]

    def test_stays_while_it_may_be_tried_again(self, lead: ActingUser) -> None:
        _event, session, _came = _held(1)
        close_register(session.id, mark_rest=False, by=lead)
        (message,) = messages()
        message.attempts = 1
        record_failed(message.id, "away")
        assert "once" in message.context


@pytest.mark.sqlite_only
class TestWhoReads:
    def test_the_message_and_the_page_say_the_same(
        self, client: GatedClient, lead: ActingUser
    ) -> None:
        _event, session, _came = _held(1)
        close_register(session.id, mark_rest=False, by=lead)
        (message,) = messages()
        page = client.get(message.context["once"]["path"]).text
        for text in (compose(message).get_content(), page):
            said = " ".join(text.split())
            assert "The inclusion lead, and readers the lead names, see totals only" in said
            assert "only from 10 answers on" in said
            assert "they read it as you wrote it, so name nobody" in said
