"""Team Around the School: whom each partner service names for a school."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop_site.accounts.models import PartnerService, Person
from cop_site.db import Base, FreeText
from cop_site.errors import refuse_constraint
from cop_site.schools.cluster_models import Cluster


def _one_open(place: str) -> sa.Index:
    where = sa.text(f"ends_on IS NULL AND {place}_id IS NOT NULL")
    return sa.Index(
        f"uq_team_contact_{place}",
        "partner_service_id",
        f"{place}_id",
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


class TeamContact(Base):
    """Whom a partner service names, from day to day, for a school or for a cluster's schools.

    One for a school goes before one for its cluster. ``person_id`` where it is somebody who is
    of the service here: then name and address are theirs, and it holds only while they are of
    it. ``name`` is of anybody else. ``phone`` is as it was typed.
    """

    __table_args__ = (
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="forwards"),
        sa.CheckConstraint("(school_id IS NULL) <> (cluster_id IS NULL)", name="one_place"),
        sa.Index("ix_team_contact_school", "school_id", "starts_on"),
        sa.Index("ix_team_contact_cluster", "cluster_id", "starts_on"),
        _one_open("school"),
        _one_open("cluster"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    partner_service_id: Mapped[int] = mapped_column(sa.ForeignKey("partner_service.id"))
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"))
    cluster_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cluster.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    name: Mapped[FreeText]
    phone: Mapped[str] = mapped_column(sa.String(40))
    email: Mapped[str] = mapped_column(sa.String(254))
    how: Mapped[FreeText]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    partner_service: Mapped[PartnerService] = relationship(lazy="raise")
    person: Mapped[Person | None] = relationship(lazy="raise")
    cluster: Mapped[Cluster | None] = relationship(lazy="raise")


refuse_constraint(
    "uq_team_contact_school",
    "uq_team_contact_cluster",
    "team_contact.partner_service_id",
    sentence="Somebody else named a contact for this service just now. Look again.",
)
