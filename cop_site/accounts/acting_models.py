"""Who is asking: plain data that policies decide on. Has no table."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from cop_site.accounts.models import SchoolRoleKind, ServiceRoleKind, Standing, name_role

SERVICE_STAFF = frozenset(
    {
        ServiceRoleKind.ASEP,
        ServiceRoleKind.EP,
        ServiceRoleKind.INCLUSION_LEAD,
        ServiceRoleKind.NETWORK_LEAD,
        ServiceRoleKind.SUPPORT_OFFICER,
    }
)

# The service roles of which one must be held for a part in a cluster to count. Kinds of
# assignment that are not here (manager, named partner) need none.
NEEDED_ROLES = {
    "ep": frozenset({ServiceRoleKind.EP}),
    "asep": frozenset({ServiceRoleKind.ASEP}),
    "cover": frozenset({ServiceRoleKind.EP, ServiceRoleKind.ASEP}),
}


@dataclass(frozen=True)
class HeldSchoolRole:
    school_id: int
    school_name: str
    role: SchoolRoleKind
    starts_on: date
    standing: Standing = Standing.SUBSTANTIVE
    ends_on: date | None = None

    @property
    def what(self) -> str:
        """Like "SENCO" or "Acting SENCO"."""
        return name_role(self.role, self.standing)


@dataclass(frozen=True)
class HeldAssignment:
    cluster_id: int
    cluster_name: str
    cluster_slug: str
    kind_key: str
    takes_registers: bool


@dataclass(frozen=True)
class ActingUser:
    """A signed-in person with every right they hold today, read afresh on each request."""

    user_id: int
    person_id: int
    name: str
    email: str
    sign_in_id: int = 0
    school_roles: tuple[HeldSchoolRole, ...] = ()
    service_roles: frozenset[ServiceRoleKind] = frozenset()
    partner_services: tuple[str, ...] = ()
    assignments: tuple[HeldAssignment, ...] = ()
    token: str = field(default="", repr=False)
    seen_at: datetime | None = None
    has_second_step: bool = False
    chosen_school_id: int | None = None

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What Flask-Login keeps in the cookie: the sign-in's token, not the user's id."""
        return self.token

    @cached_property
    def roles(self) -> frozenset[str]:
        """Every role key held today, "partner" included; what ``@role(...)`` asks."""
        held = {role.value for role in self.service_roles}
        held |= {held_role.role.value for held_role in self.school_roles}
        return frozenset(held | ({"partner"} if self.partner_services else set()))

    def has_role(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)

    @property
    def has_any_role(self) -> bool:
        """False for somebody whose every role has ended: what they once ran is others' now."""
        return bool(self.roles or self.assignments)

    @property
    def is_service_staff(self) -> bool:
        return not self.service_roles.isdisjoint(SERVICE_STAFF)

    @property
    def is_lead(self) -> bool:
        return ServiceRoleKind.INCLUSION_LEAD in self.service_roles

    @cached_property
    def schools(self) -> dict[int, str]:
        """The schools the person acts for today, id to name, one entry a school."""
        return {held.school_id: held.school_name for held in self.school_roles}

    @property
    def chosen_school(self) -> str | None:
        """The name of the school they chose to act for, while it is theirs; None for all."""
        return self.schools.get(self.chosen_school_id) if self.chosen_school_id else None

    @property
    def chosen_schools(self) -> dict[int, str]:
        """The school they chose to act for now; all of theirs where they chose none.

        What is offered or filled in first. Rights are of ``schools``.
        """
        chosen = {key: name for key, name in self.schools.items() if key == self.chosen_school_id}
        return chosen or self.schools

    def last_day_at(self, school_id: int) -> date | None:
        """The last day they act for a school of theirs; None while no end is set."""
        ends = [held.ends_on for held in self.school_roles if held.school_id == school_id]
        known = [day for day in ends if day is not None]
        return max(known) if known and len(known) == len(ends) else None

    def role_at(self, school_id: int) -> SchoolRoleKind | None:
        """The first role held at a school today, SENCO before others; None where there is none."""
        order = list(SchoolRoleKind)
        held = [held.role for held in self.school_roles if held.school_id == school_id]
        return min(held, key=order.index) if held else None

    @cached_property
    def supported_clusters(self) -> dict[int, str]:
        """The clusters they look after as EP, AsEP or cover today, id to name, by name."""
        held = {
            row.cluster_id: row.cluster_name
            for row in self.assignments
            if row.kind_key in NEEDED_ROLES
        }
        return dict(sorted(held.items(), key=lambda pair: pair[1].casefold()))

    @property
    def describes_as(self) -> str:
        """The line under the name at the top of the page: role and school or service."""
        if self.school_roles:
            first = self.school_roles[0]
            more = len(self.schools) - 1
            return f"{first.what}, {first.school_name}" + (f" and {more} more" if more else "")
        if self.service_roles:
            order = list(ServiceRoleKind)
            return " and ".join(role.label for role in sorted(self.service_roles, key=order.index))
        return self.partner_services[0] if self.partner_services else "No role at the moment"
