"""Reads of minutes given and minutes planned, for figures and reports."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa

from cop_site.db import db
from cop_site.schools.cluster_queries import lasts_until
from cop_site.support.delivery_models import Delivered
from cop_site.support.models import Entry, EntryState, SupportPlan


def list_delivered(from_day: date, to_day: date) -> dict[int, Delivered]:
    """Minutes logged in these days, both inclusive, by cluster; a cluster without is left out.

    Entries that wait or were sent back count; drafts are no entries, and voided ones never count.
    """
    rows = db.session.execute(
        sa.select(
            Entry.cluster_id,
            sa.func.count(),
            sa.func.sum(Entry.contact_minutes),
            sa.func.sum(Entry.preparation_minutes),
            sa.func.sum(Entry.travel_minutes),
        )
        .where(Entry.day.between(from_day, to_day), Entry.state != EntryState.VOIDED)
        .group_by(Entry.cluster_id)
    )
    return {row[0]: Delivered(*(int(value) for value in row[1:])) for row in rows}


def list_plans(
    cluster_ids: Collection[int] | None = None, since: date | None = None
) -> list[SupportPlan]:
    """Plans of these clusters (all unless told) that hold on ``since`` or later, oldest first."""
    query = sa.select(SupportPlan).order_by(
        SupportPlan.cluster_id, SupportPlan.starts_on, SupportPlan.id
    )
    if cluster_ids is not None:
        query = query.where(SupportPlan.cluster_id.in_(cluster_ids))
    if since is not None:
        query = query.where(lasts_until(SupportPlan, since))
    return list(db.session.scalars(query))
