"""Forgetting somebody in the support log: entries stay, what they began and never sent goes."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.db import db
from cop_site.held import Eraser, Erasure
from cop_site.support.models import (
    EntryDraft,
)


def _erase(erasure: Erasure) -> None:
    own = EntryDraft.user_id.in_(erasure.subject.user_ids)
    db.session.execute(sa.delete(EntryDraft).where(own))


ERASER = Eraser(
    covers=("entry_draft.user_id",),
    erase=_erase,
)
