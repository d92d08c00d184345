"""What the authority says of itself: its names, and where people write to."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import sqlalchemy as sa

from cop_site import audit
from cop_site.db import db
from cop_site.errors import NotFoundError, refuse_stale
from cop_site.schools.models import Authority


@dataclass(frozen=True)
class AuthorityDetails:
    """``complaints`` says how to complain about how data is used."""

    name: str
    service_name: str
    contact_email: str
    data_protection_email: str
    complaints: str
    notice_confirmed: bool


def read_details(authority: Authority) -> AuthorityDetails:
    names = AuthorityDetails.__dataclass_fields__
    return AuthorityDetails(**{name: getattr(authority, name) for name in names})


def lock_authority() -> Authority | None:
    """The one row, as it is now. Whoever changes what there is one of for the site waits here."""
    return db.session.scalar(
        sa.select(Authority).with_for_update().execution_options(populate_existing=True)
    )


def change_authority(details: AuthorityDetails, *, seen: str, by: int) -> None:
    """The same again changes nothing. Raises StaleEditError where it was changed meanwhile."""
    authority = lock_authority()
    if authority is None:
        raise NotFoundError("This site is not set up yet.")
    was, now = asdict(read_details(authority)), asdict(details)
    refuse_stale(seen, was)
    changed = {name for name in was if was[name] != now[name]}
    for name in changed:
        setattr(authority, name, now[name])
    db.session.flush()
    if changed:
        before, after = ({name: of[name] for name in sorted(changed)} for of in (was, now))
        audit.record("authority", authority.id, "changed", by=by, was=before, now=after)
