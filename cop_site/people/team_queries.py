"""Reads of Team Around the School: each partner service with whom it names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from cop_site import clock
from cop_site.accounts.models import PartnerRole, PartnerService, Person
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.people.team_models import TeamContact
from cop_site.schools.cluster_models import Cluster, ClusterKind, ClusterMembership
from cop_site.schools.cluster_queries import holds_on, lasts_until
from cop_site.schools.models import School


@dataclass(frozen=True)
class Contact:
    """Whom a service names, for a school or a cluster (``place``).

    ``starts_on``: the day named, or the later one on which they begin at the service.
    """

    id: int
    name: str
    phone: str
    email: str
    how: str
    starts_on: date
    ends_on: date | None
    is_for_school: bool
    place: str

    @property
    def dialled(self) -> str:
        """The number as a telephone takes it: what comes after an extension is left out."""
        number = self.phone.lower().partition("x")[0]
        if number.lstrip().startswith("+"):
            # The nought in "+44 (0)161" is for whoever dials inside the country.
            number = number.replace("(0)", "")
        return "".join(sign for sign in number if sign.isdigit() or sign == "+")

    @property
    def is_ahead(self) -> bool:
        """Named from a day that is still to come."""
        return self.starts_on > clock.today()


class TeamLine(NamedTuple):
    """A partner service and whom it names, the first before the others; [] for nobody."""

    partner_id: int
    service: str
    contacts: list[Contact]


def list_school_team(school_id: int, *, and_later: bool = False) -> list[TeamLine]:
    """Every partner service with whom it names today for a school, in one statement.

    The school's own contact comes first, then its exclusive cluster's, then other clusters'.
    Somebody is a contact only while they are of the service. ``and_later``: whom it names from a
    later day as well.
    """
    today, holds = clock.today(), lasts_until if and_later else holds_on
    clusters = sa.select(ClusterMembership.cluster_id).where(
        ClusterMembership.school_id == school_id, holds_on(ClusterMembership, today)
    )
    standing = sa.and_(
        holds(TeamContact, today),
        sa.or_(TeamContact.school_id == school_id, TeamContact.cluster_id.in_(clusters)),
        _is_of_service(holds(PartnerRole, today)),
    )
    return _fold(db.session.execute(_lines(standing)))


def list_cluster_team(cluster_id: int) -> list[TeamLine]:
    """Every partner service with whom it names for a cluster, now or later, in one statement.

    After the cluster's own come those of its schools of today that have one of their own.
    """
    today = clock.today()
    schools = sa.select(ClusterMembership.school_id).where(
        ClusterMembership.cluster_id == cluster_id, holds_on(ClusterMembership, today)
    )
    standing = sa.and_(
        lasts_until(TeamContact, today),
        sa.or_(TeamContact.cluster_id == cluster_id, TeamContact.school_id.in_(schools)),
        _is_of_service(lasts_until(PartnerRole, today)),
    )
    return _fold(
        db.session.execute(_lines(standing, TeamContact.cluster_id.is_(None), School.name))
    )


OF_SERVICE = (
    PartnerRole.person_id == TeamContact.person_id,
    PartnerRole.partner_service_id == TeamContact.partner_service_id,
)


def _is_of_service(holds: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    role = sa.exists().where(*OF_SERVICE, holds)
    return sa.or_(TeamContact.person_id.is_(None), role)


def _lines(standing: sa.ColumnElement[bool], *order: Any) -> sa.Select[*tuple[Any, ...]]:
    begins = sa.select(sa.func.min(PartnerRole.starts_on)).where(
        *OF_SERVICE, lasts_until(PartnerRole, clock.today())
    )
    return (
        sa.select(PartnerService.id, PartnerService.name, TeamContact, begins.scalar_subquery())
        .add_columns(Person, School.name, Cluster.name)
        .select_from(PartnerService)
        .outerjoin(
            TeamContact,
            sa.and_(TeamContact.partner_service_id == PartnerService.id, standing),
        )
        .outerjoin(Person, Person.id == TeamContact.person_id)
        .outerjoin(School, School.id == TeamContact.school_id)
        .outerjoin(Cluster, Cluster.id == TeamContact.cluster_id)
        .outerjoin(ClusterKind, ClusterKind.key == Cluster.kind_key)
        .order_by(PartnerService.name, PartnerService.id, *order)
        .order_by(TeamContact.school_id.is_(None), ClusterKind.exclusive.desc(), Cluster.name)
        .order_by(TeamContact.starts_on, TeamContact.id)
    )


def _fold(rows: Iterable[Any]) -> list[TeamLine]:
    found: dict[int, TeamLine] = {}
    for partner_id, service, row, begins, person, school, cluster in rows:
        line = found.setdefault(partner_id, TeamLine(partner_id, service, []))
        if row is not None:
            line.contacts.append(
                Contact(
                    row.id,
                    person.name if person else row.name,
                    row.phone,
                    row.email or (person.email if person else None) or "",
                    row.how,
                    max(row.starts_on, begins or row.starts_on),
                    row.ends_on,
                    is_for_school=school is not None,
                    place=school or cluster,
                )
            )
    return list(found.values())


def get_contact(contact_id: int) -> TeamContact:
    """A contact with its service and its cluster loaded, or NotFoundError."""
    row = db.session.scalar(
        sa.select(TeamContact)
        .where(TeamContact.id == contact_id)
        .options(
            joinedload(TeamContact.partner_service),
            joinedload(TeamContact.cluster),
        )
    )
    if row is None:
        raise NotFoundError("There is no such contact.")
    return row


def list_people_of(partner_id: int) -> list[tuple[int, str]]:
    """Id and name of everyone who is of a partner service, now or later, by name."""
    rows = db.session.execute(
        sa.select(Person.id, Person.name)
        .join(PartnerRole, PartnerRole.person_id == Person.id)
        .where(
            PartnerRole.partner_service_id == partner_id,
            lasts_until(PartnerRole, clock.today()),
            Person.merged_into_id.is_(None),
        )
        .order_by(Person.name, Person.id)
        .distinct()
    )
    return [(person_id, name) for person_id, name in rows]
