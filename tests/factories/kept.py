"""One thing of each kind that is kept for a time, made at a moment from which its time runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site.accounts.account_models import AddressChange, ErasureRequest
from cop_site.accounts.models import (
    OneTimeLink,
    PartnerService,
    Person,
    SchoolRoleKind,
    SignIn,
    SignInGuess,
)
from cop_site.attendance.check_in_models import CheckIn
from cop_site.attendance.models import MarkChange
from cop_site.audit import Change
from cop_site.bookings.need_models import BookingNeeds
from cop_site.db import db
from cop_site.follow_up.models import Invited
from cop_site.notifications.models import MessageState, OutboxMessage
from cop_site.people.erasure_models import ErasureStep
from cop_site.people.join_services import LINK_LASTS
from cop_site.people.joining_models import JoinRequest, JoinState
from cop_site.people.team_models import TeamContact
from cop_site.records.models import Certificate
from cop_site.schools.upload_models import RegisterUpload, UploadKind
from cop_site.support.keeping_services import GONE
from cop_site.support.models import Action, Entry, EntryRevision, EntryStep
from cop_site.surveys.answer_models import Answer
from cop_site.web.parking import ParkedForm
from tests.factories.community import make_notice
from tests.factories.events import make_booking, make_event, make_mark, make_register, session_of
from tests.factories.people import LONG_AGO, give_school_role, make_person, make_user
from tests.factories.records import make_certificate
from tests.factories.schools import make_cluster, make_school
from tests.factories.support import make_action, make_draft, make_entry
from tests.factories.surveys import make_response, make_survey

# Makes one thing whose time began at a moment. Says whether it is still whole.
Maker = Callable[[datetime], Callable[[], bool]]


def _row(row: Any) -> Callable[[], bool]:
    db.session.add(row)
    db.session.flush()
    table, id_ = type(row), row.id
    return lambda: bool(db.session.scalar(sa.select(sa.func.count()).where(table.id == id_)))


def _token(at: datetime) -> str:
    return at.isoformat()


def _sign_in(at: datetime) -> Callable[[], bool]:
    return _row(
        SignIn(
            user_id=make_user().id,
            token_hash=_token(at),
            started_at=at,
            last_seen_at=at,
            idle_minutes=60,
            expires_at=at,
        )
    )


def _link(at: datetime) -> Callable[[], bool]:
    link = OneTimeLink(
        user_id=make_user().id, purpose="sign_in", token_hash=_token(at), expires_at=at
    )
    return _row(link)


def _address_change(at: datetime) -> Callable[[], bool]:
    user_id = make_user().id
    return _row(AddressChange(user_id=user_id, new_email="a@b.example", asked_at=at, expires_at=at))


def _erasure_request(at: datetime) -> Callable[[], bool]:
    return _row(ErasureRequest(user_id=make_user().id, asked_at=at, ended_at=at))


def _bounce(at: datetime) -> Callable[[], bool]:
    person = make_person()
    person.bounced_at = at
    db.session.flush()
    return lambda: _person(person.id).bounced_at is not None


def _person(person_id: int) -> Person:
    return db.session.get_one(Person, person_id, populate_existing=True)


def _message(at: datetime) -> Callable[[], bool]:
    message = OutboxMessage(
        recipient="somebody@school.example",
        recipient_name="Somebody",
        thing="user",
        thing_id=1,
        kind=f"accounts/{at.isoformat()}",
        version=0,
        context={"words": "Somebody's"},
        state=MessageState.SENT,
        created_at=at,
        due_at=at,
        sent_at=at,
    )
    db.session.add(message)
    db.session.flush()

    def is_whole() -> bool:
        now = db.session.get_one(OutboxMessage, message.id, populate_existing=True)
        assert now.kind == message.kind
        told = (now.recipient.split("@")[0], now.recipient_name, now.context)
        assert told in (
            ("somebody", "Somebody", {"words": "Somebody's"}),
            (f"removed-{now.id}", "", {}),
        )
        return bool(now.context)

    return is_whole


def _join(at: datetime, **values: Any) -> Callable[[], bool]:
    values = {
        "school_id": make_school().id,
        "name": "Somebody",
        "email": "a@b.example",
        "role": SchoolRoleKind.TEACHER,
        "asked_at": at,
        "expires_at": at + LINK_LASTS,
        **values,
    }
    return _row(JoinRequest(**values))


def _upload(at: datetime) -> Callable[[], bool]:
    file = {"kind": UploadKind.SCHOOLS, "file_name": "a.csv", "sha256": "0" * 64}
    return _row(RegisterUpload(**file, la_code="999", at=at))


def _draft(at: datetime) -> Callable[[], bool]:
    draft = make_draft(make_user().id)
    draft.saved_at = at
    return _row(draft)


def _notice(at: datetime) -> Callable[[], bool]:
    notice = make_notice(make_cluster(), make_user(), "A notice")
    notice.shown_until = at.date()
    return _row(notice)


def _entry(at: datetime) -> Callable[[], bool]:
    entry = make_entry(make_cluster(), make_school(), day=at.date(), agreed="Agreed words")
    action = make_action(entry, school=make_school(), what="To do")
    db.session.flush()
    step = sa.update(EntryStep).where(EntryStep.entry_id == entry.id).values(comment="Words")
    words = {"agreed": "Words", "schools": {"1": "Own"}, "actions": [["Do", "2026-11-10"]]}
    gone = {"agreed": GONE, "schools": {"1": ""}, "actions": [[GONE, "2026-11-10"]]}
    revision = sa.update(EntryRevision).where(EntryRevision.entry_id == entry.id)
    for statement in (step, revision.values(content=words)):
        db.session.execute(statement)

    def is_whole() -> bool:
        db.session.expire_all()
        now = db.session.get_one(Entry, entry.id)
        content = db.session.scalar(
            sa.select(EntryRevision.content).where(EntryRevision.entry_id == entry.id)
        )
        comment = db.session.scalar(
            sa.select(EntryStep.comment).where(EntryStep.entry_id == entry.id)
        )
        what = db.session.get_one(Action, action.id).what
        texts = (now.agreed, comment, content, what)
        if texts == (GONE, "", gone, GONE):
            assert (now.contact_minutes, now.day) == (60, at.date())
            return False
        assert texts == ("Agreed words", "Words", words, "To do")
        return True

    return is_whole


def _survey_line(at: datetime) -> Callable[[], bool]:
    survey = make_survey(closed=True, closed_at=at)
    said = make_response(
        survey, {"reaction.comment": "Words", "reaction.confidence": "a_lot_more"}
    ).id

    def is_whole() -> bool:
        db.session.expire_all()
        query = sa.select(Answer.text, Answer.answer_key).where(Answer.response_id == said)
        rows = {tuple(row) for row in db.session.execute(query)}
        assert rows in ({("Words", ""), ("", "a_lot_more")}, {("", ""), ("", "a_lot_more")})
        return ("Words", "") in rows

    return is_whole


def _needs(at: datetime) -> Callable[[], bool]:
    event = make_event(at - timedelta(hours=2))
    booking = make_booking(event, make_person())
    return _row(BookingNeeds(booking_id=booking.id, access="Ramp", diet="", noted_at=at))


def _invited(at: datetime) -> Callable[[], bool]:
    """Weeks before the event whose end begins its time."""
    event, person = make_event(at - timedelta(hours=2)), make_person()
    invited_at = at - timedelta(days=60)
    return _row(Invited(event_id=event.id, person_id=person.id, invited_at=invited_at))


def _change(at: datetime) -> Callable[[], bool]:
    return _row(Change(at=at, by_user_id=1, thing="event", thing_id=1, verb="x", was={}, now={}))


def _mark_change(at: datetime) -> Callable[[], bool]:
    register = make_register(session_of(make_event(at)))
    mark = make_mark(register, make_person(), make_school())
    change = db.session.query(MarkChange).filter_by(mark_id=mark.id).one()
    change.at, change.by_user_id, change.reason = at, 7, "Words"

    def is_whole() -> bool:
        db.session.expire_all()
        row = db.session.get_one(MarkChange, change.id)
        assert (row.now, row.at) == ("in_person", at)
        assert (row.by_user_id, row.reason) in ((7, "Words"), (None, ""))
        return row.by_user_id is not None

    return is_whole


def _certificate(at: datetime) -> Callable[[], bool]:
    row = make_certificate(make_event(at), make_person("Somebody"), issued_at=at)

    def is_whole() -> bool:
        now = db.session.get_one(Certificate, row.id, populate_existing=True)
        told = (now.person_id is None, now.holder, now.title, now.emptied_at is None)
        assert now.number == row.number
        assert told in ((False, "Somebody", "An event", True), (True, "", "", False))
        return now.emptied_at is None

    return is_whole


def _check_in_code(at: datetime) -> Callable[[], bool]:
    """Made weeks before the session whose end begins its time."""
    session = session_of(make_event(at - timedelta(hours=2)))
    made_at = at - timedelta(days=60)
    return _row(
        CheckIn(session_id=session.id, code=f"{session.id:06}", made_at=made_at, made_by_user_id=1)
    )


def _left(at: datetime) -> Callable[[], bool]:
    """Their last role ended on that day."""
    person = make_person("Somebody Gone", f"{at.timestamp()}@school.example")
    person.created_at = at - timedelta(days=1)
    give_school_role(person, make_school(), ends_on=at.date())

    def is_whole() -> bool:
        db.session.expire_all()
        return _person(person.id).name == "Somebody Gone"

    return is_whole


def _erasure(at: datetime) -> Callable[[], bool]:
    words: dict[str, list[str]] = {"names": [], "addresses": [], "unclear": []}
    person = make_person()
    return _row(ErasureStep(person_id=person.id, place="notice", words=words, began_at=at))


def _guess(at: datetime) -> Callable[[], bool]:
    return _row(SignInGuess(account="a", device="", address="10.0.0.1", at=at))


def _unconfirmed(at: datetime) -> Callable[[], bool]:
    return _join(at, state=JoinState.UNCONFIRMED)


def _waiting(at: datetime) -> Callable[[], bool]:
    return _join(at, state=JoinState.WAITING)


def _answered(at: datetime) -> Callable[[], bool]:
    return _join(at, state=JoinState.DECLINED, decided_at=at)


def _parked(at: datetime) -> Callable[[], bool]:
    return _row(ParkedForm(key=_token(at), user_id=1, path="/", fields={}, parked_at=at))


def _contact(at: datetime) -> Callable[[], bool]:
    service = PartnerService(name=f"Partner {at}")
    db.session.add(service)
    db.session.flush()
    values = {"name": "Somebody", "phone": "", "email": "", "how": "", "starts_on": LONG_AGO}
    place = {"partner_service_id": service.id, "school_id": make_school().id}
    return _row(TeamContact(**values, **place, ends_on=at.date()))


MAKERS: dict[str, Maker] = {
    "booking_needs": _needs,
    "invited": _invited,
    "guesses": _guess,
    "sign_ins": _sign_in,
    "links": _link,
    "address_changes": _address_change,
    "bounces": _bounce,
    "erasure_requests": _erasure_request,
    "erasures": _erasure,
    "messages": _message,
    "join_unconfirmed": _unconfirmed,
    "join_waiting": _waiting,
    "join_answered": _answered,
    "team_contacts": _contact,
    "register_uploads": _upload,
    "support_drafts": _draft,
    "support_texts": _entry,
    "survey_texts": _survey_line,
    "notices": _notice,
    "changes": _change,
    "register_history": _mark_change,
    "certificates": _certificate,
    "check_in_codes": _check_in_code,
    "left": _left,
    "parked_forms": _parked,
}
