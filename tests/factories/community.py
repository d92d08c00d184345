"""Notices for tests."""

from __future__ import annotations

from datetime import date, timedelta

from cop_site import clock
from cop_site.accounts.models import User
from cop_site.community.models import Notice
from cop_site.db import db
from cop_site.schools.cluster_models import Cluster


def make_notice(
    cluster: Cluster,
    by: User,
    title: str = "Bring one plan",
    *,
    text: str = "",
    shown_until: date | None = None,
    days_ago: int = 1,
) -> Notice:
    """A notice that shows for a week more unless told."""
    notice = Notice(
        cluster_id=cluster.id,
        person_id=by.person_id,
        title=title,
        text=text,
        shown_until=shown_until or clock.today() + timedelta(days=7),
        posted_at=clock.now() - timedelta(days=days_ago),
    )
    db.session.add(notice)
    db.session.flush()
    return notice
