"""Files of the register that were sent and wait to be looked over."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cop_site.db import Base, FreeText, enum_column


class UploadKind(StrEnum):
    SCHOOLS = "schools"
    LINKS = "links"


class RegisterUpload(Base):
    """A file in the store, of one authority's schools or of links between schools.

    Gone once it is taken in or put away; the history of what was taken in is SchoolImport.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[UploadKind] = mapped_column(enum_column(UploadKind))
    file_name: Mapped[FreeText]
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    la_code: Mapped[str] = mapped_column(sa.String(3))
    by_user_id: Mapped[int | None]
    at: Mapped[datetime]
