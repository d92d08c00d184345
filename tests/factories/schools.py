"""Schools, clusters and terms."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from cop_site.db import db
from cop_site.schools.cluster_models import Cluster, ClusterKind, ClusterMembership
from cop_site.schools.models import Authority, School, SchoolStatus, Term

LONG_AGO = date(2020, 9, 1)
_numbers = count(1)


def make_authority(**values: Any) -> Authority:
    row = Authority(
        id=1, **{"name": "Larkshire", "service_name": "Larkshire Inclusion Service", **values}
    )
    db.session.add(row)
    db.session.flush()
    return row


def make_school(name: str = "", **values: Any) -> School:
    number = next(_numbers)
    school = School(
        **{
            "urn": 900_000 + number,
            "la_code": "999",
            "la_name": "Larkshire",
            "name": name or f"School {number}",
            "type_code": "01",
            "type_name": "Community school",
            "phase": "Primary",
            "status": SchoolStatus.OPEN,
            "town": "Larkton",
            **values,
        }
    )
    db.session.add(school)
    db.session.flush()
    return school


def make_cluster(name: str = "", kind: str = "community_of_practice") -> Cluster:
    name = name or f"Cluster {next(_numbers)}"
    exclusive = db.session.get_one(ClusterKind, kind).exclusive
    slug = name.lower().replace(" ", "-")
    cluster = Cluster(name=name, slug=slug, kind_key=kind, exclusive=exclusive)
    db.session.add(cluster)
    db.session.flush()
    return cluster


def join_cluster(
    school: School, cluster: Cluster, starts_on: date = LONG_AGO, ends_on: date | None = None
) -> ClusterMembership:
    kind = db.session.get_one(ClusterKind, cluster.kind_key)
    row = ClusterMembership(
        school_id=school.id,
        cluster_id=cluster.id,
        exclusive=kind.exclusive,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    db.session.add(row)
    db.session.flush()
    return row


def make_term(name: str, starts_on: date, ends_on: date) -> Term:
    term = Term(name=name, starts_on=starts_on, ends_on=ends_on)
    db.session.add(term)
    db.session.flush()
    return term
