"""Taking away what hangs on a session that is not held after all."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.attendance import queries
from cop_site.attendance.check_in_models import CheckIn
from cop_site.attendance.models import Mark, MarkChange, MarkSchool, Register
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events.models import Session


def drop_register(session_id: int) -> None:
    """A register that says only who can't come goes with its session, and so do its codes.

    Raises DomainError where somebody has been marked otherwise meanwhile.
    """
    # Only locked, not read: the event stays as it is loaded.
    db.session.execute(sa.select(Session.id).where(Session.id == session_id).with_for_update())
    if queries.was_taken(session_id):
        raise DomainError("Somebody is marked on its register, so it stays.")
    registers = sa.select(Register.id).where(Register.session_id == session_id)
    marks = sa.select(Mark.id).where(Mark.register_id.in_(registers))
    for hanging in (
        sa.delete(MarkChange).where(MarkChange.mark_id.in_(marks)),
        sa.delete(MarkSchool).where(MarkSchool.mark_id.in_(marks)),
        sa.delete(Mark).where(Mark.register_id.in_(registers)),
        sa.delete(Register).where(Register.session_id == session_id),
        sa.delete(CheckIn).where(CheckIn.session_id == session_id),
    ):
        db.session.execute(hanging)
