"""Starting a confidence survey and a school wave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind
from cop_site.attendance.services import close_register
from cop_site.bookings.models import BookingState
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events.models import Event, EventState, Mode, Option, Session
from cop_site.reports.term_queries import list_terms_with_scopes
from cop_site.schools import scope_services
from cop_site.schools.models import SchoolLink, SchoolLinkKind, SchoolStatus
from cop_site.surveys.answer_models import Invitation
from cop_site.surveys.asking_services import (
    keep_open_surveys,
    start_confidence,
    start_wave,
)
from cop_site.surveys.models import SurveyKind
from tests.conftest import NOON
from tests.factories import people, schools
from tests.factories.events import (
    make_booking,
    make_event,
    make_mark,
    make_register,
    option_of,
    session_of,
)
from tests.integration.surveys.asked import asked, mark_school, messages, the_survey


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
        assert asked(SurveyKind.BEFORE) == [person.id for person in booked]
        assert the_survey(SurveyKind.BEFORE).closes_at == event.starts_at

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
        assert asked(SurveyKind.BEFORE) == [*(person.id for person in booked), late.id]
        assert the_survey(SurveyKind.BEFORE).closes_at == event.starts_at
        assert len(messages()) == 3

    def test_the_worker_ends_it_with_a_cancelled_event(self, lead: ActingUser) -> None:
        event, _booked = self._event()
        start_confidence(event.id, by=lead)
        the_survey(SurveyKind.BEFORE).opens_at -= timedelta(hours=1)
        event.state = EventState.CANCELLED
        keep_open_surveys()
        assert the_survey(SurveyKind.BEFORE).closes_at == NOON

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
            db.session.add(mark_school(mark.id, school_id))
        db.session.commit()
        event.ends_at = second.ends_at
        at(second.ends_at + timedelta(days=3))
        close_register(first.id, mark_rest=False, by=lead)
        assert asked(SurveyKind.AFTER) == []
        close_register(second.id, mark_rest=False, by=lead)
        assert asked(SurveyKind.AFTER) == [person.id for person in booked]
        after, before = the_survey(SurveyKind.AFTER), the_survey(SurveyKind.BEFORE)
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
        db.session.add(mark_school(make_mark(register, booked[0]).id, school_id))
        db.session.commit()
        return event, session_of(event)

    def test_a_register_closed_over_two_weeks_late_asks_nobody_afterwards(
        self, lead: ActingUser, at: Callable[[datetime], None]
    ) -> None:
        event, session = self._held(lead)
        at(event.ends_at + timedelta(days=14))
        close_register(session.id, mark_rest=False, by=lead)
        keep_open_surveys()
        assert asked(SurveyKind.AFTER) == []

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
        assert len(asked(SurveyKind.AFTER)) == (0 if is_booked else 1)

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
        db.session.add(mark_school(mark.id, school_id))
        db.session.flush()
        at(event.ends_at + timedelta(hours=1))
        keep_open_surveys()
        keep_open_surveys()
        assert asked(SurveyKind.AFTER) == [booked[0].id]


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
        assert the_survey(SurveyKind.SCHOOL_WAVE).closes_at == datetime(
            2026, 12, 1, 23, 59, tzinfo=clock.LONDON
        )

    def test_asks_a_shared_senco_once_for_each_school(self, lead: ActingUser) -> None:
        both = [schools.make_school(), schools.make_school()]
        senco = people.make_person()
        for school in both:
            people.give_school_role(senco, school)
        start_wave(self._term(), date(2026, 12, 1), by=lead)
        assert asked(SurveyKind.SCHOOL_WAVE) == [senco.id, senco.id]
        assert [message.context["school"] for message in messages()] == [
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
        before = set(asked(SurveyKind.SCHOOL_WAVE))
        keep_open_surveys()
        keep_open_surveys()
        now = asked(SurveyKind.SCHOOL_WAVE)
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
