"""Planned minutes of a cluster: set from a day, and ended."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.schools.cluster_models import Cluster
from cop_site.support.models import SupportPlan


def set_plan(
    cluster_id: int, starts_on: date, ends_on: date | None, minutes_a_week: int, *, by: ActingUser
) -> SupportPlan:
    """Plan minutes a school week for a cluster. One without an end before it ends the day before.

    Raises DomainError where another plan holds on one of those days.
    """
    wanted = sa.select(Cluster.id).where(Cluster.id == cluster_id)
    if db.session.scalar(wanted.with_for_update()) is None:
        raise NotFoundError("There is no such cluster.")
    if ends_on is not None and ends_on < starts_on:
        raise DomainError("Enter a last day that is not before the first", field="ends_on")
    _end_the_open_one(cluster_id, starts_on, by)
    if _overlaps(cluster_id, starts_on, ends_on):
        raise DomainError(
            "There is another plan for this cluster on one of those days.", field="starts_on"
        )
    plan = SupportPlan(
        cluster_id=cluster_id,
        starts_on=starts_on,
        ends_on=ends_on,
        minutes_a_week=minutes_a_week,
        by_user_id=by.user_id,
        at=clock.now(),
    )
    db.session.add(plan)
    db.session.flush()
    now = {
        "cluster_id": cluster_id,
        "starts_on": starts_on.isoformat(),
        "ends_on": ends_on.isoformat() if ends_on else None,
        "minutes_a_week": minutes_a_week,
    }
    audit.record("support_plan", plan.id, "set", by=by.user_id, now=now)
    return plan


def end_plan(plan_id: int, ends_on: date, *, by: ActingUser) -> None:
    """Let a plan hold until ``ends_on``. Raises DomainError for a day before it starts."""
    query = sa.select(SupportPlan).where(SupportPlan.id == plan_id)
    plan = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if plan is None:
        raise NotFoundError("There is no such plan.")
    if ends_on < plan.starts_on:
        raise DomainError("Enter a day that is not before its first", field="ends_on")
    _set_end(plan, ends_on, by)


def _set_end(plan: SupportPlan, ends_on: date, by: ActingUser) -> None:
    was = {"ends_on": plan.ends_on.isoformat() if plan.ends_on else None}
    plan.ends_on = ends_on
    now = {"ends_on": ends_on.isoformat()}
    audit.record("support_plan", plan.id, "ended", by=by.user_id, was=was, now=now)
    db.session.flush()


def _end_the_open_one(cluster_id: int, starts_on: date, by: ActingUser) -> None:
    query = sa.select(SupportPlan).where(
        SupportPlan.cluster_id == cluster_id,
        SupportPlan.ends_on.is_(None),
        SupportPlan.starts_on < starts_on,
    )
    plan = db.session.scalar(query.execution_options(populate_existing=True))
    if plan is not None:
        _set_end(plan, starts_on - clock.ONE_DAY, by)


def _overlaps(cluster_id: int, starts_on: date, ends_on: date | None) -> bool:
    others = sa.select(SupportPlan.id).where(
        SupportPlan.cluster_id == cluster_id,
        sa.or_(SupportPlan.ends_on.is_(None), SupportPlan.ends_on >= starts_on),
    )
    if ends_on is not None:
        others = others.where(SupportPlan.starts_on <= ends_on)
    return db.session.scalar(sa.select(others.exists())) or False
