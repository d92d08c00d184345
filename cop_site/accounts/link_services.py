"""Links that let somebody in once: to sign in, or to set a password."""

from __future__ import annotations

import secrets
from datetime import timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import (
    queries,
    services,
)
from cop_site.accounts.models import OneTimeLink, User
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.notifications.services import ONCE, Recipient, queue_message

MOST_IN_A_WHILE = 3
A_WHILE = timedelta(minutes=15)
RUN_OUT = "This link has been used or has run out. Ask for a new one."


class LinkPurpose(StrEnum):
    SIGN_IN = "sign_in"
    SET_PASSWORD = "set_password"  # noqa: S105 - the name of a purpose
    INVITATION = "invitation"
    ADDRESS_OLD = "address_old"
    ADDRESS_NEW = "address_new"


# How long a link lasts that somebody asked for by email.
LASTS = {LinkPurpose.SIGN_IN: timedelta(minutes=15), LinkPurpose.SET_PASSWORD: timedelta(hours=1)}
FIRST_PASSWORD_LASTS = timedelta(days=3)


def make_link(user_id: int, purpose: LinkPurpose, lasts: timedelta) -> str:
    """A token that may be used once, within ``lasts``. Only its hash is kept."""
    return add_link(user_id, purpose, lasts)[1]


def add_link(user_id: int, purpose: LinkPurpose, lasts: timedelta) -> tuple[OneTimeLink, str]:
    """As ``make_link``, with the row whose id a message may name."""
    values, token = new_link(user_id, purpose, lasts)
    link = OneTimeLink(**values)
    db.session.add(link)
    return link, token


def new_link(user_id: int, purpose: LinkPurpose, lasts: timedelta) -> tuple[dict[str, Any], str]:
    """The values of a row that is not written yet, for many at once, and the token."""
    token = secrets.token_urlsafe(32)
    values = {
        "user_id": user_id,
        "purpose": purpose.value,
        "token_hash": queries.hash_token(token),
        "expires_at": clock.now() + lasts,
    }
    return values, token


def send_link(email: str, purpose: LinkPurpose) -> None:
    """Mail a link to the account with this address, if there is one.

    Says nothing either way. At most 3 in 15 minutes: nobody's box is to be filled by others.
    """
    user = queries.find_user_by_email(email)
    if user is None or _count_recent(user.id, purpose) >= MOST_IN_A_WHILE:
        return
    link, token = add_link(user.id, purpose, LASTS[purpose])
    db.session.flush()
    queue_message(
        Recipient(user.email, queries.get_person(user.person_id).name),
        kind=f"accounts/{purpose.value}_link",
        thing="one_time_link",
        thing_id=link.id,
        context={ONCE: token},
    )


def _count_recent(user_id: int, purpose: LinkPurpose) -> int:
    query = sa.select(sa.func.count()).where(
        OneTimeLink.user_id == user_id,
        OneTimeLink.purpose == purpose,
        OneTimeLink.expires_at > clock.now() + LASTS[purpose] - A_WHILE,
    )
    return db.session.scalar(query) or 0


def check_link(token: str, purpose: LinkPurpose) -> int:
    """Whose link this is, as a user's id. Changes nothing: mail scanners open links too.

    Raises DomainError where it is unknown, used or has run out.
    """
    return _check(db.session.scalar(_link(token, purpose))).user_id


def _link(token: str, purpose: LinkPurpose) -> sa.Select[OneTimeLink]:
    return sa.select(OneTimeLink).where(
        OneTimeLink.token_hash == queries.hash_token(token), OneTimeLink.purpose == purpose
    )


def _check(link: OneTimeLink | None) -> OneTimeLink:
    if link is None or link.used_at is not None or link.expires_at <= clock.now():
        raise DomainError(RUN_OUT)
    return link


def use_link(token: str, purpose: LinkPurpose) -> User:
    """Use up a link, and with it every other of the account for that purpose.

    The account is locked before the link, as whoever makes its links worthless does.
    Raises DomainError where it is unknown, used or has run out, or the account is disabled.
    """
    user = services.lock_user(check_link(token, purpose))
    locked = _link(token, purpose).with_for_update().execution_options(populate_existing=True)
    _check(db.session.scalar(locked))
    if user.disabled_at is not None:
        raise DomainError(RUN_OUT)
    db.session.execute(
        sa.update(OneTimeLink)
        .where(
            OneTimeLink.user_id == user.id,
            OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None),
        )
        .values(used_at=clock.now())
    )
    return user


def set_password(token: str, password_hash: str) -> int:
    """Use up a "set password" link; every sign-in of the account ends. Returns the user's id.

    Raises DomainError where the link is unknown, used or has run out.
    """
    user = use_link(token, LinkPurpose.SET_PASSWORD)
    user.password_hash = password_hash
    user.password_changed_at = clock.now()
    services.end_sign_ins(user.id, why="password changed")
    services.use_up_links(user.id)
    audit.record("user", user.id, "password set", by=user.id)
    return user.id
