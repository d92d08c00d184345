"""Reads of the roles people hold, held and will hold, of every sort."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import (
    PartnerRole,
    PartnerService,
    SchoolRole,
    SchoolRoleKind,
    ServiceRole,
    ServiceRoleKind,
    Standing,
    name_role,
)
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.schools.cluster_queries import lasts_until
from cop_site.schools.models import School

# Ids, or a statement that finds them.
People = Collection[int] | sa.Select[int]
Role = SchoolRole | ServiceRole | PartnerRole
# How far ahead a role may begin.
LATEST_START = timedelta(days=366)
SCHOOL, SERVICE, PARTNER = "school", "service", "partner"
TABLES: dict[str, Any] = {SCHOOL: SchoolRole, SERVICE: ServiceRole, PARTNER: PartnerRole}


@dataclass(frozen=True)
class RoleLine:
    """One role of a person, of whatever sort. ``place`` is a school or partner service, or ""."""

    source: str
    id: int
    person_id: int
    key: str
    standing: str
    place: str
    place_id: int | None
    starts_on: date
    ends_on: date | None

    @property
    def what(self) -> str:
        """Like "SENCO", "Acting SENCO" or "Partner from Virtual School"."""
        return say_role(self.source, self.key, self.standing, self.place)

    @property
    def words(self) -> str:
        """What and where, like "SENCO at Oak Primary"."""
        return f"{self.what} at {self.place}" if self.source == SCHOOL else self.what

    def holds_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or self.ends_on >= day)


def say_role(source: str, key: str, standing: str = "", place: str = "") -> str:
    """The name of a role, by its key in the database."""
    if source == PARTNER:
        return f"Partner from {place}"
    if source == SERVICE:
        return ServiceRoleKind(key).label
    return name_role(SchoolRoleKind(key), Standing(standing or Standing.SUBSTANTIVE))


def list_roles(person_ids: People, since: date | None = None) -> list[RoleLine]:
    """Every role of these people in one statement, the newest first, schools before others.

    With ``since`` those that hold on that day or later.
    """
    arms = [_arm(source, person_ids, since) for source in (SCHOOL, SERVICE, PARTNER)]
    rows = db.session.execute(sa.union_all(*arms)).all()
    order = (SCHOOL, SERVICE, PARTNER)
    lines = [RoleLine(*row) for row in rows]
    return sorted(lines, key=lambda one: (order.index(one.source), -one.starts_on.toordinal()))


def _arm(source: str, person_ids: People, since: date | None) -> sa.Select[Any]:
    row = TABLES[source]
    named: Any = {SCHOOL: School, PARTNER: PartnerService}.get(source)
    query = sa.select(
        sa.literal(source),
        row.id,
        row.person_id,
        sa.literal(PARTNER) if source == PARTNER else sa.cast(row.role, sa.Text),
        sa.cast(row.standing, sa.Text) if source == SCHOOL else sa.literal(""),
        named.name if named else sa.literal(""),
        named.id if named else sa.cast(sa.null(), sa.Integer),
        row.starts_on,
        row.ends_on,
    ).where(row.person_id.in_(person_ids))
    if source == SCHOOL:
        query = query.join(School, School.id == SchoolRole.school_id)
    elif source == PARTNER:
        query = query.join(PartnerService, PartnerService.id == PartnerRole.partner_service_id)
    return query if since is None else query.where(lasts_until(row, since))


def source_of(row: Role) -> str:
    return next(source for source, table in TABLES.items() if isinstance(row, table))


def get_role(source: str, person_id: int, role_id: int) -> Role:
    """A role of this very person, or NotFoundError."""
    table = TABLES[source]
    row: Role | None = db.session.scalar(
        sa.select(table).where(table.id == role_id, table.person_id == person_id)
    )
    if row is None:
        raise NotFoundError("There is no such role.")
    return row


def get_line(source: str, person_id: int, role_id: int) -> RoleLine:
    """The same as a line to read. NotFoundError also where it went meanwhile."""
    for line in list_roles([person_id]):
        if (line.source, line.id) == (source, role_id):
            return line
    raise NotFoundError("There is no such role.")


def say_roles(person_id: int) -> str:
    """What somebody is and will be, as an invitation says it; "" for nothing."""
    lines = list_roles([person_id], clock.today())
    return " and ".join(clock.say_from(line.words, line.starts_on) for line in lines)
