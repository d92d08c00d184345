"""What clusters' pages hold about a person."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.community.models import Notice
from cop_site.db import db
from cop_site.held import HeldTable, Subject
from cop_site.schools.cluster_models import Cluster


def list_held_about(subject: Subject) -> list[HeldTable]:
    rows = db.session.execute(
        sa.select(Notice, Cluster.name)
        .join(Cluster, Cluster.id == Notice.cluster_id)
        .where(Notice.person_id.in_(subject.person_ids))
        .order_by(Notice.id)
    )
    return [
        HeldTable(
            "notices",
            "Notices that you posted.",
            ("Cluster", "Title", "Text", "Posted", "Shown until", "Taken down"),
            [
                (
                    *(cluster, row.title, row.text, row.posted_at, row.shown_until),
                    row.removed_at,
                )
                for row, cluster in rows
            ],
            ("notice.person_id",),
            own_words=("Title", "Text"),
        )
    ]
