"""Reads of a register for paper."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.attendance.paper_models import Paper, build_paper
from cop_site.attendance.sheet_models import HeldSession, Sheet, opens_on
from cop_site.bookings.models import Booking
from cop_site.db import db
from cop_site.schools import cluster_queries


def get_paper(held: HeldSession, sheet: Sheet) -> Paper:
    """The sheet of paper of a register, with the clusters of the day. Two statements."""
    schools = {id_ for row in sheet.rows for id_ in row.school_ids}
    clusters = cluster_queries.clusters_of(schools, opens_on(held.session))
    bookings = (
        sa.select(Booking.id)
        .where(Booking.option_id == held.session.option_id)
        .order_by(Booking.id)
    )
    return build_paper(sheet, clusters, db.session.scalars(bookings))
