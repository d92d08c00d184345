"""Drafts: a form as somebody has typed it, right or wrong. Theirs alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import User
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.support import queries
from cop_site.support.models import EntryDraft

DRAFTS_KEPT = timedelta(days=30)


def save_draft(
    key: str, fields: Mapping[str, Sequence[str]], *, by: ActingUser
) -> EntryDraft | None:
    """Keep what is typed so far. None where the form has been sent meanwhile.

    Raises NotFoundError for a key that is somebody else's.
    """
    db.session.execute(sa.select(User.id).where(User.id == by.user_id).with_for_update())
    sent = queries.find_entry_by_key(key)
    if sent is not None:
        if sent.created_by_user_id != by.user_id:
            raise NotFoundError("There is no such draft.")
        return None
    draft = db.session.scalar(
        sa.select(EntryDraft).where(EntryDraft.key == key).execution_options(populate_existing=True)
    )
    if draft is None:
        draft = EntryDraft(key=key, user_id=by.user_id)
        db.session.add(draft)
    elif draft.user_id != by.user_id:
        raise NotFoundError("There is no such draft.")
    draft.fields = {name: list(values) for name, values in fields.items()}
    draft.saved_at = clock.now()
    db.session.flush()
    return draft


def delete_draft(key: str, *, by: ActingUser) -> None:
    """Throw a draft of one's own away. Deleting twice is harmless."""
    db.session.execute(
        sa.delete(EntryDraft).where(EntryDraft.key == key, EntryDraft.user_id == by.user_id)
    )
