"""Entries, actions, drafts and plans, made as rows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from cop_site import clock
from cop_site.accounts.models import Assignment, Person
from cop_site.db import db
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School
from cop_site.support.models import (
    Action,
    Entry,
    EntryDraft,
    EntryRevision,
    EntrySchool,
    EntryState,
    EntryStep,
    EntryWorker,
    StepVerb,
    SupportPlan,
)

_numbers = count(1)


def make_entry(
    cluster: Cluster,
    *schools: School,
    workers: tuple[tuple[Person, str], ...] = (),
    by_user_id: int = 0,
    state: EntryState = EntryState.RECORDED,
    day: date | None = None,
    submitted_at: datetime | None = None,
    lines: dict[int, str] | None = None,
    **values: Any,
) -> Entry:
    """An entry with its first revision and step. ``workers`` with the kind of assignment;
    ``lines`` is what each school alone reads, by the school's id."""
    number = next(_numbers)
    at = submitted_at or clock.now()
    entry = Entry(
        **{
            "client_key": f"made-{number:012}",
            "cluster_id": cluster.id,
            "day": day or clock.today(),
            "kind_key": "visit",
            "theme_key": "graduated_approach",
            "contact_minutes": 60,
            "preparation_minutes": 15,
            "travel_minutes": 10,
            "agreed": f"Agreed number {number}",
            "state": state,
            "created_by_user_id": by_user_id,
            "first_submitted_at": at,
            "countersigned_at": at if state is EntryState.COUNTERSIGNED else None,
            **values,
        }
    )
    db.session.add(entry)
    db.session.flush()
    for school in schools:
        agreed = (lines or {}).get(school.id, "")
        db.session.add(EntrySchool(entry_id=entry.id, school_id=school.id, agreed=agreed))
    for person, kind in workers:
        db.session.add(EntryWorker(entry_id=entry.id, person_id=person.id, kind_key=kind))
    verb = StepVerb.RECORDED if state is EntryState.RECORDED else StepVerb.SUBMITTED
    db.session.add(
        EntryStep(entry_id=entry.id, verb=verb, revision=1, by_user_id=by_user_id, at=at)
    )
    db.session.add(
        EntryRevision(entry_id=entry.id, number=1, content={}, by_user_id=by_user_id, at=at)
    )
    db.session.flush()
    return entry


def make_action(
    entry: Entry,
    *,
    school: School | None = None,
    person: Person | None = None,
    due_on: date | None = None,
    **values: Any,
) -> Action:
    due_on = due_on or clock.today() + timedelta(days=14)
    action = Action(
        **{
            "entry_id": entry.id,
            "cluster_id": entry.cluster_id,
            "school_id": school.id if school else None,
            "person_id": person.id if person else None,
            "what": f"Action {next(_numbers)}",
            "due_on": due_on,
            "first_due_on": due_on,
            "created_at": clock.now(),
            **values,
        }
    )
    db.session.add(action)
    db.session.flush()
    return action


def make_draft(user_id: int, key: str = "", **fields: Any) -> EntryDraft:
    draft = EntryDraft(
        key=key or f"draft-{next(_numbers):012}",
        user_id=user_id,
        fields={name: [value] for name, value in fields.items()},
        saved_at=clock.now(),
    )
    db.session.add(draft)
    db.session.flush()
    return draft


def make_plan(
    cluster: Cluster, minutes_a_week: int, starts_on: date, ends_on: date | None = None
) -> SupportPlan:
    plan = SupportPlan(
        cluster_id=cluster.id,
        starts_on=starts_on,
        ends_on=ends_on,
        minutes_a_week=minutes_a_week,
        at=clock.now(),
    )
    db.session.add(plan)
    db.session.flush()
    return plan


def cover(person: Person, cluster: Cluster, covered: Assignment) -> Assignment:
    """``person`` stands in for whoever holds ``covered``."""
    row = Assignment(
        person_id=person.id,
        cluster_id=cluster.id,
        kind_key="cover",
        covers_id=covered.id,
        starts_on=covered.starts_on,
    )
    db.session.add(row)
    db.session.flush()
    return row
