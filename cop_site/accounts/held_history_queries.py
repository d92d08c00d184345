"""What accounts hold about a person: what they asked for, and the history of changes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from cop_site.accounts.account_models import ErasureRequest
from cop_site.audit import Change
from cop_site.db import db
from cop_site.held import HeldTable, Subject

# In the history of a person's own record these name others.
OTHERS = ("person_id", "user_id", "mentor_id", "mentee_id", "by", "people", "people_ids")


def list_held_about(subject: Subject) -> list[HeldTable]:
    return [
        _erasure_requests(subject),
        _changes_about(subject),
        _changes_by(subject),
    ]


def _erasure_requests(subject: Subject) -> HeldTable:
    rows = db.session.scalars(
        sa.select(ErasureRequest)
        .where(ErasureRequest.user_id.in_(subject.user_ids))
        .order_by(ErasureRequest.id)
    )
    return HeldTable(
        "requests-to-be-forgotten",
        "When you asked to be forgotten.",
        ("Asked", "Ended", "Ended by"),
        [(row.asked_at, row.ended_at, subject.name_actor(row.ended_by_user_id)) for row in rows],
        ("erasure_request.user_id",),
    )


def _changes_about(subject: Subject) -> HeldTable:
    own = sa.or_(
        sa.and_(Change.thing == "person", Change.thing_id.in_(subject.person_ids)),
        sa.and_(Change.thing == "user", Change.thing_id.in_(subject.user_ids)),
    )
    rows = db.session.scalars(sa.select(Change).where(own).order_by(Change.id))
    return HeldTable(
        "changes-about-you",
        "What was changed about you, and whether you did it. Others are not named.",
        ("When", "What happened", "By", "What it was and is", "Why"),
        [
            (
                *(row.at, row.verb, subject.name_actor(row.by_user_id)),
                *(_told(row.was, row.now), row.reason),
            )
            for row in rows
        ],
        (),
    )


def _told(was: dict[str, Any], now: dict[str, Any]) -> str:
    """Like "email: old@school.example -> new@school.example", without the ids of other people."""
    keys = sorted(key for key in {**was, **now} if not key.endswith(OTHERS))
    return "; ".join(f"{key.replace('_', ' ')}: {_from_to(key, was, now)}" for key in keys)


def _from_to(key: str, was: dict[str, Any], now: dict[str, Any]) -> str:
    return " -> ".join(_plain(values[key]) for values in (was, now) if key in values)


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "none"
    return "none" if value is None else str(value)


def _changes_by(subject: Subject) -> HeldTable:
    """Which things; neither what stood in them nor why: that may be about others."""
    rows = db.session.execute(
        sa.select(Change.at, Change.thing, Change.thing_id, Change.verb)
        .where(Change.by_user_id.in_(subject.user_ids))
        .order_by(Change.id)
    )
    return HeldTable(
        "changes-you-made",
        "What you changed on the site: which thing, by its number, and what you did to it.",
        ("When", "Thing", "Number", "What you did"),
        [tuple(row) for row in rows],
        ("change.by_user_id",),
    )
