"""How long files of the register wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site.keeping import Ends, Kept, delete_from
from cop_site.schools.upload_models import RegisterUpload


def _uploads(before: datetime) -> sa.Select[Any]:
    return sa.select(RegisterUpload.id).where(RegisterUpload.at < before)


KEPT = (
    Kept(
        key="register_uploads",
        what="Files of the register of schools that were sent and not taken in",
        why="So that an administrator can look them over",
        since="after the file was sent",
        ends=Ends.DELETED,
        lasts=timedelta(days=14),
        due=_uploads,
        # The sweep of the store takes the files that nothing names.
        end=delete_from(RegisterUpload),
        tables=("register_upload",),
    ),
)
