"""Who may call what: notices. The cluster's EP and AsEP, their cover, and the lead write them."""

from __future__ import annotations

from typing import Any

from cop_site.db import db
from tests.factories.community import make_notice
from tests.integration.access.matrix import CLUSTER_STAFF, EP, LEAD, Row, World, may

WRITERS = (*CLUSTER_STAFF, LEAD)
NOTICE = {"title": "Bring one plan", "shown_until": ["27", "11", "2026"]}


def _cluster(world: World) -> dict[str, Any]:
    return {"slug": world.cluster.slug}


def _notice(world: World) -> dict[str, Any]:
    return {**_cluster(world), "notice_id": world.more["notice"].id}


def _post(world: World) -> None:
    world.more["notice"] = make_notice(world.cluster, world.users[EP])
    db.session.commit()


def _edited(_world: World) -> dict[str, Any]:
    return {**NOTICE, "edits": "1"}


ROWS = (
    Row("community.post_notice", may(*WRITERS), url=_cluster),
    Row(
        "community.post_notice",
        may(*WRITERS, status=303),
        method="POST",
        url=_cluster,
        fields=lambda _world: NOTICE,
    ),
    Row("community.edit_notice", may(*WRITERS), url=_notice, prepare=_post),
    Row(
        "community.edit_notice",
        may(*WRITERS, status=303),
        method="POST",
        url=_notice,
        fields=_edited,
        prepare=_post,
    ),
    Row("community.remove_notice", may(*WRITERS), url=_notice, prepare=_post),
    Row(
        "community.remove_notice",
        may(*WRITERS, status=303),
        method="POST",
        url=_notice,
        prepare=_post,
    ),
)
