"""Forgetting a person and their account. Their rows stay, as whatever counts hangs on them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts import services
from cop_site.accounts.account_models import (
    AddressChange,
    ErasureRequest,
    OutsideIdentity,
    UnwantedTopic,
)
from cop_site.accounts.models import (
    OneTimeLink,
    PartnerRole,
    Person,
    SchoolRole,
    SignIn,
    SignInGuess,
)
from cop_site.accounts.second_step_models import RecoveryCode, SecondStep
from cop_site.audit import Change
from cop_site.db import db
from cop_site.held import REMOVED_ADDRESS, REMOVED_NAME, Eraser, Erasure, Subject
from cop_site.notifications.models import OutboxMessage
from cop_site.notifications.services import forget_messages

# Nothing counts these, and only their owner had any use of them.
DELETED: tuple[Any, ...] = (
    *(SignIn, OneTimeLink, SecondStep, RecoveryCode, OutsideIdentity, UnwantedTopic),
    AddressChange,
)
# What the history of their own record says of them: taken out, or something else in its place.
SAID = {"name": REMOVED_NAME, "email": REMOVED_ADDRESS}
DROPPED = ("award", "would_mentor", "unwanted", "issuer")


def _erase(erasure: Erasure) -> None:
    subject, now = erasure.subject, clock.now()
    for user_id in sorted(subject.user_ids):
        user = services.lock_user(user_id)
        user.email = f"removed-{user_id}@removed.invalid"
        user.password_hash = user.password_changed_at = user.feed_hash = None
        user.disabled_at = user.disabled_at or now
    _forget_address_changes(subject)
    for kind in DELETED:
        db.session.execute(sa.delete(kind).where(kind.user_id.in_(subject.user_ids)))
    accounts = [services.name_account(address) for address in subject.addresses]
    db.session.execute(sa.delete(SignInGuess).where(SignInGuess.account.in_(accounts)))
    _end_roles(subject)
    _end_requests(subject, erasure.by_user_id)
    _clean_history(subject)
    db.session.execute(
        sa.update(Person)
        .where(Person.id.in_(subject.person_ids))
        .values(
            name=REMOVED_NAME,
            email=None,
            bounced_at=None,
            senco_award=None,
            would_mentor=False,
            erased_at=now,
        )
    )


def _forget_address_changes(subject: Subject) -> None:
    """The mail as well: it went to an address that is theirs only if they confirmed it."""
    asked = sa.select(AddressChange.id).where(AddressChange.user_id.in_(subject.user_ids))
    forget_messages(
        sa.and_(OutboxMessage.thing == "address_change", OutboxMessage.thing_id.in_(asked))
    )


def _end_roles(subject: Subject) -> None:
    """Yesterday was the last day: a nobody must not stand among the people of a school today."""
    today = clock.today()
    yesterday = today - timedelta(days=1)
    for kind in (SchoolRole, PartnerRole):
        own = kind.person_id.in_(subject.person_ids)
        db.session.execute(sa.delete(kind).where(own, kind.starts_on >= today))
        lasts = sa.or_(kind.ends_on.is_(None), kind.ends_on > yesterday)
        db.session.execute(sa.update(kind).where(own, lasts).values(ends_on=yesterday))


def _end_requests(subject: Subject, by_user_id: int | None) -> None:
    db.session.execute(
        sa.update(ErasureRequest)
        .where(ErasureRequest.user_id.in_(subject.user_ids), ErasureRequest.ended_at.is_(None))
        .values(ended_at=clock.now(), ended_by_user_id=by_user_id)
    )


def _clean_history(subject: Subject) -> None:
    """The one change ever made to the record of changes."""
    own = sa.or_(
        sa.and_(Change.thing == "person", Change.thing_id.in_(subject.person_ids)),
        sa.and_(Change.thing == "user", Change.thing_id.in_(subject.user_ids)),
    )
    for change in db.session.scalars(sa.select(Change).where(own)):
        change.was, change.now = _without(change.was), _without(change.now)


def _without(told: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in told.items() if key not in DROPPED}
    return {key: SAID.get(key, value) for key, value in kept.items()}


ERASER = Eraser(
    covers=(
        *("person.email", "user.email", "address_change.new_email", "erasure_request.user_id"),
        *("school_role.person_id", "partner_role.person_id"),
        *(f"{kind.__tablename__}.user_id" for kind in DELETED),
    ),
    erase=_erase,
)
