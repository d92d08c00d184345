"""The first account of a site."""

from __future__ import annotations

from collections.abc import Iterable

from cop_site import clock
from cop_site.accounts import (
    passwords,
    services,
)
from cop_site.accounts.models import ServiceRole, ServiceRoleKind, User
from cop_site.db import db
from cop_site.email_addresses import is_email_address
from cop_site.errors import DomainError


def check_email(email: str) -> None:
    """Raises DomainError where it can't be an email address."""
    if not is_email_address(email):
        raise DomainError(
            "Enter an email address in the right format, like name@authority.example",
            field="email",
        )


def hash_password(password: str, words: Iterable[str] = ()) -> str:
    """Slow on purpose: call it outside a transaction. Raises DomainError where too weak.

    ``words`` are names that a stranger would try first.
    """
    services.check_new_password(password, words)
    return passwords.hash_password(password)


def hash_public_password(password: str) -> str:
    """For the demonstration alone, whose password is printed for everyone: it may be easy."""
    return passwords.hash_password(password)


def add_administrator(
    name: str, email: str, password_hash: str | None, *, is_lead: bool = False
) -> User:
    """A person with an account who is an administrator from today, or the inclusion lead as well.

    Nobody can give themselves the second later. Raises DomainError where the name is missing or
    the address is wrong or taken.
    """
    if not name:
        raise DomainError("The administrator needs a name.", field="name")
    check_email(email)
    person = services.add_person(name, email)
    lead = [ServiceRoleKind.INCLUSION_LEAD] if is_lead else []
    db.session.add_all(
        ServiceRole(person_id=person.id, role=role, starts_on=clock.today())
        for role in (ServiceRoleKind.ADMINISTRATOR, *lead)
    )
    return services.add_user(person, email, password_hash)
