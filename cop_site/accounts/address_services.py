"""Changing one's email address: asked for by oneself, counted once both boxes have said yes."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import (
    address_queries,
    bounce_services,
    link_services,
    queries,
    role_services,
    services,
)
from cop_site.accounts.account_models import AddressChange
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.link_services import LinkPurpose
from cop_site.accounts.models import OneTimeLink, Person, User
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.notifications.services import ONCE, Recipient, queue_message

LASTS = timedelta(hours=24)
MOST_IN_A_WHILE = 3
A_WHILE = timedelta(minutes=15)
OWN = "This is your email address now"
TOO_OFTEN = "You have asked several times. Wait 15 minutes, then try again."
TAKEN = "That email address already belongs to somebody here."
BOXES = (LinkPurpose.ADDRESS_OLD, LinkPurpose.ADDRESS_NEW)


def ask(email: str, *, by: ActingUser) -> None:
    """Mail a link to the box of now and to the new one; an earlier change ends.

    Says nothing of whether somebody has the new address: then its owner is told that somebody
    tried, and the change runs out. At most 3 in 15 minutes: nobody's box is to be filled.
    Raises DomainError past that, or where it is the address of now.
    """
    user, email = _lock_user(by.user_id)[0], email.lower()
    if email == user.email:
        raise DomainError(OWN, field="email")
    now = clock.now()
    if address_queries.count_asked(user.id, since=now - A_WHILE) >= MOST_IN_A_WHILE:
        raise DomainError(TOO_OFTEN, field="email")
    _end_changes(user.id)
    change = AddressChange(user_id=user.id, new_email=email, asked_at=now, expires_at=now + LASTS)
    db.session.add(change)
    db.session.flush()
    audit.record("user", user.id, "address change asked", by=by.user_id, now={"email": email})
    _mail(change, user.email, by.name, LinkPurpose.ADDRESS_OLD)
    if address_queries.is_taken(email):
        _tell(change, email, "address_taken")
    else:
        _mail(change, email, "", LinkPurpose.ADDRESS_NEW)


def _lock_user(user_id: int) -> tuple[User, Person]:
    """First of all that is locked, the person before the account as everywhere."""
    person = role_services.lock_person(queries.get_user(user_id).person_id)
    user = db.session.get_one(User, user_id, with_for_update=True, populate_existing=True)
    return user, person


def _end_changes(user_id: int) -> None:
    """Those that wait, and the links of both their boxes."""
    now = clock.now()
    db.session.execute(
        sa.update(AddressChange)
        .where(AddressChange.user_id == user_id, AddressChange.ended_at.is_(None))
        .values(ended_at=now)
    )
    db.session.execute(
        sa.update(OneTimeLink)
        .where(
            OneTimeLink.user_id == user_id,
            OneTimeLink.purpose.in_(BOXES),
            OneTimeLink.used_at.is_(None),
        )
        .values(used_at=now)
    )


def _mail(change: AddressChange, to: str, name: str, purpose: LinkPurpose) -> None:
    """The new box may be a stranger's, mistyped: it is not told whose account this is."""
    token = link_services.make_link(change.user_id, purpose, LASTS)
    _tell(change, to, purpose.value, name, **{"email": change.new_email, ONCE: token})


def _tell(change: AddressChange, to: str, kind: str, name: str = "", **context: str) -> None:
    queue_message(
        Recipient(to, name),
        kind=f"accounts/{kind}",
        thing="address_change",
        thing_id=change.id,
        context=context,
    )


def confirm(token: str, *, keep: int | None) -> bool:
    """One box says yes. True once both have, whichever was first: then the address changes.

    Every sign-in ends but ``keep``, the one whose browser this is, where it is of this account.
    Raises DomainError where the link or the change ended, or somebody has the address by now.
    """
    user, person, change, purpose = _open(token)
    link_services.use_link(token, purpose)
    if purpose is LinkPurpose.ADDRESS_OLD:
        change.old_confirmed_at = clock.now()
    else:
        change.new_confirmed_at = clock.now()
    db.session.flush()
    if change.old_confirmed_at is None or change.new_confirmed_at is None:
        return False
    _complete(user, person, change, keep=keep)
    return True


def look(token: str) -> tuple[AddressChange, LinkPurpose]:
    """The change that a link is about, and whose box it went to. Changes nothing.

    Raises DomainError where the link or the change ended.
    """
    link = db.session.scalar(
        sa.select(OneTimeLink)
        .where(OneTimeLink.token_hash == queries.hash_token(token), OneTimeLink.purpose.in_(BOXES))
        .execution_options(populate_existing=True)
    )
    change = address_queries.find_open_change(link.user_id) if link else None
    if link is None or change is None or link.used_at is not None:
        raise DomainError(link_services.RUN_OUT)
    return change, LinkPurpose(link.purpose)


def _open(token: str) -> tuple[User, Person, AddressChange, LinkPurpose]:
    """The link's account and person, locked first, and the change as it is then."""
    user, person = _lock_user(look(token)[0].user_id)
    return user, person, *look(token)


def _complete(user: User, person: Person, change: AddressChange, *, keep: int | None) -> None:
    if address_queries.is_taken(change.new_email):
        raise DomainError(TAKEN)
    was, user.email, person.email = user.email, change.new_email, change.new_email
    db.session.flush()
    bounce_services.forget_bounce(person.id)
    services.end_sign_ins(user.id, why="address changed", but=keep)
    services.use_up_links(user.id)
    change.ended_at = clock.now()
    audit.record(
        "user",
        user.id,
        "address changed",
        by=user.id,
        was={"email": was},
        now={"email": user.email},
    )
    for address in (was, user.email):
        _tell(change, address, "address_changed", person.name, was=was, email=user.email)


def stop(token: str) -> None:
    """The old box says that this was not them: the change ends, and every sign-in.

    Raises DomainError where the link or the change ended, or the link is of the new box.
    """
    user, _person, _change, purpose = _open(token)
    if purpose is not LinkPurpose.ADDRESS_OLD:
        raise DomainError(link_services.RUN_OUT)
    link_services.use_link(token, purpose)
    _end_changes(user.id)
    services.end_sign_ins(user.id, why="address change stopped")
    services.use_up_links(user.id)
    audit.record("user", user.id, "address change stopped", by=user.id)
