"""Naming whom a partner service has for a school or a cluster. Dated, with a history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import role_services
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import PartnerService
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError, refuse_stale
from cop_site.people import team_queries
from cop_site.people.team_models import TeamContact
from cop_site.schools.cluster_queries import lasts_until


@dataclass(frozen=True)
class Place:
    """What a contact is for: a school, or all schools of a cluster."""

    school_id: int | None = None
    cluster_id: int | None = None


@dataclass(frozen=True)
class ContactDetails:
    """``person_id`` is of somebody of the service here; else ``name`` says who it is."""

    person_id: int | None
    name: str
    phone: str
    email: str
    how: str
    starts_on: date
    ends_on: date | None = None


def name_contact(
    partner_id: int, place: Place, details: ContactDetails, *, by: ActingUser
) -> TeamContact:
    """Name a service's contact. Whom it named before stops being that the day before.

    Raises DomainError where nobody is named or there is no way to reach them, the person is not
    of the service, or another begins that day or later.
    """
    _lock_service(partner_id)
    _check(partner_id, details)
    row = TeamContact(partner_service_id=partner_id, **asdict(place), **asdict(details))
    for other in _list_others(row):
        if other.starts_on >= details.starts_on:
            raise DomainError(
                f"Somebody is named from {clock.say_day(other.starts_on)}. Change that instead.",
                field="starts_on",
            )
        was = _as_json(other)
        other.ends_on = details.starts_on - clock.ONE_DAY
        _record(other, "ended", by, was=was)
    # Whoever is over must be written before whoever begins, or two are open at once.
    db.session.flush()
    db.session.add(row)
    db.session.flush()
    _record(row, "named", by)
    return row


def change_contact(
    contact_id: int, details: ContactDetails, *, seen: str, by: ActingUser
) -> TeamContact:
    """Correct a contact, or say its last day.

    ``seen`` is the stamp of what the form was opened on: StaleEditError where somebody changed
    it since. Raises DomainError as ``name_contact`` does, and where its days meet another's.
    """
    _lock_service(team_queries.get_contact(contact_id).partner_service_id)
    # An erasing empties it without the service's lock.
    row = db.session.get_one(TeamContact, contact_id, with_for_update=True, populate_existing=True)
    refuse_stale(seen, values_of(row))
    _check(row.partner_service_id, details)
    was, before = _as_json(row), values_of(row)
    for name, value in asdict(details).items():
        setattr(row, name, value)
    with db.session.no_autoflush:
        if _list_others(row):
            raise DomainError("Somebody else is named on one of those days", field="starts_on")
    db.session.flush()
    changed = [name for name, value in values_of(row).items() if before[name] != value]
    if changed:
        _record(row, "changed", by, was=was, changed=changed)
    return row


def values_of(row: TeamContact) -> dict[str, Any]:
    """A contact as its form shows it."""
    values = {name: getattr(row, name) for name in ContactDetails.__dataclass_fields__}
    return values | {"person_id": str(row.person_id or "")}


def _lock_service(partner_id: int) -> None:
    """One change at a time to whom a service names."""
    found = db.session.get(PartnerService, partner_id, with_for_update=True)
    if found is None:
        raise NotFoundError("There is no such partner service.")


def _check(partner_id: int, details: ContactDetails) -> None:
    if details.person_id is not None:
        if details.person_id not in dict(team_queries.list_people_of(partner_id)):
            raise DomainError("Choose somebody of the service", field="person_id")
        role_services.lock_person(details.person_id)
    if details.person_id is None and not details.name:
        raise DomainError("Choose somebody, or enter a name", field="name")
    if details.ends_on is not None and details.ends_on < details.starts_on:
        raise DomainError("The last day must not be before the first", field="ends_on")
    if details.person_id is None and not (details.phone or details.email or details.how):
        raise DomainError("Enter a phone number, an address or how to reach them", field="phone")


def _list_others(row: TeamContact) -> Iterable[TeamContact]:
    """Whom the service names for the same place on one of the same days."""
    return db.session.scalars(
        sa.select(TeamContact)
        .where(
            TeamContact.id.is_distinct_from(row.id),
            TeamContact.partner_service_id == row.partner_service_id,
            TeamContact.school_id.is_not_distinct_from(row.school_id),
            TeamContact.cluster_id.is_not_distinct_from(row.cluster_id),
            lasts_until(TeamContact, row.starts_on),
            TeamContact.starts_on <= (row.ends_on or date.max),
        )
        .order_by(TeamContact.starts_on)
        .execution_options(populate_existing=True)
    ).all()


def _record(
    row: TeamContact,
    verb: str,
    by: ActingUser,
    *,
    was: dict[str, Any] | None = None,
    changed: Iterable[str] = (),
) -> None:
    now = _as_json(row) | ({"changed": list(changed)} if changed else {})
    audit.record("team_contact", row.id, verb, by=by.user_id, was=was, now=now)


def _as_json(row: TeamContact) -> dict[str, Any]:
    """Not the name, the number or the address: the record outlives whoever asks to be forgotten."""
    return {
        "partner_service_id": row.partner_service_id,
        "school_id": row.school_id,
        "cluster_id": row.cluster_id,
        "person_id": row.person_id,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat() if row.ends_on else None,
    }
