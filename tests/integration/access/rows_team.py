"""Who may call what: Team Around the School."""

from __future__ import annotations

from typing import Any

from cop_site.accounts.models import PartnerService
from cop_site.db import db
from cop_site.errors import stamp_of
from cop_site.people.team_models import TeamContact
from cop_site.people.team_services import values_of
from tests.conftest import NOON
from tests.integration.access.matrix import ADMIN, LEAD, SERVICE, Row, World, may

DAY = ["1", "12", "2026"]
NAMED: dict[str, Any] = {"name": "Kim", "how": "By letter", "starts_on": DAY}


def _service(world: World) -> None:
    row = PartnerService(name="Virtual School")
    db.session.add(row)
    db.session.commit()
    world.more["service"] = row.id


def _contact(world: World) -> None:
    _service(world)
    row = TeamContact(
        partner_service_id=world.more["service"],
        school_id=world.school.id,
        name="Kim",
        phone="",
        email="",
        how="By letter",
        starts_on=NOON.date(),
    )
    db.session.add(row)
    db.session.commit()
    world.more |= {"contact": row.id, "seen": stamp_of(values_of(row))}


def _of_cluster(world: World) -> dict[str, Any]:
    return {"slug": world.cluster.slug, "partner_id": world.more["service"]}


def _of_school(world: World) -> dict[str, Any]:
    return {"school_id": world.school.id, "partner_id": world.more["service"]}


def _changed(world: World) -> dict[str, Any]:
    return {"contact_id": world.more["contact"]}


def _both(endpoint: str, url: Any, prepare: Any, fields: Any) -> tuple[Row, Row]:
    return (
        Row(endpoint, may(LEAD, ADMIN), url=url, prepare=prepare),
        Row(
            endpoint,
            may(LEAD, ADMIN, status=303),
            method="POST",
            url=url,
            fields=fields,
            prepare=prepare,
        ),
    )


ROWS = (
    Row(
        "team.of_cluster",
        may(*SERVICE, ADMIN),
        url=lambda world: {"slug": world.cluster.slug},
    ),
    *_both("team.name_for_cluster", _of_cluster, _service, lambda _world: NAMED),
    *_both("team.name_for_school", _of_school, _service, lambda _world: NAMED),
    *_both("team.change", _changed, _contact, lambda world: NAMED | {"seen": world.more["seen"]}),
)
