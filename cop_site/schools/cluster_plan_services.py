"""Saving a plan of moves, all of them or none, and taking it back before its day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.schools import cluster_services
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.schools.cluster_plan_models import ClusterPlan
from cop_site.schools.cluster_queries import lasts_until
from cop_site.schools.cluster_services import Moved
from cop_site.schools.models import School
from cop_site.schools.planning_models import PlanSchool

Route = tuple[int | None, int | None]
# A membership as JSON has it: its cluster, its first day and its last, as ISO text.
Told = list[int | str | None]
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
    was = _tell_all(moves, starts_on)
    for (source_id, target_id), school_ids in sorted(routes.items(), key=str):
        moved: Moved = cluster_services.move_schools(
            school_ids, source_id=source_id, target_id=target_id, starts_on=starts_on, by=by
        )
        replaced += moved.replaced
    now = _tell_all(moves, starts_on)
    plan = ClusterPlan(
        starts_on=starts_on,
        moves={
            str(key): {
                **{"from": source_id, "to": target_id},
                **{"was": was[key], "now": now[key]},
            }
            for key, (source_id, target_id) in moves.items()
        },
        saved_at=clock.now(),
        saved_by_user_id=by,
    )
    db.session.add(plan)
    db.session.flush()
    told = {"starts_on": starts_on.isoformat(), "schools": len(moves)}
    audit.record("cluster_plan", plan.id, "saved", by=by, now=told)
    return plan, tuple(replaced)


def _lock(school_ids: list[int]) -> None:
    """All at once, by id: the moves take them route by route."""
    query = sa.select(School.id).where(School.id.in_(school_ids)).order_by(School.id)
    db.session.scalars(query.with_for_update(key_share=True)).all()


def _list_rows(school_ids: Collection[int], day: date) -> dict[int, list[ClusterMembership]]:
    """Each school's memberships that a move from ``day`` may end, begin or replace, in order."""
    found: dict[int, list[ClusterMembership]] = {key: [] for key in school_ids}
    rows = db.session.scalars(
        sa.select(ClusterMembership)
        .where(
            ClusterMembership.school_id.in_(school_ids),
            ClusterMembership.exclusive,
            lasts_until(ClusterMembership, day - clock.ONE_DAY),
        )
        .order_by(ClusterMembership.starts_on, ClusterMembership.id)
        .execution_options(populate_existing=True)
    )
    for row in rows:
        found[row.school_id].append(row)
    return found


def _tell_all(school_ids: Collection[int], day: date) -> dict[int, list[Told]]:
    return {key: _tell(rows) for key, rows in _list_rows(school_ids, day).items()}


def _tell(rows: list[ClusterMembership]) -> list[Told]:
    """As they can be compared, kept, and made again."""
    return [
        [
            row.cluster_id,
            row.starts_on.isoformat(),
            row.ends_on.isoformat() if row.ends_on else None,
        ]
        for row in rows
    ]


def undo_plan(plan_id: int, *, by: int) -> ClusterPlan:
    """Take a plan back before its day: every school is again where it was. Twice is harmless.

    Raises DomainError once its day has come, or where a school was moved again since.
    """
    plan = _lock_plan(plan_id)
    if plan.undone_at is None:
        _undo(plan, by)
    return plan


def change_day(plan_id: int, starts_on: date, *, by: int) -> tuple[ClusterPlan, tuple[str, ...]]:
    """Take a plan back and save its moves anew from another day. Returns as ``save_plan`` does.

    Raises DomainError where either can't be done: then the plan stands as it was.
    """
    plan = _lock_plan(plan_id)
    if plan.undone_at is not None:
        raise DomainError("This plan was taken back.")
    _undo(plan, by)
    moves = {int(key): (move["from"], move["to"]) for key, move in plan.moves.items()}
    return save_plan(moves, starts_on, by=by)


def _lock_plan(plan_id: int) -> ClusterPlan:
    plan = db.session.get(ClusterPlan, plan_id, with_for_update=True, populate_existing=True)
    if plan is None:
        raise NotFoundError("There is no such plan.")
    return plan


def _undo(plan: ClusterPlan, by: int) -> None:
    if plan.starts_on <= clock.today():
        raise DomainError("The day of this plan has come, so it can’t be taken back.")
    if not plan.knows_what_was:
        raise DomainError(
            "This plan was saved by an earlier version of this site, which did not note where its "
            "schools were. It can’t be taken back here: move them by hand."
        )
    ids = sorted(int(key) for key in plan.moves)
    _lock(ids)
    held = _list_rows(ids, plan.starts_on)
    _check_unmoved(held, plan)
    for key, rows in held.items():
        for row, told in zip(rows, _tell(rows), strict=True):
            if told not in plan.moves[str(key)]["was"]:
                db.session.delete(row)
    # What is over must go before what is open again, or the database sees an overlap.
    db.session.flush()
    db.session.bulk_save_objects(
        [
            _read(int(key), told)
            for key, move in plan.moves.items()
            for told in move["was"]
            if told not in move["now"]
        ]
    )
    day = plan.starts_on.isoformat()
    left: list[audit.Entry] = [
        (int(key), {"starts_on": day, "from": move["from"], "to": move["to"]}, {})
        for key, move in plan.moves.items()
    ]
    audit.record_many("school_clusters", "move taken back", left, by=by)
    plan.undone_at = clock.now()
    audit.record("cluster_plan", plan.id, "taken back", by=by)
    db.session.flush()


def _check_unmoved(held: Mapping[int, list[ClusterMembership]], plan: ClusterPlan) -> None:
    moved = [key for key, rows in held.items() if _tell(rows) != plan.moves[str(key)]["now"]]
    if moved:
        query = sa.select(School.name).where(School.id.in_(moved))
        raise DomainError(
            *(
                f"{name} was moved again since. Take the later plan back first, or move it by hand."
                for name in db.session.scalars(query.order_by(School.name, School.id))
            )
        )


def _read(school_id: int, told: list[Any]) -> ClusterMembership:
    cluster_id, first, last = told
    return ClusterMembership(
        cluster_id=cluster_id,
        school_id=school_id,
        exclusive=True,
        starts_on=date.fromisoformat(first),
        ends_on=date.fromisoformat(last) if last else None,
    )
