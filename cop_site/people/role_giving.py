"""A role as somebody chooses it, whatever its sort: one value for a form and for a list."""

from __future__ import annotations

from dataclasses import dataclass

from cop_site.accounts.models import SchoolRoleKind, ServiceRoleKind, Standing
from cop_site.accounts.role_queries import PARTNER, SCHOOL, SERVICE, say_role


@dataclass(frozen=True)
class ChosenRole:
    """A role to give. ``place_id`` is the school's or the partner service's; 0 for the service.

    ``shares`` is said of a second SENCO.
    """

    source: str
    key: str
    place_id: int = 0
    place: str = ""
    standing: Standing = Standing.SUBSTANTIVE
    shares: bool = False

    @property
    def words(self) -> str:
        what = say_role(self.source, self.key, self.standing, self.place)
        return f"{what} at {self.place}" if self.source == SCHOOL else what


def school_role(
    kind: SchoolRoleKind, school_id: int, name: str, standing: Standing = Standing.SUBSTANTIVE
) -> ChosenRole:
    return ChosenRole(SCHOOL, kind.value, school_id, name, standing)


def service_role(kind: ServiceRoleKind) -> ChosenRole:
    return ChosenRole(SERVICE, kind.value)


def partner_role(partner_id: int, name: str) -> ChosenRole:
    return ChosenRole(PARTNER, PARTNER, partner_id, name)
