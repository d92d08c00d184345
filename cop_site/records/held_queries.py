"""What certificates hold about a person. Their record itself is what registers say of them."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.db import db
from cop_site.held import HeldTable, Subject
from cop_site.records.models import PRINTED, Certificate


def list_held_about(subject: Subject) -> list[HeldTable]:
    rows = db.session.scalars(
        sa.select(Certificate)
        .where(Certificate.person_id.in_(subject.person_ids))
        .order_by(Certificate.id)
    )
    return [
        HeldTable(
            "certificates",
            "Certificates of what you attended, as they were printed.",
            ("Number", "Issued", "Replaced", *(name.capitalize() for name in PRINTED)),
            [
                (
                    *(row.shown_number, row.issued_at, row.replaced_at),
                    *(getattr(row, name) for name in PRINTED),
                )
                for row in rows
            ],
            ("certificate.person_id",),
        )
    ]
