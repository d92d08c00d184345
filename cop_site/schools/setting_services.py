"""Settings that the register does not have: alternative provision, a private nursery."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError, refuse_constraint, refuse_stale
from cop_site.schools.models import School, SchoolStatus

TAKEN = "Another setting has this code. Choose another."
refuse_constraint("uq_school_local_code", "school.local_code", sentence=TAKEN)


@dataclass(frozen=True)
class Setting:
    """What is known of one. ``closed_on`` is its last day, None while it goes on."""

    local_code: str
    name: str
    type_name: str
    phase: str
    town: str = ""
    postcode: str = ""
    low_age: int | None = None
    high_age: int | None = None
    pupils: int | None = None
    opened_on: date | None = None
    closed_on: date | None = None


def add_setting(setting: Setting, *, by: int) -> School:
    """A school without a URN. Raises DomainError where the code is taken or the facts clash."""
    _check(setting)
    _check_code(setting.local_code, None)
    row = School(la_code="", la_name="", type_code="", **_values(setting))
    db.session.add(row)
    db.session.flush()
    audit.record("school", row.id, "added by hand", by=by, now=_as_json(asdict(setting)))
    return row


def change_setting(school_id: int, setting: Setting, *, seen: str, by: int) -> School:
    """Correct one. NotFoundError for a school of the register: the register says what it is.

    ``seen`` is the stamp of what the form was opened on: StaleEditError where somebody changed
    it since. Raises DomainError where the code is taken or the facts clash.
    """
    row = db.session.scalar(
        sa.select(School)
        .where(School.id == school_id, School.urn.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFoundError("There is no such setting.")
    refuse_stale(seen, values_of(row))
    _check(setting)
    _check_code(setting.local_code, row.id)
    values = _values(setting)
    was = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    db.session.flush()
    now = {name: value for name, value in values.items() if was[name] != value}
    if now:
        before = {name: was[name] for name in now}
        audit.record(
            "school", row.id, "changed by hand", by=by, was=_as_json(before), now=_as_json(now)
        )
    return row


def values_of(school: School) -> dict[str, Any]:
    """A setting as its form shows it."""
    return {name: getattr(school, name) for name in Setting.__dataclass_fields__}


def settle_statuses() -> int:
    """Open what opens and close what closes by its days. Run every day. Returns how many."""
    rows = db.session.scalars(
        sa.select(School)
        .where(School.urn.is_(None), School.status != SchoolStatus.CLOSED)
        .where(sa.or_(School.opened_on.is_not(None), School.closed_on.is_not(None)))
        .order_by(School.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    changed = 0
    for row in rows:
        was, row.status = row.status, _status(row)
        if row.status is not was:
            changed += 1
            now = {"status": row.status.value}
            audit.record(
                "school", row.id, "by its days", by=None, was={"status": was.value}, now=now
            )
    db.session.flush()
    return changed


def _check(setting: Setting) -> None:
    low, high = setting.low_age, setting.high_age
    if low is not None and high is not None and low > high:
        raise DomainError("The oldest age must not be under the youngest", field="high_age")
    if setting.opened_on and setting.closed_on and setting.closed_on < setting.opened_on:
        raise DomainError("It can’t close before it opened", field="closed_on")


def _check_code(code: str, own_id: int | None) -> None:
    taken = db.session.scalar(
        sa.select(School.id).where(sa.func.lower(School.local_code) == code.lower())
    )
    if taken is not None and taken != own_id:
        raise DomainError(TAKEN, field="local_code")


def _values(setting: Setting) -> dict[str, Any]:
    return {**asdict(setting), "status": _status(setting)}


def _status(setting: Setting | School) -> SchoolStatus:
    """Open through its last day; a last day ahead makes it one that is proposed to close."""
    today = clock.today()
    if setting.closed_on is not None:
        is_over = setting.closed_on < today
        return SchoolStatus.CLOSED if is_over else SchoolStatus.PROPOSED_TO_CLOSE
    if setting.opened_on is not None and setting.opened_on > today:
        return SchoolStatus.PROPOSED_TO_OPEN
    return SchoolStatus.OPEN


def _as_json(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }
