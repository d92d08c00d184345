"""Who is asked, when, and what they are sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind, ServiceRoleKind
from cop_site.attendance.models import MarkSchool, Register
from cop_site.attendance.services import close_register, reopen_register
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events.booking_models import BookingState
from cop_site.events.models import Event, EventState, Mode, Option, Session
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from cop_site.notifications.services import record_failed, record_refused, record_sent
from cop_site.reports.term_queries import list_terms_with_scopes
from cop_site.schools import scope_services
from cop_site.schools.models import SchoolLink, SchoolLinkKind, SchoolStatus
from cop_site.surveys.answer_models import Invitation, InvitationSchool
from cop_site.surveys.asking_services import (
    keep_open_surveys,
    start_confidence,
    start_wave,
)
from cop_site.surveys.models import Question, Survey, SurveyKind, SurveyQuestion
from tests.conftest import NOON
from tests.factories import people, schools
from tests.factories.acting import acting
from tests.factories.events import (
    make_booking,
    make_event,
    make_mark,
    make_register,
    option_of,
    session_of,
)
from tests.support.client import GatedClient
from tests.support.statements import count_statements


@pytest.fixture
def lead(app: Flask) -> ActingUser:
    schools.make_authority()
    return acting(people.make_service_user(ServiceRoleKind.INCLUSION_LEAD))


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


def _mark_school(mark_id: int, school_id: int) -> MarkSchool:
    return MarkSchool(mark_id=mark_id, school_id=school_id, role=SchoolRoleKind.SENCO)


def _asked(kind: SurveyKind = SurveyKind.END_OF_SESSION) -> list[int]:
    query = sa.select(Invitation.person_id).join(Survey).where(Survey.kind == kind)
    return list(db.session.scalars(query.order_by(Invitation.person_id)))


def _messages() -> list[OutboxMessage]:
    return list(db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)))


def _survey(kind: SurveyKind = SurveyKind.END_OF_SESSION) -> Survey:
    return db.session.scalars(sa.select(Survey).where(Survey.kind == kind)).one()


class TestAskAfterRegister:
    def test_asks_those_who_attended_for_two_weeks(self, lead: ActingUser) -> None:
        event, session, came = _held()
        close_register(session.id, mark_rest=False, by=lead)
        survey = _survey()
        assert (survey.title, survey.session_id) == (event.title, session.id)
        assert survey.closes_at == NOON + timedelta(days=14)
        assert _asked() == [person.id for person in came]
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
        paths = [message.context["once"]["path"] for message in _messages()]
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
        assert _asked() == [came[0].id]

    def test_asks_governors_where_the_event_counts_them(self, lead: ActingUser) -> None:
        _event, session, _came = _held(0, governors_count=True)
        governor, school = people.make_person(), schools.make_school()
        people.give_school_role(governor, school, SchoolRoleKind.GOVERNOR)
        make_mark(_register(session), governor, school)
        close_register(session.id, mark_rest=False, by=lead)
        assert _asked() == [governor.id]

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
        db.session.add(_mark_school(mark.id, school))
        db.session.commit()
        close_register(session.id, mark_rest=False, by=lead)
        assert _asked() == [came[0].id]

    def test_closing_again_asks_only_who_is_new(self, lead: ActingUser) -> None:
        _event, session, came = _held(2)
        close_register(session.id, mark_rest=False, by=lead)
        reopen_register(session.id, reason="Two on paper", by=lead)
        late, school = people.make_person(), schools.make_school()
        people.give_school_role(late, school)
        make_mark(_register(session), late, school)
        close_register(session.id, mark_rest=False, by=lead)
        assert _asked() == [*(person.id for person in came), late.id]
        assert len(_messages()) == 3
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
        assert late.id not in _asked()

    def test_without_an_address_asks_on_the_site_alone(self, lead: ActingUser) -> None:
        _event, session, _came = _held(0)
        person, school = people.make_person(email=None), schools.make_school()
        people.give_school_role(person, school)
        make_mark(_register(session), person, school)
        close_register(session.id, mark_rest=False, by=lead)
        assert _asked() == [person.id]
        assert _messages() == []

    def test_costs_the_same_for_three_and_for_thirty(self, lead: ActingUser) -> None:
        counts = []
        for attendees in (3, 30):
            _event, session, _came = _held(attendees)
            db.session.expunge_all()
            with count_statements() as sent:
                close_register(session.id, mark_rest=False, by=lead)
            counts.append(len(sent))
        assert counts[0] == counts[1] <= 20


class TestStartConfidence:
    def _event(self) -> tuple[Event, list[Person]]:
        event = make_event()
        booked = []
        for state in (BookingState.BOOKED, BookingState.BOOKED, BookingState.WAITING):
            person, school = people.make_person(), schools.make_school()
            people.give_school_role(person, school)
            make_booking(event, person, school, state=state)
            booked.append(person)
        db.session.commit()
        return event, booked[:2]

    def test_asks_those_with_a_place_until_it_starts(self, lead: ActingUser) -> None:
        event, booked = self._event()
        start_confidence(event.id, by=lead)
        assert _asked(SurveyKind.BEFORE) == [person.id for person in booked]
        assert _survey(SurveyKind.BEFORE).closes_at == event.starts_at

    def test_twice_is_refused(self, lead: ActingUser) -> None:
        event, _booked = self._event()
        start_confidence(event.id, by=lead)
        with pytest.raises(DomainError, match="already"):
            start_confidence(event.id, by=lead)

    @pytest.mark.parametrize("state", [EventState.DRAFT, EventState.CANCELLED])
    def test_of_an_event_that_is_not_on_is_refused(
        self, lead: ActingUser, state: EventState
    ) -> None:
        with pytest.raises(DomainError, match="Publish"):
            start_confidence(make_event(state=state).id, by=lead)

    def test_of_an_event_that_started_is_refused(self, lead: ActingUser) -> None:
        with pytest.raises(DomainError, match="started"):
            start_confidence(make_event(NOON).id, by=lead)

    def test_the_worker_asks_who_books_later_and_follows_the_event(self, lead: ActingUser) -> None:
        event, booked = self._event()
        start_confidence(event.id, by=lead)
        late, school = people.make_person(), schools.make_school()
        people.give_school_role(late, school)
        make_booking(event, late, school)
        event.starts_at += timedelta(days=2)
        keep_open_surveys()
        keep_open_surveys()
        assert _asked(SurveyKind.BEFORE) == [*(person.id for person in booked), late.id]
        assert _survey(SurveyKind.BEFORE).closes_at == event.starts_at
        assert len(_messages()) == 3

    def test_the_worker_ends_it_with_a_cancelled_event(self, lead: ActingUser) -> None:
        event, _booked = self._event()
        start_confidence(event.id, by=lead)
        _survey(SurveyKind.BEFORE).opens_at -= timedelta(hours=1)
        event.state = EventState.CANCELLED
        keep_open_surveys()
        assert _survey(SurveyKind.BEFORE).closes_at == NOON

    def test_after_the_last_register_asks_everybody_who_came(
        self, lead: ActingUser, at: Callable[[datetime], None]
    ) -> None:
        event, booked = self._event()
        start_confidence(event.id, by=lead)
        first = session_of(event)
        second = Session(
            option_id=option_of(event).id,
            starts_at=first.starts_at + timedelta(days=1),
            ends_at=first.ends_at + timedelta(days=1),
        )
        db.session.add(second)
        db.session.flush()
        for session, person in zip((first, second), booked, strict=True):
            school_id = db.session.scalars(
                sa.select(SchoolRole.school_id).where(SchoolRole.person_id == person.id)
            ).one()
            register = make_register(session, closed=False)
            mark = make_mark(register, person)
            db.session.add(_mark_school(mark.id, school_id))
        db.session.commit()
        event.ends_at = second.ends_at
        at(second.ends_at + timedelta(days=3))
        close_register(first.id, mark_rest=False, by=lead)
        assert _asked(SurveyKind.AFTER) == []
        close_register(second.id, mark_rest=False, by=lead)
        assert _asked(SurveyKind.AFTER) == [person.id for person in booked]
        after, before = _survey(SurveyKind.AFTER), _survey(SurveyKind.BEFORE)
        assert after.series == before.series
        assert after.closes_at == second.ends_at + timedelta(days=14)

    def _held(self, lead: ActingUser) -> tuple[Event, Session]:
        """An event asked about beforehand, its register open with one SENCO marked here."""
        event, booked = self._event()
        start_confidence(event.id, by=lead)
        register = make_register(session_of(event), closed=False)
        school_id = db.session.scalars(
            sa.select(SchoolRole.school_id).where(SchoolRole.person_id == booked[0].id)
        ).one()
        db.session.add(_mark_school(make_mark(register, booked[0]).id, school_id))
        db.session.commit()
        return event, session_of(event)

    def test_a_register_closed_over_two_weeks_late_asks_nobody_afterwards(
        self, lead: ActingUser, at: Callable[[datetime], None]
    ) -> None:
        event, session = self._held(lead)
        at(event.ends_at + timedelta(days=14))
        close_register(session.id, mark_rest=False, by=lead)
        keep_open_surveys()
        assert _asked(SurveyKind.AFTER) == []

    @pytest.mark.parametrize("is_booked", [True, False])
    def test_waits_for_another_session_only_where_somebody_booked_it(
        self, lead: ActingUser, at: Callable[[datetime], None], is_booked: bool
    ) -> None:
        event, session = self._held(lead)
        booking = make_booking(event, people.make_person(), schools.make_school())
        if not is_booked:
            booking.state = BookingState.CANCELLED
        other = Option(event_id=event.id, mode=Mode.ONLINE, position=2)
        db.session.add(other)
        db.session.flush()
        booking.option_id = other.id
        times = {"starts_at": session.starts_at, "ends_at": session.ends_at}
        db.session.add(Session(option_id=other.id, **times))
        db.session.commit()
        at(event.ends_at)
        close_register(session.id, mark_rest=False, by=lead)
        assert len(_asked(SurveyKind.AFTER)) == (0 if is_booked else 1)

    def test_the_worker_asks_afterwards_where_nobody_has(
        self, lead: ActingUser, at: Callable[[datetime], None]
    ) -> None:
        event, booked = self._event()
        survey = start_confidence(event.id, by=lead)
        survey.closed_at = event.starts_at
        register = make_register(session_of(event), closed=True)
        school_id = db.session.scalars(
            sa.select(SchoolRole.school_id).where(SchoolRole.person_id == booked[0].id)
        ).one()
        mark = make_mark(register, booked[0])
        db.session.add(_mark_school(mark.id, school_id))
        db.session.flush()
        at(event.ends_at + timedelta(hours=1))
        keep_open_surveys()
        keep_open_surveys()
        assert _asked(SurveyKind.AFTER) == [booked[0].id]


class TestStartWave:
    def _term(self) -> int:
        return schools.make_term("Autumn 2026", date(2026, 9, 1), date(2026, 12, 18)).id

    def test_asks_each_schools_senco_else_its_deputy(self, lead: ActingUser) -> None:
        one, two, closed = (schools.make_school() for _ in range(3))
        closed.status = SchoolStatus.CLOSED
        senco, deputy, alone = (people.make_person() for _ in range(3))
        people.give_school_role(senco, one)
        people.give_school_role(deputy, one, SchoolRoleKind.DEPUTY_SENCO)
        people.give_school_role(alone, two, SchoolRoleKind.DEPUTY_SENCO)
        people.give_school_role(senco, closed)
        start_wave(self._term(), date(2026, 12, 1), by=lead)
        rows = db.session.execute(sa.select(Invitation.person_id, Invitation.for_school_id))
        assert set(map(tuple, rows)) == {(senco.id, one.id), (alone.id, two.id)}
        assert _survey(SurveyKind.SCHOOL_WAVE).closes_at == datetime(
            2026, 12, 1, 23, 59, tzinfo=clock.LONDON
        )

    def test_asks_a_shared_senco_once_for_each_school(self, lead: ActingUser) -> None:
        both = [schools.make_school(), schools.make_school()]
        senco = people.make_person()
        for school in both:
            people.give_school_role(senco, school)
        start_wave(self._term(), date(2026, 12, 1), by=lead)
        assert _asked(SurveyKind.SCHOOL_WAVE) == [senco.id, senco.id]
        assert [message.context["school"] for message in _messages()] == [
            school.name for school in both
        ]

    def test_asks_only_the_terms_frozen_list(self, lead: ActingUser) -> None:
        term_id = self._term()
        inside, outside = schools.make_school(), schools.make_school(phase="Secondary")
        for school in (inside, outside):
            people.give_school_role(people.make_person(), school)
        scope_services.freeze_scope(term_id, "Primaries", {"phases": ["Primary"]}, by=lead.user_id)
        start_wave(term_id, date(2026, 12, 1), by=lead)
        assert list(db.session.scalars(sa.select(Invitation.for_school_id))) == [inside.id]

    def test_asks_the_list_named_first_in_its_newest_version(self, lead: ActingUser) -> None:
        term_id = self._term()
        primary, secondary = schools.make_school(), schools.make_school(phase="Secondary")
        for school in (primary, secondary):
            people.give_school_role(people.make_person(), school)
        for name, phases in (("Schools", ["Primary"]), ("Another", []), ("Schools", ["Secondary"])):
            scope_services.freeze_scope(
                term_id, name, {"phases": phases}, reason="So", by=lead.user_id
            )
        start_wave(term_id, date(2026, 12, 1), by=lead)
        assert list(db.session.scalars(sa.select(Invitation.for_school_id))) == [secondary.id]
        default = list_terms_with_scopes(NOON.date(), NOON).all[0].scopes
        assert [(one.name, one.version) for one in default] == [
            *(("Schools", 2), ("Schools", 1), ("Another", 1))
        ]

    def test_asks_a_listed_school_that_converted_as_what_it_became(self, lead: ActingUser) -> None:
        term_id = self._term()
        before, between, after, other = (schools.make_school() for _ in range(4))
        scope_services.freeze_scope(
            term_id,
            "All",
            {"left_out": [between.id, after.id, other.id]},
            reason="Only the school that converts",
            by=lead.user_id,
        )
        for was, became in ((before, between), (between, after)):
            was.status = SchoolStatus.CLOSED
            db.session.add(
                SchoolLink(school_id=was.id, successor_id=became.id, kind=SchoolLinkKind.SUCCESSOR)
            )
        for school in (after, other):
            people.give_school_role(people.make_person(), school)
        db.session.commit()
        start_wave(term_id, date(2026, 12, 1), by=lead)
        assert list(db.session.scalars(sa.select(Invitation.for_school_id))) == [after.id]

    def test_the_worker_asks_who_came_into_post_since(self, lead: ActingUser) -> None:
        new, left, done = (schools.make_school() for _ in range(3))
        roles = [people.give_school_role(people.make_person(), school) for school in (left, done)]
        start_wave(self._term(), date(2026, 12, 1), by=lead)
        appointed, deputy, successor = (people.make_person() for _ in range(3))
        for role in roles:
            role.ends_on = NOON.date() - timedelta(days=1)
        people.give_school_role(appointed, new)
        people.give_school_role(deputy, left, SchoolRoleKind.DEPUTY_SENCO)
        people.give_school_role(successor, done)
        db.session.query(Invitation).filter_by(for_school_id=done.id).update(
            {"finished_on": NOON.date()}
        )
        db.session.commit()
        before = set(_asked(SurveyKind.SCHOOL_WAVE))
        keep_open_surveys()
        keep_open_surveys()
        now = _asked(SurveyKind.SCHOOL_WAVE)
        assert set(now) - before == {appointed.id, deputy.id}
        assert len(now) == 4

    @pytest.mark.parametrize("day", [date(2026, 11, 9), date(2027, 3, 1)])
    def test_with_a_day_past_or_far_off_is_refused(self, lead: ActingUser, day: date) -> None:
        people.give_school_role(people.make_person(), schools.make_school())
        with pytest.raises(DomainError, match="90 days"):
            start_wave(self._term(), day, by=lead)

    def test_where_nobody_can_be_asked_is_refused(self, lead: ActingUser) -> None:
        with pytest.raises(DomainError, match="No school"):
            start_wave(self._term(), date(2026, 12, 1), by=lead)


class TestTheLinkInTheOutbox:
    @pytest.mark.parametrize("end", ["sent", "refused", "given up"])
    def test_leaves_the_row_when_delivery_ends(self, lead: ActingUser, end: str) -> None:
        _event, session, _came = _held(1)
        close_register(session.id, mark_rest=False, by=lead)
        (message,) = _messages()
        if end == "sent":
            record_sent(message.id)
        elif end == "refused":
            record_refused(message.id, "gone")
        else:
            message.attempts = 99
            record_failed(message.id, "again")
        db.session.commit()
        db.session.expire_all()
        (message,) = _messages()
        assert "once" not in message.context
        assert message.context["title"]

    def test_stays_while_it_may_be_tried_again(self, lead: ActingUser) -> None:
        _event, session, _came = _held(1)
        close_register(session.id, mark_rest=False, by=lead)
        (message,) = _messages()
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
        (message,) = _messages()
        page = client.get(message.context["once"]["path"]).text
        for text in (compose(message).get_content(), page):
            said = " ".join(text.split())
            assert "The inclusion lead, and readers the lead names, see totals only" in said
            assert "only from 10 answers on" in said
            assert "they read it as you wrote it, so name nobody" in said
