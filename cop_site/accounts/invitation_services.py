"""Inviting people: a person, their account and a link in one go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import (
    link_services,
    queries,
    role_queries,
    services,
)
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.link_services import A_WHILE, MOST_IN_A_WHILE, RUN_OUT, LinkPurpose
from cop_site.accounts.models import OneTimeLink, Person, User
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.notifications.models import OutboxMessage
from cop_site.notifications.services import ONCE, Recipient, queue_message
from cop_site.schools.queries import find_authority

LASTS = timedelta(days=14)
# A school invites its own people and no town; an administrator invites lists of everybody.
MOST_INVITED_A_DAY = 60
MOST_TO_ONE_A_DAY = 4
TOO_MANY = "You have invited as many people as you can today. Go on tomorrow."
TOO_OFTEN = "They had several messages today already. Try again tomorrow."
DISABLED = "This address belongs to an account that is closed. Ask an administrator to open it."


@dataclass(frozen=True)
class Newcomer:
    """Who is to come in: the name is used only where nobody has the address.

    ``is_other``: they are not whoever has this name at the school.
    """

    name: str
    email: str
    is_other: bool = False


def find_or_add(newcomer: Newcomer) -> User:
    """The account with this address, or a new one, for a new person where there is none.

    A person who is here keeps the name they have. Raises DomainError where the account is closed.
    """
    email = newcomer.email.lower()
    person = queries.find_person_by_email(email)
    if person is None:
        person = services.add_person(newcomer.name, email)
    user = db.session.scalar(sa.select(User).where(User.person_id == person.id))
    if user is None:
        return services.add_user(person, email, None)
    if user.disabled_at is not None:
        raise DomainError(DISABLED, field="email")
    return user


def invite(user: User, welcome: str, *, by: ActingUser, asked: str = "") -> None:
    """Mail a link that lets them in for the first time; earlier ones work no more.

    ``welcome`` says what they are here, like "SENCO at Elm Primary School from 1 September 2026".
    Who has been in already is told the same, with no link that opens anything. ``asked`` is what
    they asked to join, if they did: then it is the answer.
    """
    _check_limits(user.email, by)
    _mail(services.lock_user(user.id), welcome, by.name, asked)
    audit.record("user", user.id, "invited", by=by.user_id)


def _check_limits(email: str, by: ActingUser) -> None:
    """Nobody's box is filled by adding them and ending it again, and no town is written to.

    Raises DomainError past 60 invitations a day by anybody but an administrator, or 4 to one
    address.
    """
    since = clock.now() - timedelta(days=1)
    told = sa.select(sa.func.count(OutboxMessage.id)).where(
        OutboxMessage.recipient == email,
        OutboxMessage.thing == "one_time_link",
        OutboxMessage.kind.in_(("accounts/invitation", "accounts/role_given")),
        OutboxMessage.created_at > since,
    )
    if (db.session.scalar(told) or 0) >= MOST_TO_ONE_A_DAY:
        raise DomainError(TOO_OFTEN)
    if not by.has_role("administrator"):
        check_daily(by)


def check_daily(by: ActingUser, more: int = 1) -> None:
    """Raises DomainError where ``more`` invitations would be too many for one day."""
    invited = sa.select(sa.func.count(audit.Change.id)).where(
        audit.Change.by_user_id == by.user_id,
        audit.Change.thing == "user",
        audit.Change.verb == "invited",
        audit.Change.at > clock.now() - timedelta(days=1),
    )
    if (db.session.scalar(invited) or 0) + more > MOST_INVITED_A_DAY:
        raise DomainError(TOO_MANY)


def _mail(user: User, welcome: str, by_name: str, asked: str = "") -> None:
    person = db.session.get_one(Person, user.person_id)
    context = {"welcome": welcome, "by": by_name, "asked": asked}
    kind = "accounts/role_given"
    if user.first_in_at is None:
        kind = "accounts/invitation"
        services.use_up_links(user.id)
    link, token = link_services.add_link(user.id, LinkPurpose.INVITATION, LASTS)
    if user.first_in_at is None:
        context[ONCE] = token
    db.session.flush()
    queue_message(
        Recipient(user.email, person.name),
        kind=kind,
        thing="one_time_link",
        thing_id=link.id,
        context=context,
    )


def renew(token: str) -> None:
    """For an invitation that was used or ran out: mail a new one to the same account.

    Says nothing either way: whoever holds an old link learns nothing of the account. Only who
    has not been in yet and has a role gets one, at most 3 in 15 minutes.
    """
    user = _find_waiting(token)
    if user is None or _count_recent(user.id) >= MOST_IN_A_WHILE:
        return
    welcome = role_queries.say_roles(user.person_id)
    if not welcome:
        return
    authority = find_authority()
    _mail(user, welcome, authority.service_name if authority else "The inclusion service")
    audit.record("user", user.id, "invited again", by=user.id)


def _find_waiting(token: str) -> User | None:
    """Whose invitation it was, while they have not been in; None for anybody else."""
    return db.session.scalar(
        sa.select(User)
        .join(OneTimeLink, OneTimeLink.user_id == User.id)
        .where(
            OneTimeLink.token_hash == queries.hash_token(token),
            OneTimeLink.purpose == LinkPurpose.INVITATION,
            User.first_in_at.is_(None),
            User.disabled_at.is_(None),
        )
        .with_for_update(of=User)
    )


def _count_recent(user_id: int) -> int:
    query = sa.select(sa.func.count()).where(
        OneTimeLink.user_id == user_id,
        OneTimeLink.purpose == LinkPurpose.INVITATION,
        OneTimeLink.expires_at > clock.now() + LASTS - A_WHILE,
    )
    return db.session.scalar(query) or 0


def accept(token: str, password_hash: str | None) -> User:
    """Use an invitation up. With a hash, that becomes the password; without, links by email do.

    Raises DomainError where it is unknown, used or has run out, or they have been in already by
    another door: an invitation must not give an account in use another password.
    """
    user = link_services.use_link(token, LinkPurpose.INVITATION)
    if user.first_in_at is not None:
        raise DomainError(RUN_OUT)
    if password_hash is not None:
        user.password_hash = password_hash
        user.password_changed_at = clock.now()
    services.use_up_links(user.id)
    audit.record("user", user.id, "invitation accepted", by=user.id)
    return user
