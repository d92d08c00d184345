"""Who may see figures: the lead all, EP and AsEP their clusters, a school none."""

from __future__ import annotations

from cop_site.db import db
from tests.factories.reports import make_scope
from tests.integration.access.matrix import CLUSTER_STAFF, LEAD, OTHER_EP, Row, World, may

READERS = (*CLUSTER_STAFF, OTHER_EP, LEAD)


def freeze(world: World) -> None:
    make_scope(world.term, [world.school, world.other_school], cluster=world.cluster)
    db.session.commit()


ROWS = (
    Row("reports.engagement", may(*READERS), prepare=freeze),
    Row("reports.engagement_schools", may(*READERS), prepare=freeze),
    Row("reports.engagement_file", may(*READERS), prepare=freeze),
)
