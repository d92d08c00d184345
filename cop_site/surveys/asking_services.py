"""Making surveys and asking people: after a session, before and after an event, in a wave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts.account_models import Topic
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.queries import hash_token
from cop_site.accounts.topic_queries import find_wishes
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.events import signals as event_signals
from cop_site.events.models import Event
from cop_site.events.signals import RegisterClosed
from cop_site.notifications.services import ONCE, Recipient, queue_messages
from cop_site.schools.models import Term
from cop_site.surveys import asking_queries
from cop_site.surveys.answer_models import Invitation, InvitationSchool
from cop_site.surveys.asking_queries import Asked, SessionFacts
from cop_site.surveys.models import Survey, SurveyKind, SurveyQuestion
from cop_site.surveys.pseudonym_models import new_token

LASTS = timedelta(days=14)
LONGEST_WAVE = timedelta(days=90)
WAVE_SERIES = "wave"


def ask_after_register(closed: RegisterClosed) -> None:
    """Ask those who attended how it was, in the transaction that closes the register.

    Closing again after reopening asks only who is new. The last register of an event that was
    asked about beforehand also asks everybody who came how confident they are now.
    """
    if not closed.attended:
        return
    facts = asking_queries.get_session_facts(closed.session_id)
    day = clock.london_date(facts.starts_at)
    named = [
        (one.session_id, one.person_id, [school_id for school_id, _role in one.schools])
        for one in closed.attended
    ]
    here = [(person, schools) for session, person, schools in named if session == facts.session_id]
    people = asking_queries.list_eligible(here, day, governors=facts.governors_count)
    _ask_about(facts, SurveyKind.END_OF_SESSION, people, closed.by_user_id)
    if closed.is_last and SurveyKind.BEFORE in facts.surveys:
        _ask_afterwards(closed, facts.surveys[SurveyKind.BEFORE].id)


def start_confidence(event_id: int, *, by: ActingUser) -> Survey:
    """Ask everybody booked how confident they are, until the event starts; after it, again.

    Raises DomainError for an event that has started, is not published or was asked about.
    """
    event = asking_queries.lock_event(event_id)
    if event is None:
        raise NotFoundError("There is no such event.")
    if SurveyKind.BEFORE in asking_queries.find_of_event(event_id):
        raise DomainError("People are asked about this event already.")
    if not asking_queries.is_on(event):
        raise DomainError("Publish the event first. Then people can be asked.")
    if event.starts_at <= clock.now():
        raise DomainError("This event has started, so nobody can say how it was before.")
    survey = _make(
        SurveyKind.BEFORE,
        f"Before “{event.title}”",
        _series(event.id),
        closes_at=event.starts_at,
        event_id=event.id,
        by_user_id=by.user_id,
    )
    _invite_booked(survey, event)
    return survey


def start_wave(term_id: int, closes_on: date, *, by: ActingUser) -> Survey:
    """Ask every school of the term's list once. ``closes_on`` is the last day to answer.

    Raises DomainError for a day that is past or over 90 days ahead, and where no school has a
    SENCO. The database refuses a second one for the term.
    """
    term = db.session.get(Term, term_id)
    if term is None:
        raise DomainError("Choose a term from the list", field="term_id")
    closes_at = clock.from_london(closes_on, time(23, 59))
    if not clock.now() < closes_at <= clock.now() + LONGEST_WAVE:
        raise DomainError(
            "The last day must be today or later, and within 90 days", field="closes_on"
        )
    people = asking_queries.list_wave_people(term_id, clock.today())
    if not people:
        raise DomainError("No school on the term’s list has a SENCO or deputy to ask.")
    survey = _make(
        SurveyKind.SCHOOL_WAVE,
        f"School survey, {term.name}",
        WAVE_SERIES,
        closes_at=closes_at,
        term_id=term_id,
        by_user_id=by.user_id,
    )
    _invite(survey, people)
    return survey


def keep_open_surveys() -> int:
    """Ask who booked or came into post, follow an event that moved, end what was called off.

    And ask afterwards where nobody has: two registers that closed in the same moment each took
    the other to be open still. Run by the worker. Returns how many surveys it looked at.
    """
    for before_id, event_id in asking_queries.list_never_asked_after(clock.now() - LASTS):
        closed = event_signals.who_attended(event_id)
        if closed is not None and closed.is_last:
            _ask_afterwards(closed, before_id)
    rows = asking_queries.list_open_before()
    for survey, event in rows:
        if not asking_queries.is_on(event):
            survey.closes_at = max(clock.now(), survey.opens_at + timedelta(seconds=1))
            continue
        survey.closes_at = max(event.starts_at, survey.opens_at + timedelta(seconds=1))
        if survey.closes_at > clock.now():
            _invite_booked(survey, event)
    waves = asking_queries.list_open_waves()
    for survey in waves:
        _ask_new_in_post(survey)
    db.session.flush()
    return len(rows) + len(waves)


def _ask_new_in_post(survey: Survey) -> None:
    """Ask a SENCO appointed since, or the deputy of a school that has none any more.

    Not for a school that has answered.
    """
    answered = asking_queries.list_schools_that_answered(survey.id)
    people = asking_queries.list_wave_people(survey.term_id or 0, clock.today())
    _invite(survey, [one for one in people if one.for_school_id not in answered])


def _ask_afterwards(closed: RegisterClosed, before_id: int) -> None:
    """Ask everybody who came to the event what they were asked before it.

    Two registers closing at once, or one and the worker, take turns at the survey before. An
    answer counts until 14 days after the event, so a register closed later asks nobody.
    """
    asking_queries.lock_survey(before_id)
    facts = asking_queries.get_session_facts(closed.session_id)
    named = [
        (one.person_id, [school_id for school_id, _role in one.schools]) for one in closed.attended
    ]
    day = clock.london_date(facts.starts_at)
    people = asking_queries.list_eligible(named, day, governors=facts.governors_count)
    _ask_about(facts, SurveyKind.AFTER, people, closed.by_user_id)


def _ask_about(
    facts: SessionFacts, kind: SurveyKind, people: Sequence[Asked], by_user_id: int | None
) -> None:
    """Ask these people, in the survey of that kind where there is one and it is open."""
    survey = facts.surveys.get(kind)
    is_own = kind is SurveyKind.END_OF_SESSION
    closes_at = (clock.now() if is_own else facts.ended_at) + LASTS
    if survey is None and people and closes_at > clock.now():
        survey = _make(
            kind,
            facts.title if is_own else f"After “{facts.title}”",
            f"session-{facts.session_id}" if is_own else _series(facts.event_id),
            closes_at=closes_at,
            event_id=facts.event_id,
            session_id=facts.session_id if is_own else None,
            by_user_id=by_user_id,
        )
    if survey is not None and survey.closed_at is None and survey.closes_at > clock.now():
        _invite(survey, people)


def _series(event_id: int) -> str:
    """Before and after an event are one series: their answers are matched."""
    return f"event-{event_id}"


def _invite_booked(survey: Survey, event: Event) -> None:
    booked = asking_queries.list_booked(event.id)
    _invite(
        survey,
        asking_queries.list_eligible(booked, clock.today(), governors=event.governors_count),
    )


def _make(
    kind: SurveyKind,
    title: str,
    series: str,
    *,
    closes_at: datetime,
    by_user_id: int | None,
    term_id: int | None = None,
    event_id: int | None = None,
    session_id: int | None = None,
) -> Survey:
    survey = Survey(
        kind=kind,
        title=title,
        series=series,
        term_id=term_id,
        event_id=event_id,
        session_id=session_id,
        opens_at=clock.now(),
        closes_at=closes_at,
        created_by_user_id=by_user_id,
        created_at=clock.now(),
    )
    db.session.add(survey)
    db.session.flush()
    for question_id, position in asking_queries.list_newest_questions(kind):
        db.session.add(
            SurveyQuestion(survey_id=survey.id, question_id=question_id, position=position)
        )
    audit.record("survey", survey.id, "opened", by=by_user_id, now={"kind": kind.value})
    db.session.flush()
    return survey


def _invite(survey: Survey, people: Sequence[Asked]) -> None:
    """Ask whom the survey has not asked yet: a row each, and a message to who has an address.

    Who chose to have none by email is asked on their home page alone.

    As many statements for three people as for thirty: a register is closing.
    """
    asked = asking_queries.list_asked(survey.id) if people else set()
    fresh = {new_token(): one for one in people if (one.person_id, one.for_school_id) not in asked}
    if not fresh:
        return
    rows = [_invitation(survey, one, token) for token, one in fresh.items()]
    db.session.execute(sa.insert(Invitation), rows)
    ids = asking_queries.find_ids([row["token_hash"] for row in rows])
    named = [
        {"invitation_id": ids[hash_token(token)], "school_id": school_id, "role": role}
        for token, one in fresh.items()
        for school_id, role in one.schools
    ]
    db.session.execute(sa.insert(InvitationSchool), named)
    wishes = find_wishes(Topic.SURVEYS, {one.person_id for one in fresh.values()})
    queue_messages(
        [
            (
                Recipient(one.email, one.name),
                ids[hash_token(token)],
                _context(survey, one, token, has_account=one.person_id in wishes),
            )
            for token, one in fresh.items()
            if one.email and wishes.get(one.person_id, True)
        ],
        kind="surveys/invited",
        thing="invitation",
    )


def _invitation(survey: Survey, one: Asked, token: str) -> dict[str, Any]:
    return {
        "survey_id": survey.id,
        "person_id": one.person_id,
        "for_school_id": one.for_school_id,
        "token_hash": hash_token(token),
        "invited_at": clock.now(),
    }


def _context(survey: Survey, one: Asked, token: str, *, has_account: bool) -> dict[str, Any]:
    """What the message says. The personal link leaves the outbox with it."""
    return {
        "title": survey.title,
        "survey_kind": survey.kind.value,
        "school": one.for_school,
        "closes_at": survey.closes_at.isoformat(),
        "can_stop": has_account,
        ONCE: {"path": f"/s/{token}"},
    }
