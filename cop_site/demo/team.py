"""Team Around the School, cover for an EP, and who was in a partnership, in the demonstration."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from cop_site.accounts.models import Assignment, PartnerRole, PartnerService
from cop_site.db import db
from cop_site.demo.borough import Borough
from cop_site.people.team_models import TeamContact
from cop_site.schools.cluster_models import Cluster, ClusterMembership
from cop_site.schools.models import School

# The last one names nobody yet: the service sees that, and schools do not.
NAMING = 2
HOURS = ("Mornings in term time", "Any weekday until 4:30pm")


def add_team(borough: Borough, today: date) -> None:
    """Only adds contacts and dates that no figure rests on."""
    services = list(db.session.scalars(sa.select(PartnerService).order_by(PartnerService.id)))
    for number, service in enumerate(services[:NAMING]):
        _name_contacts(borough, service, number)
    _cover(borough.clusters[2], borough, today)
    _leave(borough, today)


def _name_contacts(borough: Borough, service: PartnerService, number: int) -> None:
    """The officer who has an account for the first cluster, somebody outside for the others."""
    officer = db.session.scalar(
        sa.select(PartnerRole.person_id).where(PartnerRole.partner_service_id == service.id)
    )
    for place, cluster in enumerate(borough.clusters):
        person_id = officer if place == 0 else None
        name = "" if person_id else f"Duty officer for {cluster.name}"
        _add(borough, service, number, person_id=person_id, name=name, cluster_id=cluster.id)
    if number == 0:
        own: School = borough.schools[1]
        name = f"Named officer for {own.name}"
        _add(borough, service, 5, name=name, school_id=own.id)


def _add(borough: Borough, service: PartnerService, number: int, **values: object) -> None:
    # Numbers that are kept free for telling stories.
    db.session.add(
        TeamContact(
            partner_service_id=service.id,
            phone=f"0161 496 000{number}",
            email=f"duty.{number}@demo.example",
            how=HOURS[number % len(HOURS)],
            starts_on=borough.since,
            **{"name": "", **values},
        )
    )


def _cover(cluster: Cluster, borough: Borough, today: date) -> None:
    """Another cluster's EP stands in for this one's for six weeks."""
    covered = db.session.scalars(_ep_of(cluster)).one()
    other = db.session.scalars(_ep_of(borough.clusters[4])).one()
    db.session.add(
        Assignment(
            person_id=other.person_id,
            cluster_id=cluster.id,
            kind_key="cover",
            covers_id=covered.id,
            starts_on=today - timedelta(days=14),
            ends_on=today + timedelta(days=28),
        )
    )


def _ep_of(cluster: Cluster) -> sa.Select[Assignment]:
    return sa.select(Assignment).where(
        Assignment.cluster_id == cluster.id, Assignment.kind_key == "ep"
    )


def _leave(borough: Borough, today: date) -> None:
    """Two schools left a partnership a while ago, and one joins it soon."""
    partnership = borough.partnerships[0]
    inside = {school.id for school in borough.members[partnership.id]}
    others = [school for school in borough.schools if school.id not in inside][:3]
    days = (
        (borough.since, today - timedelta(days=100)),
        (borough.since, today - timedelta(days=100)),
        (today + timedelta(days=60), None),
    )
    for school, (first, last) in zip(others, days, strict=True):
        db.session.add(
            ClusterMembership(
                cluster_id=partnership.id,
                school_id=school.id,
                exclusive=False,
                starts_on=first,
                ends_on=last,
            )
        )
