"""S1 of every cluster, from what the log reads. No database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cop_site.support.delivery_models import Delivered, Delivery, PlanDays, Planned, sum_planned


@dataclass(frozen=True)
class ClusterDelivery:
    cluster_id: int
    name: str
    delivery: Delivery


@dataclass(frozen=True)
class Deliveries:
    """S1 of every cluster. The whole is of the clusters with a plan; the others stand apart."""

    clusters: tuple[ClusterDelivery, ...]

    @property
    def unplanned(self) -> tuple[ClusterDelivery, ...]:
        return tuple(one for one in self.clusters if not one.delivery.planned.is_planned)

    @property
    def whole(self) -> Delivery:
        told = [one.delivery for one in self.clusters if one.delivery.planned.is_planned]
        given, planned = [one.delivered for one in told], [one.planned for one in told]
        return Delivery(
            Delivered(
                entries=sum(one.entries for one in given),
                contact=sum(one.contact for one in given),
                preparation=sum(one.preparation for one in given),
                travel=sum(one.travel for one in given),
            ),
            Planned(
                minutes=sum(one.minutes for one in planned),
                weeks=sum(one.weeks for one in planned),
                planned_weeks=sum(one.planned_weeks for one in planned),
            ),
        )

    def only(self, cluster_ids: Collection[int] | None) -> Deliveries:
        """The same for some clusters. None: all of them."""
        if cluster_ids is None:
            return self
        return Deliveries(tuple(one for one in self.clusters if one.cluster_id in cluster_ids))


def measure_delivery(
    names: Mapping[int, str],
    delivered: Mapping[int, Delivered],
    plans: Mapping[int, Sequence[PlanDays]],
    weeks: Sequence[date],
) -> Deliveries:
    """S1 to date of the clusters named. ``weeks``: the first school day of each week begun; the
    plan that holds on it is in force that week."""
    return Deliveries(
        tuple(
            ClusterDelivery(
                cluster_id,
                name,
                Delivery(
                    delivered.get(cluster_id, Delivered()),
                    sum_planned(plans.get(cluster_id, ()), weeks),
                ),
            )
            for cluster_id, name in names.items()
        )
    )
