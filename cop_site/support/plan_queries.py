"""Reads of plans, and S1 for each cluster in a term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.schools.cluster_models import Cluster, ClusterKind
from cop_site.schools.models import Term
from cop_site.schools.queries import list_terms
from cop_site.schools.school_days import list_school_weeks
from cop_site.schools.term_queries import find_periods
from cop_site.support.delivery_models import Delivered, Delivery, sum_planned
from cop_site.support.delivery_queries import list_delivered, list_plans
from cop_site.support.models import SupportPlan


@dataclass(frozen=True)
class PlanLine:
    """A cluster's S1 in a term, and its plans that hold in the term or later."""

    cluster_id: int
    name: str
    delivery: Delivery
    plans: list[SupportPlan]


@dataclass(frozen=True)
class PlanBoard:
    """The clusters somebody may see in one term. ``to`` is the last day that counts."""

    terms: list[Term]
    term: Term | None
    to: date
    lines: list[PlanLine]


def list_cluster_names() -> list[tuple[int, str]]:
    """Every cluster: those a school has one of first, as everywhere."""
    query = sa.select(Cluster.id, Cluster.name).join(Cluster.kind)
    query = query.order_by(ClusterKind.exclusive.desc(), Cluster.name, Cluster.id)
    return [(row[0], row[1]) for row in db.session.execute(query)]


def get_plan(plan_id: int) -> SupportPlan:
    plan = db.session.get(SupportPlan, plan_id)
    if plan is None:
        raise NotFoundError("There is no such plan.")
    return plan


def load_board(own: Mapping[int, str] | None, term_id: int | None) -> PlanBoard:
    """S1 of these clusters (every one for None) in a term begun, the newest unless told.

    Four statements at most, however many clusters. A cluster without plan and minutes is left
    out of everybody's board, unless it is their own or of a kind that each school has one of.
    """
    terms = list_terms()
    begun = [term for term in terms if term.starts_on <= clock.today()]
    term = next((one for one in begun if one.id == term_id), begun[0] if begun else None)
    clusters = list(own.items()) if own is not None else list_cluster_names()
    if term is None:
        return PlanBoard(begun, None, clock.today(), [])
    to = min(find_periods(terms)[term.id].ends_on or clock.today(), clock.today())
    weeks = list_school_weeks(term, to)
    delivered = list_delivered(term.starts_on, to)
    plans = list_plans([id_ for id_, _name in clusters])
    lines = [
        _line(id_, name, [plan for plan in plans if plan.cluster_id == id_], weeks, delivered, term)
        for id_, name in clusters
    ]
    shown = [
        line for line in lines if own is not None or line.plans or line.delivery.delivered.entries
    ]
    return PlanBoard(begun, term, to, shown)


def _line(
    cluster_id: int,
    name: str,
    plans: list[SupportPlan],
    weeks: list[date],
    delivered: Mapping[int, Delivered],
    term: Term,
) -> PlanLine:
    delivery = Delivery(delivered.get(cluster_id, Delivered()), sum_planned(plans, weeks))
    kept = [plan for plan in plans if plan.ends_on is None or plan.ends_on >= term.starts_on]
    return PlanLine(cluster_id, name, delivery, kept)
