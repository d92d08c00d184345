"""Whom an event is for, and what it is about."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cop_site.db import Base, enum_column


class TagFacet(StrEnum):
    """What events are tagged by. The values of each are data."""

    PHASE = "phase"
    ROLE = "role"
    NEW = "new"
    TOPIC = "topic"
    LEVEL = "level"
    OUTCOME = "outcome"
    PRIORITY = "priority"

    @property
    def label(self) -> str:
        return {
            "phase": "For phases",
            "role": "For",
            "new": "Especially for",
            "topic": "About",
            "level": "Level",
            "outcome": "Outcomes",
            "priority": "Priorities",
        }[self.value]

    @property
    def one(self) -> str:
        """What one of its values is called."""
        return self.value.capitalize()

    @property
    def many(self) -> str:
        """What its values are called together."""
        return "Priorities" if self is TagFacet.PRIORITY else f"{self.one}s"


# Of these a person fits or does not; the others only say what an event is about.
AUDIENCE = (TagFacet.PHASE, TagFacet.ROLE, TagFacet.NEW)
ABOUT = tuple(facet for facet in TagFacet if facet not in AUDIENCE)


class EventTagValue(Base):
    """One value of a facet, as data. A retired one is not offered.

    ``matches``: the phases of the register, or the roles at a school, that it means, each between
    bars as in "|senco|deputy_senco|".
    """

    key: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    facet: Mapped[TagFacet] = mapped_column(enum_column(TagFacet))
    name: Mapped[str]
    matches: Mapped[str] = mapped_column(default="")
    position: Mapped[int]
    is_retired: Mapped[bool] = mapped_column(default=False)


class EventTag(Base):
    """A value that an event has."""

    __table_args__ = (sa.Index("ix_event_tag_value", "tag_key", "event_id"),)

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), primary_key=True)
    tag_key: Mapped[str] = mapped_column(sa.ForeignKey("event_tag_value.key"), primary_key=True)
