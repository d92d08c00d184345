"""Issuing certificates, and checking their numbers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import queries as account_queries
from cop_site.accounts import services as account_services
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.records import certificate_queries, queries
from cop_site.records.certificate_queries import Checked
from cop_site.records.cpd_models import Line
from cop_site.records.models import PRINTED, Certificate, make_number
from cop_site.schools.models import Authority
from cop_site.schools.queries import find_authority

NOT_COUNTED = "There is no certificate for this event, as no closed register says they attended."


class TooManyNumbersError(DomainError):
    """Somebody tries one number after another."""


def issue_certificate(event_id: int, person_id: int, *, by: ActingUser) -> Certificate:
    """The certificate of what somebody attended at an event, as it would be printed now.

    The one there is, where that says the same: sent twice, or by two at once, it is one. Where it
    says something else a new one takes its place, and the old stays as it is. Raises NotFoundError
    where there is no such person, DomainError where nothing they attended counts.
    """
    person = _lock(person_id)
    line = queries.find_line(person_id, event_id)
    if line is None:
        raise DomainError(NOT_COUNTED)
    wanted = print_line(line, person.name, find_authority())
    made = certificate_queries.list_of_event(person_id, event_id)
    current = [row for row in made if row.replaced_at is None]
    if len(current) == 1 and not differs(current[0], wanted):
        return current[0]
    for old in current:
        old.replaced_at = clock.now()
    # First, as there may be one at a time that is not replaced.
    db.session.flush()
    fresh = Certificate(
        number=make_number(),
        person_id=person_id,
        event_id=event_id,
        issued_at=clock.now(),
        **wanted,
    )
    db.session.add(fresh)
    db.session.flush()
    for old in current:
        old.replaced_by_id = fresh.id
    told = {"event_id": event_id, "person_id": person_id}
    audit.record("certificate", fresh.id, "issued", by=by.user_id, now=told)
    db.session.flush()
    return fresh


def print_line(line: Line, name: str, authority: Authority | None) -> dict[str, Any]:
    """What a certificate of this line says, beside its number and day."""
    hours = str(line.hours)
    return {
        "holder": name,
        "service": authority.service_name if authority else "",
        "authority": authority.name if authority else "",
        "title": line.title,
        "kind": line.kind.label,
        "level": line.level,
        "dates": line.dates,
        "hours": hours[:1].upper() + hours[1:],
        "how": line.how,
        "schools": line.schools,
        "came": {"dates": [certificate_queries.fact_of(one) for one in line.came]},
    }


def differs(certificate: Certificate, wanted: dict[str, Any]) -> bool:
    """Whether something else would be printed now."""
    return any(getattr(certificate, name) != wanted[name] for name in (*PRINTED, "came"))


def list_new(certificate: Certificate, wanted: dict[str, Any]) -> list[tuple[str, str]]:
    """The fields that a new certificate would have otherwise."""
    same = {"number": certificate.number, "issued_at": certificate.issued_at}
    printed = Certificate(**same, **wanted).printed
    return [field for field in printed if field not in certificate.printed]


def _lock(person_id: int) -> Person:
    """The person and those merged into them, so that two who issue at once take turns."""
    own = sa.select(queries.own_people().c.id)
    people = db.session.scalars(
        sa.select(Person)
        .where(Person.id.in_(own))
        .order_by(Person.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True),
        {"person_id": person_id},
    ).all()
    person = next((one for one in people if one.id == person_id), None)
    if person is None or person.merged_into_id is not None or person.erased_at is not None:
        raise NotFoundError("There is no such person.")
    return person


def check_number(number: str | None, address: str) -> Checked | None:
    """The certificate of a number. After 10 wrong ones in 5 minutes from one network address it
    raises TooManyNumbersError, whatever the next one is. ``number`` None can be none at all."""
    if number is None:
        return None
    tries = f"certificate {address}"
    since = clock.now() - account_services.GUESS_WINDOW
    account = account_services.name_account(tries)
    if account_queries.count_guesses(since, account=account, device="") >= account_services.GUESSES:
        raise TooManyNumbersError(account_services.TOO_MANY)
    found = certificate_queries.find_checked(number)
    if found is None:
        account_services.count_guess(tries, device="", address=address)
    return found
