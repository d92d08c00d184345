"""What registers hold about a person."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from cop_site.attendance.models import BY_CODE, Mark, MarkChange, MarkKind, MarkSchool, Register
from cop_site.db import db
from cop_site.events.models import Event, Option, Session
from cop_site.held import HeldTable, Subject
from cop_site.schools.models import School

MARKED = (
    *("Event", "Starts", "Mark", "School", "Role", "Walked in", "Apology received"),
    *("Marked", "Taken off", "Why taken off"),
)


def list_held_about(subject: Subject) -> list[HeldTable]:
    return [_marks(subject), _history(subject), _registers(subject)]


def _with_event(query: Any) -> Any:
    return (
        query.join(Register, Register.id == Mark.register_id)
        .join(Session, Session.id == Register.session_id)
        .join(Option, Option.id == Session.option_id)
        .join(Event, Event.id == Option.event_id)
    )


def _marks(subject: Subject) -> HeldTable:
    query = sa.select(
        *(Mark, Event.title, Session.starts_at, MarkKind.name, School.name, MarkSchool.role)
    ).select_from(Mark)
    rows = db.session.execute(
        _with_event(query)
        .join(MarkKind, MarkKind.key == Mark.kind_key)
        .outerjoin(MarkSchool, MarkSchool.mark_id == Mark.id)
        .outerjoin(School, School.id == MarkSchool.school_id)
        .where(Mark.person_id.in_(subject.person_ids))
        .order_by(Mark.id, MarkSchool.id)
    )
    return HeldTable(
        "registers",
        "What registers say of you: a line for each school.",
        MARKED,
        [
            (
                *(title, starts_at, kind, school, role.label if role else "", row.is_walk_in),
                *(row.apology_received_at, row.marked_at, row.voided_at, row.void_reason),
            )
            for row, title, starts_at, kind, school, role in rows
        ],
        ("mark.person_id",),
    )


def _history(subject: Subject) -> HeldTable:
    query = sa.select(Event.title, Session.starts_at, MarkChange).select_from(MarkChange)
    rows = db.session.execute(
        _with_event(query.join(Mark, Mark.id == MarkChange.mark_id))
        .where(Mark.person_id.in_(subject.person_ids))
        .order_by(MarkChange.id)
    )
    return HeldTable(
        "register-history",
        "How each mark of yours came about. Who set it is not named.",
        ("Event", "Starts", "When", "Before", "After", "By", "Why"),
        [
            (
                *(title, starts_at, change.at, change.was, change.now),
                *(subject.name_actor(change.by_user_id), change.reason),
            )
            for title, starts_at, change in rows
        ],
        (),
    )


def _registers(subject: Subject) -> HeldTable:
    """Registers they took: how many marks they set, not whose. Their own by code are above."""
    query = sa.select(
        *(Event.title, Session.starts_at, sa.func.count(), sa.func.min(MarkChange.at)),
        sa.func.max(MarkChange.at),
    ).select_from(MarkChange)
    rows = db.session.execute(
        _with_event(query.join(Mark, Mark.id == MarkChange.mark_id))
        .where(MarkChange.by_user_id.in_(subject.user_ids), MarkChange.reason != BY_CODE)
        .group_by(Event.title, Session.starts_at, Session.id)
        .order_by(Session.starts_at, Session.id)
    )
    return HeldTable(
        "registers-you-took",
        "Registers in which you set marks. Whose they were is not said.",
        ("Event", "Starts", "Marks set", "First", "Last"),
        [tuple(row) for row in rows],
        ("mark_change.by_user_id",),
    )
