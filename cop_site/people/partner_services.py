"""Partner services: their names, which are all there is of them."""

from __future__ import annotations

from cop_site import audit
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import PartnerService
from cop_site.db import db
from cop_site.errors import NotFoundError, refuse_constraint

TAKEN = "There is a partner service of this name already."


def add_partner(name: str, *, by: ActingUser) -> PartnerService:
    """Raises DomainError (from the database) where there is one of this name."""
    row = PartnerService(name=name)
    db.session.add(row)
    db.session.flush()
    audit.record("partner_service", row.id, "added", by=by.user_id, now={"name": name})
    return row


def rename_partner(partner_id: int, name: str, *, by: ActingUser) -> None:
    """The same name again changes nothing. Raises DomainError where another has it."""
    row = db.session.get(PartnerService, partner_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFoundError("There is no such partner service.")
    if row.name == name:
        return
    was, row.name = row.name, name
    db.session.flush()
    audit.record(
        "partner_service",
        partner_id,
        "renamed",
        by=by.user_id,
        was={"name": was},
        now={"name": name},
    )


def get_partner(partner_id: int) -> PartnerService:
    """NotFoundError where there is none."""
    row = db.session.get(PartnerService, partner_id)
    if row is None:
        raise NotFoundError("There is no such partner service.")
    return row


refuse_constraint("uq_partner_service_name", "partner_service.name", sentence=TAKEN)
