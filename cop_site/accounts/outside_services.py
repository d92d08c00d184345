"""Who somebody is here who was signed in by a provider outside."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import queries
from cop_site.accounts.account_models import OutsideIdentity
from cop_site.accounts.link_services import LinkPurpose
from cop_site.accounts.models import OneTimeLink, User
from cop_site.db import db
from cop_site.errors import DomainError

UNKNOWN = "Nobody here has the email address {email}."
UNCHECKED = "{provider} does not say that it has checked your email address."
CLOSED = "Your account here is closed."
OTHER = "Your account here goes with another account at {provider}."


def find_or_link(issuer: str, subject: str, email: str | None, *, provider: str) -> tuple[int, str]:
    """The account of who came in: its id and email address.

    First the account that this identity was linked to; else the open one with ``email``, which
    the provider has checked (None where it has not), and that is linked now. Nobody is made.
    Raises DomainError with a sentence for a page of its own.
    """
    user = _find_linked(issuer, subject) or _link(issuer, subject, email, provider)
    if user.disabled_at is not None:
        raise DomainError(CLOSED)
    _use_up_invitations(user.id)
    return user.id, user.email


def _find_linked(issuer: str, subject: str) -> User | None:
    return db.session.scalar(
        sa.select(User)
        .join(OutsideIdentity, OutsideIdentity.user_id == User.id)
        .where(OutsideIdentity.issuer == issuer, OutsideIdentity.subject == subject)
        .execution_options(populate_existing=True)
    )


def _link(issuer: str, subject: str, email: str | None, provider: str) -> User:
    """Match by address, once. An address that changed hands at the provider opens nothing."""
    if email is None:
        raise DomainError(UNCHECKED.format(provider=provider))
    found = queries.find_user_by_email(email)
    if found is None:
        raise DomainError(UNKNOWN.format(email=email))
    user = db.session.get_one(User, found.id, with_for_update=True, populate_existing=True)
    if user.email != email.lower():
        raise DomainError(UNKNOWN.format(email=email))
    of_issuer = sa.select(OutsideIdentity.subject).where(
        OutsideIdentity.user_id == user.id, OutsideIdentity.issuer == issuer
    )
    linked = db.session.scalar(of_issuer)
    if linked is not None and linked != subject:
        raise DomainError(OTHER.format(provider=provider))
    if linked is None and user.disabled_at is None:
        db.session.add(
            OutsideIdentity(user_id=user.id, issuer=issuer, subject=subject, linked_at=clock.now())
        )
        audit.record("user", user.id, "linked to a provider", by=user.id, now={"issuer": issuer})
        db.session.flush()
    return user


def _use_up_invitations(user_id: int) -> None:
    """They are in: the link that would let them in for the first time opens nothing more."""
    db.session.execute(
        sa.update(OneTimeLink)
        .where(
            OneTimeLink.user_id == user_id,
            OneTimeLink.purpose == LinkPurpose.INVITATION,
            OneTimeLink.used_at.is_(None),
        )
        .values(used_at=clock.now())
    )
