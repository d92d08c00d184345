"""Forgetting what somebody asked before they were in, and whom they mentored from tomorrow on."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.held import Eraser, Erasure
from cop_site.people.joining_models import JoinRequest, JoinState
from cop_site.people.mentoring_models import Mentorship

OPEN = (JoinState.UNCONFIRMED, JoinState.WAITING)


def _erase(erasure: Erasure) -> None:
    """Answered requests keep school, role and day; nobody is left to answer an open one to."""
    own = sa.func.lower(JoinRequest.email).in_(erasure.subject.addresses)
    db.session.execute(sa.delete(JoinRequest).where(own, JoinRequest.state.in_(OPEN)))
    db.session.execute(
        sa.update(JoinRequest).where(own).values(name="", email="", reason="", token_hash=None)
    )
    _end_mentoring(erasure.subject.person_ids)


def _end_mentoring(person_ids: frozenset[int]) -> None:
    today = clock.today()
    own = sa.or_(Mentorship.mentor_id.in_(person_ids), Mentorship.mentee_id.in_(person_ids))
    db.session.execute(sa.delete(Mentorship).where(own, Mentorship.starts_on > today))
    lasts = sa.or_(Mentorship.ends_on.is_(None), Mentorship.ends_on > today)
    db.session.execute(sa.update(Mentorship).where(own, lasts).values(ends_on=today))


ERASER = Eraser(
    covers=("join_request.email", "mentorship.mentor_id", "mentorship.mentee_id"),
    texts=(JoinRequest.reason,),
    erase=_erase,
)
