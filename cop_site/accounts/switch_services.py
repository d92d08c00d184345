"""Choosing the school to act for. It fills in and narrows; it gives nobody a right."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import SignIn
from cop_site.db import db


def choose_school(school_id: int | None, *, by: ActingUser) -> None:
    """Act for one of one's schools on this device, or for all of them (None).

    A school that is not theirs, or no longer is, changes nothing.
    """
    if school_id is not None and school_id not in by.schools:
        return
    db.session.execute(
        sa.update(SignIn).where(SignIn.id == by.sign_in_id).values(school_id=school_id)
    )
