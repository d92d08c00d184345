"""What an erasure has still to do once it is committed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cop_site.db import Base


class ErasureStep(Base):
    """Texts that may still name somebody who is erased: those of a table, or what is no table's.

    ``words`` are their names and addresses. They are nowhere else any more, so that whoever ends
    what was cut short knows what to look for; the row goes as soon as the step is done.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    # A table's name, or "" for what erasers clean up by themselves.
    place: Mapped[str] = mapped_column(sa.String(40))
    words: Mapped[dict[str, Any]]
    began_at: Mapped[datetime]
