"""Whether mail is still for somebody."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.accounts.models import Person, User
from cop_site.db import db

# Whoever gets these need not be here: they ask to be, were, or may be somebody else's mistake.
TO_ANYBODY = {
    *(f"people/{name}" for name in ("join_confirm", "join_declined", "join_waits", "erased")),
    *(f"accounts/address_{name}" for name in ("changed", "corrected", "new", "old", "taken")),
}


def has_no_reader(kind: str, address: str) -> bool:
    """Whether nobody has the address any more, of a message that only people here get."""
    if kind in TO_ANYBODY:
        return False
    has_it = sa.or_(
        sa.exists().where(Person.email == address.lower()),
        sa.exists().where(User.email == address.lower()),
    )
    return not db.session.scalar(sa.select(has_it))
