"""Planning what a register file changes, and writing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.schools import import_queries
from cop_site.schools.models import School, SchoolImport, SchoolStatus
from cop_site.schools.register_file import (
    EVERY_LA,
    FIELDS,
    RefusedRow,
    Register,
    RegisterRow,
    read_register,
)

# Every school has these, so a blank is a gap in the file and never news.
NEVER_BLANKED = ("type_code", "type_name", "phase")
ABSENT_AT_MOST = 0.1
ROWS_AT_ONCE = 1000
# Any number, the same everywhere: two imports at once would both add the same new schools.
IMPORT_LOCK = 351_000_001
Item = TypeVar("Item")
values_of = attrgetter(*FIELDS)


@dataclass(frozen=True)
class SchoolChange:
    """What the file says anew of a school already known, field by field."""

    school_id: int
    row: RegisterRow
    was: dict[str, Any]
    now: dict[str, Any]

    @property
    def told(self) -> list[tuple[str, str, str]]:
        """Each field that changes, in words: what it is, what it was, what it will be."""
        return [
            (_words(name), _value(was), _value(self.now[name])) for name, was in self.was.items()
        ]


def _words(name: str) -> str:
    return name.removesuffix("_on").replace("_", " ").replace("la ", "local authority ")


def _value(value: object) -> str:
    if isinstance(value, SchoolStatus):
        return value.value.replace("_", " ")
    if isinstance(value, date):
        return clock.say_day(value)
    return str(value) if value not in (None, "") else "blank"


@dataclass(frozen=True)
class AbsentSchool:
    """An open school that the register knew before and this file doesn't have."""

    urn: int
    name: str

    @property
    def label(self) -> str:
        return f"{self.name}, URN {self.urn}"


@dataclass
class ImportPlan:
    """What importing a file would do. ``closed``, ``reopened`` and ``changed`` are apart."""

    file_name: str
    sha256: str
    la_code: str
    # What was read: rows understood, by status, and whose they are.
    by_status: Counter[SchoolStatus] = field(default_factory=Counter)
    la_names: set[str] = field(default_factory=set)
    new: list[RegisterRow] = field(default_factory=list)
    changed: list[SchoolChange] = field(default_factory=list)
    closed: list[SchoolChange] = field(default_factory=list)
    reopened: list[SchoolChange] = field(default_factory=list)
    unchanged: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    absent: list[AbsentSchool] = field(default_factory=list)
    proposed_to_close: list[RegisterRow] = field(default_factory=list)
    # Known schools that close or may: their ids lead to the bookings they have ahead.
    closing: dict[int, RegisterRow] = field(default_factory=dict)

    @property
    def is_for_all(self) -> bool:
        return self.la_code == EVERY_LA

    @property
    def changes_anything(self) -> bool:
        return bool(self.new or self.changed or self.closed or self.reopened)

    @property
    def counts(self) -> dict[str, int]:
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "closed": len(self.closed),
            "reopened": len(self.reopened),
            "unchanged": self.unchanged,
            "refused": len(self.refused),
            "absent": len(self.absent),
        }


def read_file(path: Path, la_code: str) -> Register:
    """The register's rows for an authority, or for "all". Reads no database.

    Raises DomainError where the file as a whole is refused, or the code can't be one.
    """
    digits = la_code.isascii() and la_code.isdigit() and len(la_code) == 3
    if la_code != EVERY_LA and not digits:
        raise DomainError(
            f'The local authority must be a code of 3 digits, or "{EVERY_LA}".', field="la_code"
        )
    return read_register(path, la_code)


def plan_import(register: Register) -> ImportPlan:
    """Compare a file with what is known. Reads only.

    A school that is absent from the file stays as it is; raises DomainError where more than a
    tenth of the open ones are, for then the file was cut.
    """
    plan = ImportPlan(register.file_name, register.sha256, register.la_code)
    plan.refused = list(register.refused)
    plan.by_status.update(row.status for row in register.rows)
    plan.la_names.update(row.la_name for row in register.rows)
    urns = {row.urn for row in register.rows}
    known = {row.urn: row for row in import_queries.list_known(register.la_code, urns)}
    kept = register.without_source
    for row in register.rows:
        _plan_row(plan, row, known.get(row.urn), kept)
    urns |= {row.urn for row in register.refused if row.urn}
    _find_absent(plan, known.values(), urns)
    return plan


