"""Asking to join, showing that the address is one's own, and the school's answer.

Whoever asks is told the same whatever is known of the address: what is true goes to the address.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import (
    invitation_services,
    queries,
)
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.invitation_services import Newcomer
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError, refuse_constraint
from cop_site.notifications.models import OutboxMessage
from cop_site.notifications.services import ONCE, Recipient, queue_message
from cop_site.people import (
    join_queries,
    school_people_services,
)
from cop_site.people.joining_models import JoinRequest, JoinState
from cop_site.people.school_people_services import Part
from cop_site.schools.cluster_queries import lasts_until
from cop_site.schools.models import School

MOST_OPEN = 3
MOST_LINKS = 3
LINKS_WITHIN = timedelta(hours=1)
CONFIRM = "people/join_confirm"
MOST_WAITING = 50
LINK_LASTS = timedelta(days=7)
ASK_AGAIN_AFTER = timedelta(minutes=15)
RUN_OUT = "This link has run out, or the request was answered."
ENOUGH = "You have asked to join 3 schools already. Wait until one of them has answered."
FULL = "Many people have asked to join this school and wait for an answer. Ask the school itself."


@dataclass(frozen=True)
class Asking:
    """Who asks, as they say themselves."""

    name: str
    email: str
    role: SchoolRoleKind


def ask(school_id: int, asking: Asking) -> None:
    """Mail the address: a link to confirm the request, or what is the case already.

    Says nothing either way. At most 3 requests of an address may wait: only what it confirmed
    counts, so nobody else can use them up. At most 3 links an hour go to an address, and one in
    15 minutes for each school: nobody's box is to be filled by others.
    """
    email = asking.email.lower()
    school_people_services.one_address_at_a_time(email)
    school = db.session.get(School, school_id)
    if school is None or not school.status.is_open:
        raise NotFoundError("There is no such school.")
    person = queries.find_person_by_email(email)
    if person is not None and _is_of_school(person.id, school_id):
        to = Recipient(email, person.name)
        _tell_once_a_day(to, "people/join_known", school, {"school": school.name})
        return
    row = join_queries.find_open(school_id, email)
    if row is not None and row.state is JoinState.WAITING:
        to = Recipient(email, "")
        _tell_once_a_day(to, "people/join_waits", school, {"school": school.name})
    elif _may_have_link(row, email):
        row = row or _add(school_id, asking)
        _send_link(row, asking, school, has_account=_has_account(person))


def _is_of_school(person_id: int, school_id: int) -> bool:
    """They have a role at the school, or will."""
    query = sa.select(SchoolRole.id).where(
        SchoolRole.person_id == person_id,
        SchoolRole.school_id == school_id,
        lasts_until(SchoolRole, clock.today()),
    )
    return db.session.scalar(query.limit(1)) is not None


def _has_account(person: Person | None) -> bool:
    if person is None or person.email is None:
        return False
    return queries.find_user_by_email(person.email) is not None


def _add(school_id: int, asking: Asking) -> JoinRequest:
    row = JoinRequest(
        school_id=school_id,
        name=asking.name,
        email=asking.email.lower(),
        role=asking.role,
        state=JoinState.UNCONFIRMED,
        asked_at=clock.now(),
        expires_at=clock.now() + LINK_LASTS,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _may_have_link(row: JoinRequest | None, email: str) -> bool:
    """``row`` is what the address asked of this school and did not confirm, if anything."""
    if row is not None and clock.now() < row.expires_at - LINK_LASTS + ASK_AGAIN_AFTER:
        return False
    sent = sa.select(sa.func.count(OutboxMessage.id)).where(
        OutboxMessage.recipient == email,
        OutboxMessage.thing == "join_request",
        OutboxMessage.kind == CONFIRM,
        OutboxMessage.created_at > clock.now() - LINKS_WITHIN,
    )
    is_full = (db.session.scalar(sent) or 0) >= MOST_LINKS
    return not is_full and join_queries.count_waiting_of(email) < MOST_OPEN


def _send_link(row: JoinRequest, asking: Asking, school: School, *, has_account: bool) -> None:
    """A fresh link; what was typed last counts, for it is not confirmed yet.

    The message does not say the name that was typed: anybody may have typed anything.
    """
    token = secrets.token_urlsafe(32)
    row.name, row.role = asking.name, asking.role
    row.token_hash = queries.hash_token(token)
    row.expires_at = clock.now() + LINK_LASTS
    db.session.flush()
    queue_message(
        Recipient(row.email, ""),
        kind=CONFIRM,
        thing="join_request",
        thing_id=row.id,
        # As often as it is asked again, but never twice in one quarter of an hour.
        version=int(clock.now().timestamp() // 60) % 2**31,
        context={
            "school": school.name,
            "role": row.role.label,
            "has_account": has_account,
            ONCE: token,
        },
    )


def _tell_once_a_day(to: Recipient, kind: str, school: School, context: Mapping[str, str]) -> None:
    """One such message a day for a school and address, however often there is cause."""
    version = clock.today().toordinal()
    sent = sa.select(OutboxMessage.id).where(
        OutboxMessage.recipient == to.email,
        OutboxMessage.kind == kind,
        OutboxMessage.thing == "school",
        OutboxMessage.thing_id == school.id,
        OutboxMessage.version == version,
    )
    if db.session.scalar(sent.limit(1)) is None:
        queue_message(
            to,
            kind=kind,
            thing="school",
            thing_id=school.id,
            context=dict(context),
            version=version,
        )


def confirm(token: str) -> JoinRequest:
    """The address is theirs: now the request counts, and whoever is to answer it is told.

    Twice is harmless. Raises DomainError where the link is unknown, has run out or was answered,
    and where too many wait at the school, or of this address.
    """
    found = join_queries.find_by_token(token)
    if found is None:
        raise DomainError(RUN_OUT)
    # The school first, as everywhere: one mail a day to those who answer is counted under it.
    school = school_people_services.lock_school(found.school_id)
    school_people_services.one_address_at_a_time(found.email)
    row = _lock(found.id)
    if row.state is JoinState.WAITING:
        return row
    if row.state is not JoinState.UNCONFIRMED or row.expires_at <= clock.now():
        raise DomainError(RUN_OUT)
    if join_queries.count_waiting(school.id) >= MOST_WAITING:
        raise DomainError(FULL)
    if join_queries.count_waiting_of(row.email) >= MOST_OPEN:
        raise DomainError(ENOUGH)
    row.state = JoinState.WAITING
    row.asked_at = clock.now()
    audit.record("join_request", row.id, "confirmed", by=None, now={"school_id": school.id})
    db.session.flush()
    for email, name in join_queries.list_who_answers(school.id):
        told = {"school": school.name, "path": f"/schools/{school.id}/people"}
        _tell_once_a_day(Recipient(email, name), "people/join_to_answer", school, told)
    return row


def _lock(request_id: int) -> JoinRequest:
    return db.session.get_one(JoinRequest, request_id, with_for_update=True, populate_existing=True)


def approve(school_id: int, request_id: int, part: Part, *, by: ActingUser) -> SchoolRole:
    """Let them in: the role, their account and the invitation, in one.

    Raises DomainError where it was answered already, or as ``school_people_services.add_person``.
    """
    school_people_services.check_part(part)
    school = school_people_services.lock_school(school_id)
    row = _lock_waiting(school_id, request_id)
    school_people_services.one_address_at_a_time(row.email)
    user = invitation_services.find_or_add(Newcomer(row.name, row.email))
    role = _find_role(user.person_id, school_id, part.role)
    role = role or school_people_services.give_part(user, school, part, by=by, asked=True)
    _answer(row, JoinState.APPROVED, by=by)
    return role


def _find_role(person_id: int, school_id: int, role: SchoolRoleKind) -> SchoolRole | None:
    """The role, where somebody has given it to them meanwhile."""
    query = sa.select(SchoolRole).where(
        SchoolRole.person_id == person_id,
        SchoolRole.school_id == school_id,
        SchoolRole.role == role,
        lasts_until(SchoolRole, clock.today()),
    )
    return db.session.scalar(query.limit(1))


def decline(school_id: int, request_id: int, reason: str, *, by: ActingUser) -> None:
    """Say no, and why if the school wants to. Raises DomainError where it was answered already."""
    school = school_people_services.lock_school(school_id)
    row = _lock_waiting(school_id, request_id)
    row.reason = reason
    _answer(row, JoinState.DECLINED, by=by)
    queue_message(
        Recipient(row.email, row.name),
        kind="people/join_declined",
        thing="join_request",
        thing_id=row.id,
        context={"school": school.name, "reason": reason},
    )


def _lock_waiting(school_id: int, request_id: int) -> JoinRequest:
    row = _lock(join_queries.get_request(school_id, request_id).id)
    if row.state is JoinState.WAITING:
        return row
    said = "let in" if row.state is JoinState.APPROVED else "told no"
    name = queries.find_user_name(row.decided_by_user_id)
    who = f" by {name}" if name else ""
    raise DomainError(f"{row.name} was {said} already{who}.")


def _answer(row: JoinRequest, state: JoinState, *, by: ActingUser) -> None:
    row.state = state
    row.decided_at = clock.now()
    row.decided_by_user_id = by.user_id
    row.token_hash = None
    audit.record("join_request", row.id, state.value, by=by.user_id)
    db.session.flush()


refuse_constraint(
    "uq_join_request_open",
    "join_request.school_id, join_request.email",
    sentence="You have asked to join this school already.",
)
