"""Asking to join: somebody at a school who has no account yet."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop_site.accounts.models import SchoolRoleKind
from cop_site.db import Base, FreeText, enum_column
from cop_site.schools.models import School


class JoinState(StrEnum):
    """Unconfirmed until the address was shown to be theirs; then it waits for the school."""

    UNCONFIRMED = "unconfirmed"
    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"


class JoinRequest(Base):
    """Somebody asks to be let in for a school. They are nobody here until that is approved.

    ``token_hash`` is of the link that shows that the address is theirs, until it runs out.
    """

    __table_args__ = (
        sa.Index(
            "uq_join_request_open",
            "school_id",
            "email",
            unique=True,
            sqlite_where=sa.text("state IN ('unconfirmed', 'waiting')"),
            postgresql_where=sa.text("state IN ('unconfirmed', 'waiting')"),
        ),
        sa.Index("ix_join_request_school_state", "school_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    name: Mapped[str]
    email: Mapped[str] = mapped_column(sa.String(254))
    role: Mapped[SchoolRoleKind] = mapped_column(enum_column(SchoolRoleKind))
    state: Mapped[JoinState] = mapped_column(enum_column(JoinState))
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    expires_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    reason: Mapped[FreeText] = mapped_column(default="")

    school: Mapped[School] = relationship(lazy="raise")
