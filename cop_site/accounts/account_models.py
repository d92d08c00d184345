"""What people decide about their own accounts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cop_site.db import Base


class AddressChange(Base):
    """Another email address for an account, which counts once both boxes have said yes."""

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    new_email: Mapped[str] = mapped_column(sa.String(254))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    old_confirmed_at: Mapped[datetime | None]
    new_confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Topic(StrEnum):
    """What somebody may choose not to get by email. All other mail is service mail."""

    SURVEYS = "surveys"
    NOTICES = "notices"
    INVITATIONS = "invitations"

    @property
    def label(self) -> str:
        return {
            "surveys": "Surveys: a few questions after a session, or once a term",
            "notices": "Notices: when something is posted for your cluster",
            "invitations": "Invitations: when the service suggests an event to you",
        }[self.value]


class UnwantedTopic(Base):
    """A kind of message that somebody chose not to get. Service mail is none of these."""

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(sa.String(40), primary_key=True)


class ErasureRequest(Base):
    """Somebody asks to be forgotten. It ends when they take it back or are erased."""

    __table_args__ = (
        sa.Index(
            "uq_erasure_request_open",
            "user_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))


class OutsideIdentity(Base):
    """An account at a provider of single sign-on, once it was matched to one here.

    From then on the provider's own name for it counts, not the email address, which may change
    hands.
    """

    __table_args__ = (sa.UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    issuer: Mapped[str] = mapped_column(sa.String(255))
    subject: Mapped[str] = mapped_column(sa.String(255))
    linked_at: Mapped[datetime]
