"""Reads of certificates, and of whether they still hold."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cop_site.attendance.models import Register
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.records import queries
from cop_site.records.cpd_models import Came
from cop_site.records.models import Certificate, show_number


class Standing(StrEnum):
    VALID = "valid"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    EMPTIED = "emptied"


class Checked(NamedTuple):
    """A certificate, what it is worth now, and the number of the one that replaced it."""

    certificate: Certificate
    standing: Standing
    replaced_by: str | None

    @property
    def shown_replaced_by(self) -> str:
        return show_number(self.replaced_by or "")


def find_checked(number: str) -> Checked | None:
    """What anybody may know of the certificate with this number, None where there is none."""
    after = aliased(Certificate)
    query = sa.select(Certificate, after.number).outerjoin(
        after, after.id == Certificate.replaced_by_id
    )
    found = db.session.execute(query.where(Certificate.number == number)).one_or_none()
    if found is None:
        return None
    certificate, replaced_by = found
    return Checked(certificate, _find_standing(certificate), replaced_by)


def _find_standing(certificate: Certificate) -> Standing:
    if certificate.person_id is None:
        return Standing.EMPTIED
    if certificate.replaced_at is not None:
        return Standing.REPLACED
    return Standing.VALID if stands(certificate) else Standing.WITHDRAWN


def stands(certificate: Certificate) -> bool:
    """False where a closed register no longer says what was printed of its date.

    One that is open says nothing yet: until it is closed again the certificate stands.
    """
    if certificate.person_id is None:
        return False
    rests_on = {tuple(one) for one in certificate.came["dates"]}
    closed = _list_closed([session_id for session_id, *_ in rests_on])
    came = queries.list_came(certificate.person_id, certificate.event_id)
    said = {tuple(fact_of(one)) for one in came}
    return all(fact in said for fact in rests_on if fact[0] in closed)


def fact_of(came: Came) -> list[Any]:
    """What a certificate rests on of one date, as it is kept."""
    return [came.session_id, came.day.isoformat(), came.minutes, came.kind_key]


def _list_closed(session_ids: list[int]) -> set[int]:
    query = sa.select(Register.session_id).where(
        Register.session_id.in_(session_ids), Register.closed_at.is_not(None)
    )
    return set(db.session.scalars(query))


def list_current(person_id: int) -> dict[int, Certificate]:
    """Their newest certificates, by event; merged people's are theirs."""
    return {row.event_id: row for row in _list(_own().where(_is_current()), person_id)}


def list_of_event(person_id: int, event_id: int) -> list[Certificate]:
    """Theirs for one event, the newest first, as the database has them now."""
    return _list(_own().where(Certificate.event_id == event_id), person_id)


def get_current(person_id: int, event_id: int) -> Certificate:
    """The one of an event that is not replaced, or NotFoundError."""
    made = list_of_event(person_id, event_id)
    found = next((one for one in made if one.replaced_at is None), None)
    if found is None:
        raise NotFoundError("There is no such certificate.")
    return found


def get_own(certificate_id: int, person_id: int) -> Certificate:
    """One of theirs, or NotFoundError."""
    found = _list(_own().where(Certificate.id == certificate_id), person_id)
    if not found:
        raise NotFoundError("There is no such certificate.")
    return found[0]


def _list(query: sa.Select[Certificate], person_id: int) -> list[Certificate]:
    again = query.execution_options(populate_existing=True)
    return list(db.session.scalars(again, {"person_id": person_id}))


def _is_current() -> sa.ColumnElement[bool]:
    return Certificate.replaced_at.is_(None)


@cache
def _own() -> sa.Select[Certificate]:
    """What was emptied is nobody's any more."""
    own = sa.select(queries.own_people().c.id)
    query = sa.select(Certificate).where(Certificate.person_id.in_(own))
    return query.order_by(Certificate.id.desc())
