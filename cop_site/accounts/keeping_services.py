"""How long accounts keep what belongs to signing in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.account_models import AddressChange, ErasureRequest
from cop_site.accounts.models import (
    OneTimeLink,
    PartnerRole,
    Person,
    SchoolRole,
    ServiceRole,
    SignIn,
    SignInGuess,
)
from cop_site.db import db
from cop_site.keeping import Ends, Kept, delete_from
from cop_site.schools.cluster_queries import lasts_until

ROLES = (SchoolRole, ServiceRole, PartnerRole)


def _guesses(before: datetime) -> sa.Select[Any]:
    return sa.select(SignInGuess.id).where(SignInGuess.at < before)


def _sign_ins(before: datetime) -> sa.Select[Any]:
    """One that nobody ended ran out by itself."""
    ended = sa.func.coalesce(SignIn.ended_at, SignIn.expires_at)
    return sa.select(SignIn.id).where(ended < before)


def _links(before: datetime) -> sa.Select[Any]:
    return sa.select(OneTimeLink.id).where(OneTimeLink.expires_at < before)


def _address_changes(before: datetime) -> sa.Select[Any]:
    ended = sa.func.coalesce(AddressChange.ended_at, AddressChange.expires_at)
    return sa.select(AddressChange.id).where(ended < before)


def _erasure_requests(before: datetime) -> sa.Select[Any]:
    return sa.select(ErasureRequest.id).where(ErasureRequest.ended_at < before)


def _bounces(before: datetime) -> sa.Select[Any]:
    """Not of whoever has a role: it says that nobody is reached there."""
    today = clock.today()
    has_role = (
        sa.exists().where(row.person_id == Person.id, lasts_until(row, today)) for row in ROLES
    )
    return sa.select(Person.id).where(Person.bounced_at < before, sa.not_(sa.or_(*has_role)))


def _forget_bounces(ids: Sequence[Any]) -> None:
    db.session.execute(sa.update(Person).where(Person.id.in_(ids)).values(bounced_at=None))


KEPT = (
    Kept(
        key="guesses",
        what="Tries at passwords, codes and certificate numbers, with the network address they "
        "came from",
        why="To stop somebody from trying one after another",
        since="after the try",
        ends=Ends.DELETED,
        lasts=timedelta(days=1),
        due=_guesses,
        end=delete_from(SignInGuess),
        tables=("sign_in_guess",),
    ),
    Kept(
        key="sign_ins",
        what="Sign-ins: when, and on what device",
        why="So that people can see where they are signed in, and we can look into misuse",
        since="after the sign-in has ended",
        ends=Ends.DELETED,
        lasts=timedelta(days=90),
        bounds=(30, 365),
        due=_sign_ins,
        end=delete_from(SignIn),
        tables=("sign_in",),
    ),
    Kept(
        key="links",
        what="Links we mailed to sign in, to set a password, or to come in first",
        why="To say why an old link works no more, and to limit how many go to one address",
        since="after the link has run out",
        ends=Ends.DELETED,
        lasts=timedelta(days=90),
        bounds=(30, 365),
        due=_links,
        end=delete_from(OneTimeLink),
        tables=("one_time_link",),
    ),
    Kept(
        key="address_changes",
        what="Requests to change an email address",
        why="To help where an address was changed by mistake, or by somebody else",
        since="after the request has ended",
        ends=Ends.DELETED,
        lasts=timedelta(days=90),
        bounds=(30, 365),
        due=_address_changes,
        end=delete_from(AddressChange),
        tables=("address_change",),
    ),
    Kept(
        key="bounces",
        what="Notes that mail to somebody came back",
        why="To find out who may have left",
        since="after the mail came back, and as long as they have a role",
        ends=Ends.DELETED,
        lasts=timedelta(days=365),
        bounds=(30, 730),
        due=_bounces,
        end=_forget_bounces,
        tables=("person",),
    ),
    Kept(
        key="erasure_requests",
        what="Requests to be forgotten, once they are answered",
        why="To show that each was answered, and when",
        since="after the request was answered",
        ends=Ends.DELETED,
        lasts=timedelta(days=3 * 365),
        bounds=(365, 6 * 365),
        due=_erasure_requests,
        end=delete_from(ErasureRequest),
        tables=("erasure_request",),
    ),
)