def _plan_row(
    plan: ImportPlan, row: RegisterRow, known: sa.Row[Any] | None, kept: frozenset[str]
) -> None:
    if row.status is SchoolStatus.PROPOSED_TO_CLOSE:
        plan.proposed_to_close.append(row)
    if known is None:
        plan.new.append(row)
        return
    change = _compare(row, known, kept)
    closes = "status" in change.now and row.status is SchoolStatus.CLOSED
    if closes:
        plan.closed.append(change)
    elif change.was.get("status") is SchoolStatus.CLOSED and row.status.is_open:
        plan.reopened.append(change)
    elif change.now:
        plan.changed.append(change)
    else:
        plan.unchanged += 1
    if closes or row.status is SchoolStatus.PROPOSED_TO_CLOSE:
        plan.closing[known.id] = row


def _compare(row: RegisterRow, known: sa.Row[Any], kept: frozenset[str]) -> SchoolChange:
    change = SchoolChange(known.id, row, {}, {})
    for name, was, now in zip(FIELDS, known[-len(FIELDS) :], values_of(row), strict=True):
        if was == now or name in kept or (name in NEVER_BLANKED and not now):
            continue
        change.was[name], change.now[name] = was, now
    return change


def _find_absent(plan: ImportPlan, known: Iterable[sa.Row[Any]], urns: set[int]) -> None:
    expected = [
        row
        for row in known
        if row.imported_at is not None
        and row.status.is_open
        and (plan.is_for_all or plan.la_code == row.la_code)
    ]
    absent = [row for row in expected if row.urn not in urns]
    plan.absent = [AbsentSchool(row.urn, row.name) for row in absent]
    if len(absent) > ABSENT_AT_MOST * len(expected):
        raise DomainError(
            f"{plan.file_name}: {len(absent)} of the {len(expected)} open schools known here"
            " are not in the file, which is more than 1 in 10, so the file may have been cut."
        )


def apply_import(register: Register, *, by: int | None, skip_refused: bool = False) -> ImportPlan:
    """Write what the file says, planned afresh inside the caller's transaction.

    Where nothing changes nothing is written, not even that there was an import. What the file
    has no source for (a local code, an empty column) stays. Raises DomainError where rows were
    refused, unless these are to be left out.
    """
    lock_imports()
    plan = plan_import(register)
    if plan.refused and not skip_refused:
        raise DomainError(_say_refused(plan))
    if plan.changes_anything:
        _add_schools(plan.new, by)
        _change_schools([*plan.changed, *plan.closed, *plan.reopened], by)
        db.session.add(
            SchoolImport(
                file_name=plan.file_name,
                sha256=plan.sha256,
                la_code=plan.la_code,
                counts=plan.counts,
                by_user_id=by,
                at=clock.now(),
            )
        )
        db.session.flush()
    return plan


def _say_refused(plan: ImportPlan) -> str:
    first, count = plan.refused[0], len(plan.refused)
    rows = "1 row is" if count == 1 else f"{count} rows are"
    where = f"on line {first.line}" if count == 1 else f"the first on line {first.line}"
    return (
        f"{plan.file_name}: {rows} refused, {where}, so nothing was written; mend the file,"
        " or say that such rows are to be left out."
    )


def lock_imports() -> None:
    """One import at a time, of schools or of links."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(IMPORT_LOCK)))


def _add_schools(rows: Sequence[RegisterRow], by: int | None) -> None:
    now = clock.now()
    for some in _in_parts(rows):
        values = [
            dict(zip(FIELDS, values_of(row), strict=True)) | {"imported_at": now} for row in some
        ]
        # Into the table, not the class: the ORM sends rows apart by which fields are null. And
        # asked for ids it sends one long statement, which the driver takes far longer over.
        db.session.execute(sa.insert(School.__table__), values)  # type: ignore[arg-type]
        ids = import_queries.map_urns([row.urn for row in some])
        added: list[audit.Entry] = [
            (ids[row.urn], {}, {"urn": row.urn, "name": row.name, "status": row.status.value})
            for row in some
        ]
        audit.record_many("school", "imported", added, by=by)


def _change_schools(changes: Sequence[SchoolChange], by: int | None) -> None:
    """Each school is written with the fields that changed, and no others."""
    changes = sorted(changes, key=lambda change: tuple(change.now))
    now = clock.now()
    for some in _in_parts(changes):
        values = [{"id": change.school_id, "imported_at": now, **change.now} for change in some]
        db.session.execute(sa.update(School), values)
        changed = [
            (change.school_id, _as_json(change.was), _as_json(change.now)) for change in some
        ]
        audit.record_many("school", "changed by import", changed, by=by)
    # A bulk update by key passes by the objects that are loaded already.
    db.session.expire_all()


def _in_parts(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), ROWS_AT_ONCE):
        yield items[start : start + ROWS_AT_ONCE]


def _as_json(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }
