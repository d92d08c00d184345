"""Saving a plan of moves, all of them or none, and taking it back before its day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.schools import cluster_services
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.schools.cluster_plan_models import ClusterPlan
from cop_site.schools.cluster_services import Moved
from cop_site.schools.models import School
from cop_site.schools.planning_models import PlanSchool

Route = tuple[int | None, int | None]
LONGEST_PLAN = 500


def add_to_plan(
    planned: Mapping[int, int | None],
    ticked: Collection[int],
    target_id: int | None,
    schools: Mapping[int, PlanSchool],
) -> dict[int, int | None]:
    """The plan with the ticked schools in it, each with the cluster it goes to. Saves nothing.

    ``schools`` are those of the plan's day. Raises DomainError where none is ticked, or the plan
    would be too long.
    """
    if not ticked:
        raise DomainError("Tick at least one school", field="schools")
    moves = {**planned, **dict.fromkeys(ticked, target_id)}
    _check_length(moves)
    return leave_out_standing(moves, schools)


def leave_out_standing(
    planned: Mapping[int, int | None], schools: Mapping[int, PlanSchool]
) -> dict[int, int | None]:
    """A school that is not there, or would stay where it is, does not move."""
    return {
        key: to for key, to in planned.items() if key in schools and schools[key].cluster_id != to
    }


def _check_length(moves: Collection[int]) -> None:
    if len(moves) > LONGEST_PLAN:
        raise DomainError(
            f"A plan has at most {LONGEST_PLAN} schools. Save it, then plan the others.",
            field="schools",
        )


def save_plan(
    moves: Mapping[int, Route], starts_on: date, *, by: int
) -> tuple[ClusterPlan, tuple[str, ...]]:
    """Move schools together from a day ahead. ``moves``: a school's id, from where, to where.

    Schools that are in no cluster may join one from a day that has come: so a first term begins.
    Returns the plan, and a sentence for each earlier plan of a school that this one replaces.
    Raises DomainError where there are none or too many, the day has come for a school of a
    cluster, or one of them can't be made: then none is.
    """
    if not moves:
        raise DomainError("Plan at least one move", field="schools")
    _check_length(moves)
    if starts_on <= clock.today() and any(source_id for source_id, _to in moves.values()):
        raise DomainError(
            "Enter a day ahead. Only schools in no cluster can join from a day that has come",
            field="starts_on",
        )
    routes: dict[Route, list[int]] = defaultdict(list)
    for school_id, route in moves.items():
        routes[route].append(school_id)
    replaced: list[str] = []
    _lock(list(moves))
    ends = _list_last_days(list(moves), starts_on)
    for (source_id, target_id), school_ids in sorted(routes.items(), key=str):
        moved: Moved = cluster_services.move_schools(
            school_ids, source_id=source_id, target_id=target_id, starts_on=starts_on, by=by
        )
        replaced += moved.replaced
    plan = ClusterPlan(
        starts_on=starts_on,
        moves={
            str(key): {"from": route[0], "to": route[1], "until": ends.get(key)}
            for key, route in moves.items()
        },
        saved_at=clock.now(),
        saved_by_user_id=by,
    )
    db.session.add(plan)
    db.session.flush()
    now = {"starts_on": starts_on.isoformat(), "schools": len(moves)}
    audit.record("cluster_plan", plan.id, "saved", by=by, now=now)
    return plan, tuple(replaced)


def _lock(school_ids: list[int]) -> None:
    """All at once, by id: the moves take them route by route."""
    query = sa.select(School.id).where(School.id.in_(school_ids)).order_by(School.id)
    db.session.scalars(query.with_for_update(key_share=True)).all()


def _list_last_days(school_ids: list[int], day: date) -> dict[int, str | None]:
    """The last day of each school's one membership on ``day``, as ISO text; None while open."""
    rows = db.session.execute(
        sa.select(ClusterMembership.school_id, ClusterMembership.ends_on).where(
            ClusterMembership.school_id.in_(school_ids),
            ClusterMembership.exclusive,
            ClusterMembership.starts_on <= day,
            sa.or_(ClusterMembership.ends_on.is_(None), ClusterMembership.ends_on >= day),
        )
    )
    return {key: ends_on.isoformat() if ends_on else None for key, ends_on in rows}


def undo_plan(plan_id: int, *, by: int) -> ClusterPlan:
    """Take a plan back before its day: every school is again where it was. Twice is harmless.

    Raises DomainError once its day has come, or where a school was moved again since.
    """
    plan = db.session.scalar(
        sa.select(ClusterPlan)
        .where(ClusterPlan.id == plan_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if plan is None:
        raise NotFoundError("There is no such plan.")
    if plan.undone_at is not None:
        return plan
    if plan.starts_on <= clock.today():
        raise DomainError("The day of this plan has come, so it can’t be taken back.")
    ids = sorted(int(key) for key in plan.moves)
    _lock(ids)
    for school_id in ids:
        move = plan.moves[str(school_id)]
        until = date.fromisoformat(move["until"]) if move["until"] else None
        _undo(school_id, (move["from"], move["to"]), until, plan.starts_on, by)
    plan.undone_at = clock.now()
    db.session.flush()
    audit.record("cluster_plan", plan.id, "taken back", by=by)
    return plan


def _undo(school_id: int, route: Route, until: date | None, starts_on: date, by: int) -> None:
    source_id, target_id = route
    began = _find(school_id, target_id, ClusterMembership.starts_on == starts_on)
    ended = _find(school_id, source_id, ClusterMembership.ends_on == starts_on - clock.ONE_DAY)
    lost_new = target_id is not None and (began is None or began.ends_on is not None)
    if lost_new or (source_id is not None and ended is None):
        name = db.session.scalar(sa.select(School.name).where(School.id == school_id))
        raise DomainError(
            f"{name} was moved again since. Take the later plan back first, or move it by hand."
        )
    was = {"starts_on": starts_on.isoformat(), "from": source_id, "to": target_id}
    if began is not None:
        db.session.delete(began)
        # What is over must go before what is open again, or the database sees an overlap.
        db.session.flush()
    if ended is not None:
        ended.ends_on = until
        db.session.flush()
    audit.record("school_clusters", school_id, "move taken back", by=by, was=was)


def _find(
    school_id: int, cluster_id: int | None, held: sa.ColumnElement[bool]
) -> ClusterMembership | None:
    if cluster_id is None:
        return None
    return db.session.scalar(
        sa.select(ClusterMembership)
        .where(
            ClusterMembership.school_id == school_id,
            ClusterMembership.cluster_id == cluster_id,
            held,
        )
        .execution_options(populate_existing=True)
    )
