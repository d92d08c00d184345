"""Forgetting somebody whom surveys asked: that they were stays, their links open nothing."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.db import db
from cop_site.held import Eraser, Erasure
from cop_site.surveys.answer_models import Invitation
from cop_site.surveys.models import SurveyReader


def _erase(erasure: Erasure) -> None:
    """A hash of nothing in place of each link's, as the database wants them to differ."""
    own = erasure.subject.person_ids
    gone = sa.literal("removed-") + sa.cast(Invitation.id, sa.String)
    db.session.execute(
        sa.update(Invitation).where(Invitation.person_id.in_(own)).values(token_hash=gone)
    )
    db.session.execute(sa.delete(SurveyReader).where(SurveyReader.person_id.in_(own)))


ERASER = Eraser(
    covers=("invitation.person_id", "survey_reader.person_id"),
    erase=_erase,
)
