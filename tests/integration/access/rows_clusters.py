"""Who may call what: clusters. Everyone reads; the inclusion lead changes."""

from __future__ import annotations

from typing import Any

from cop_site.accounts.models import Assignment
from cop_site.db import db
from cop_site.errors import stamp_of
from cop_site.schools.cluster_services import values_of
from tests.factories.schools import make_school
from tests.integration.access.matrix import ADMIN, ASEP, LEAD, OTHER_EP, SIGNED_IN, Row, World, may

DAY = ["1", "12", "2026"]


def _slug(world: World) -> dict[str, Any]:
    return {"slug": world.cluster.slug}


def _assignment(world: World) -> dict[str, Any]:
    person_id = world.users[ASEP].person_id
    row = db.session.query(Assignment).filter_by(person_id=person_id).one()
    return {**_slug(world), "assignment_id": row.id}


def _free_school(world: World) -> None:
    world.more["free"] = make_school()
    db.session.commit()


def _move(world: World) -> dict[str, Any]:
    return {"schools": world.school.id, "to": world.other_cluster.id, "starts_on": DAY}


def _assign(world: World) -> dict[str, Any]:
    return {"person": world.users[LEAD].person_id, "kind": "manager", "starts_on": DAY}


def _cover(world: World) -> dict[str, Any]:
    person = world.users[OTHER_EP].person_id
    return {"person": person, "starts_on": DAY, "ends_on": DAY}


def _edit(world: World) -> dict[str, Any]:
    return {"name": "Alder", "seen": stamp_of(values_of(world.cluster))}


def _kind(_world: World) -> dict[str, Any]:
    return {"key": "inclusion_partnership"}


KINDS = (
    Row("cluster_kinds.index", may(ADMIN)),
    Row(
        "cluster_kinds.index",
        may(ADMIN, status=303),
        method="POST",
        fields=lambda _world: {"name": "Group"},
    ),
    Row("cluster_kinds.rename", may(ADMIN), url=_kind),
    Row(
        "cluster_kinds.rename",
        may(ADMIN, status=303),
        method="POST",
        url=_kind,
        fields=lambda _world: {
            "name": "Group",
            "seen": stamp_of({"name": "Inclusion partnership"}),
        },
    ),
    Row("cluster_kinds.retire", may(ADMIN, status=303), method="POST", url=_kind),
    Row("cluster_kinds.restore", may(ADMIN, status=303), method="POST", url=_kind),
)
ROWS = (
    *KINDS,
    Row("clusters.history", may(*SIGNED_IN), url=_slug),
    Row("clusters.edit", may(LEAD), url=_slug),
    Row("clusters.edit", may(LEAD, status=303), method="POST", url=_slug, fields=_edit),
    Row("cluster_people.cover", may(LEAD, ADMIN), url=_assignment),
    Row(
        "cluster_people.cover",
        may(LEAD, ADMIN, status=303),
        method="POST",
        url=_assignment,
        fields=_cover,
    ),
    Row("clusters.browse", may(*SIGNED_IN)),
    Row("clusters.show", may(*SIGNED_IN), url=_slug),
    Row("clusters.create", may(LEAD)),
    Row(
        "clusters.create",
        may(LEAD, status=303),
        method="POST",
        fields=lambda world: {"name": "Alder", "kind": "inclusion_partnership"},
    ),
    Row("cluster_schools.move", may(LEAD), url=_slug),
    Row("cluster_schools.move", may(LEAD, status=303), method="POST", url=_slug, fields=_move),
    Row("cluster_schools.add", may(LEAD), url=_slug),
    Row(
        "cluster_schools.add",
        may(LEAD, status=303),
        method="POST",
        url=_slug,
        fields=lambda world: {"schools": world.more["free"].id, "starts_on": DAY},
        prepare=_free_school,
    ),
    Row("cluster_people.assign", may(LEAD), url=_slug),
    Row("cluster_people.assign", may(LEAD, status=303), method="POST", url=_slug, fields=_assign),
    Row("cluster_people.end", may(LEAD), url=_assignment),
    Row(
        "cluster_people.end",
        may(LEAD, status=303),
        method="POST",
        url=_assignment,
        fields=lambda world: {"last_day": DAY},
    ),
    Row("cluster_people.correct_first_day", may(LEAD), url=_assignment),
    Row(
        "cluster_people.correct_first_day",
        may(LEAD, status=303),
        method="POST",
        url=_assignment,
        fields=lambda world: {"first_day": DAY, "reason": "Set up with another"},
    ),
)
