"""Who may see figures: the lead all, EP and AsEP their clusters, a school none.

What schools and people answered is the lead's alone. A cluster's page is hidden from EPs of others.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cop_site.db import db
from cop_site.events.models import EventKind
from tests.conftest import NOON
from tests.factories.reports import hold_network, make_scope
from tests.integration.access.matrix import (
    CLUSTER_STAFF,
    LEAD,
    OTHER_EP,
    SENCO,
    Row,
    World,
    may,
)

READERS = (*CLUSTER_STAFF, OTHER_EP, LEAD)
LAST_WEEK: datetime = NOON - timedelta(days=7)


def freeze(world: World) -> None:
    make_scope(world.term, [world.school, world.other_school], cluster=world.cluster)
    hold_network(LAST_WEEK, world.school, kind=EventKind.COP_MEETING, cluster_id=world.cluster.id)
    db.session.commit()


ROWS = (
    Row("reports.engagement", may(*READERS), prepare=freeze),
    Row("reports.engagement_schools", may(*READERS), prepare=freeze),
    Row("reports.engagement_file", may(*READERS), prepare=freeze),
    Row("reports.clusters", may(*READERS), prepare=freeze),
    Row(
        "reports.cluster",
        may(*READERS) | {OTHER_EP: 404},
        url=lambda world: {"cluster_id": world.cluster.id},
        prepare=freeze,
    ),
    Row("reports.clusters_file", may(*READERS), prepare=freeze),
    Row("reports.registers", may(*READERS), prepare=freeze),
    Row("reports.registers_file", may(*READERS), prepare=freeze),
    Row("reports.toolkit", may(*READERS), prepare=freeze),
    Row("reports.toolkit_schools", may(*READERS), prepare=freeze),
    Row("reports.toolkit_file", may(*READERS), prepare=freeze),
    Row("reports.sessions", may(LEAD), prepare=freeze),
    Row("reports.surveys_file", may(LEAD), prepare=freeze),
    Row(
        "timelines.show",
        may(SENCO, *CLUSTER_STAFF, LEAD),
        url=lambda world: {"school_id": world.school.id},
    ),
)
