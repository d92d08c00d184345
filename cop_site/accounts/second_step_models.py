"""The second step of signing in: a code from a phone, or a recovery code."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cop_site.db import Base


class SecondStep(Base):
    """An account's secret, encrypted, shared with an app on a phone. Asked for once confirmed.

    ``last_counter`` is the 30-second step of the last code taken: each code works once.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), unique=True)
    secret: Mapped[str]
    begun_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_counter: Mapped[int] = mapped_column(default=0)


class RecoveryCode(Base):
    """A code for the day the phone is gone. Only its hash is kept; it works once."""

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64))
    used_at: Mapped[datetime | None]
