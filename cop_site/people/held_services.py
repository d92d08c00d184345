"""Forgetting what somebody asked before they were in, whom they mentored from tomorrow on, and
that a partner service named them."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.held import Eraser, Erasure
from cop_site.people import erasure_plan_queries
from cop_site.people.joining_models import JoinRequest, JoinState
from cop_site.people.mentoring_models import Mentorship
from cop_site.people.team_models import TeamContact
from cop_site.schools.cluster_queries import lasts_until

ONE_DAY = timedelta(days=1)
OPEN = (JoinState.UNCONFIRMED, JoinState.WAITING)


def _erase(erasure: Erasure) -> None:
    """Answered requests keep school, role and day; nobody is left to answer an open one to."""
    own = sa.func.lower(JoinRequest.email).in_(erasure.subject.addresses)
    db.session.execute(sa.delete(JoinRequest).where(own, JoinRequest.state.in_(OPEN)))
    db.session.execute(
        sa.update(JoinRequest).where(own).values(name="", email="", reason="", token_hash=None)
    )
    _end_mentoring(erasure.subject.person_ids)
    _forget_contact(erasure)


def _end_mentoring(person_ids: frozenset[int]) -> None:
    today = clock.today()
    own = sa.or_(Mentorship.mentor_id.in_(person_ids), Mentorship.mentee_id.in_(person_ids))
    db.session.execute(sa.delete(Mentorship).where(own, Mentorship.starts_on > today))
    lasts = sa.or_(Mentorship.ends_on.is_(None), Mentorship.ends_on > today)
    db.session.execute(sa.update(Mentorship).where(own, lasts).values(ends_on=today))


def _forget_contact(erasure: Erasure) -> None:
    """That a service had somebody stays, and until when. Who it was and how to reach them go."""
    today = clock.today()
    named = erasure_plan_queries.list_contacts_named(erasure.wording.names)
    own = sa.or_(
        TeamContact.person_id.in_(erasure.subject.person_ids),
        sa.func.lower(TeamContact.email).in_(erasure.subject.addresses),
        TeamContact.id.in_(named),
    )
    db.session.execute(sa.delete(TeamContact).where(own, TeamContact.starts_on >= today))
    lasts = lasts_until(TeamContact, today)
    db.session.execute(sa.update(TeamContact).where(own, lasts).values(ends_on=today - ONE_DAY))
    blank = dict.fromkeys(("name", "phone", "email", "how"), "")
    db.session.execute(sa.update(TeamContact).where(own).values(person_id=None, **blank))


ERASER = Eraser(
    covers=(
        *("join_request.email", "mentorship.mentor_id", "mentorship.mentee_id"),
        *("team_contact.person_id", "team_contact.email"),
    ),
    erase=_erase,
)
