"""How long certificates are kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site.keeping import Ends, Kept
from cop_site.records.held_services import empty_certificates
from cop_site.records.models import Certificate


def _due(before: datetime) -> sa.Select[Any]:
    old = Certificate.issued_at < before
    return sa.select(Certificate.id).where(old, Certificate.emptied_at.is_(None))


KEPT = (
    Kept(
        key="certificates",
        what="Certificates of what somebody attended: name, school, event and hours",
        why="So that whoever is shown a certificate can check it",
        since="after it was issued, or when its holder is forgotten",
        ends=Ends.TEXT_REMOVED,
        lasts=timedelta(days=6 * 365),
        bounds=(3 * 365, 10 * 365),
        due=_due,
        end=empty_certificates,
        tables=("certificate",),
    ),
)
