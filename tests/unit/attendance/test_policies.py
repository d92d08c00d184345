"""Who may take a register, without a database."""

from __future__ import annotations

from datetime import date

import pytest

from cop_site.accounts.acting_models import ActingUser, HeldAssignment, HeldSchoolRole
from cop_site.accounts.models import SchoolRoleKind, ServiceRoleKind
from cop_site.attendance.policies import can_take_register, may_have_registers
from cop_site.events.models import Event

MEETING = Event(cluster_id=1)
NETWORK = Event(cluster_id=None)


def user(*roles: ServiceRoleKind, cluster: int = 0, takes: bool = True) -> ActingUser:
    held = HeldAssignment(cluster, "Cluster", "cluster", "ep", takes)
    return ActingUser(
        7,
        70,
        "Somebody",
        "somebody@service.example",
        service_roles=frozenset(roles),
        assignments=(held,) if cluster else (),
    )


class TestCanTakeRegister:
    @pytest.mark.parametrize(
        "role", [ServiceRoleKind.INCLUSION_LEAD, ServiceRoleKind.SUPPORT_OFFICER]
    )
    def test_lead_and_support_officer_take_any(self, role: ServiceRoleKind) -> None:
        assert can_take_register(user(role), MEETING, ())
        assert can_take_register(user(role), NETWORK, ())

    def test_the_clusters_own_people_take_it(self) -> None:
        assert can_take_register(user(ServiceRoleKind.EP, cluster=1), MEETING, ())

    def test_a_partner_named_to_the_cluster_does_not(self) -> None:
        assert not can_take_register(user(cluster=1, takes=False), MEETING, ())

    def test_people_of_another_cluster_do_not(self) -> None:
        assert not can_take_register(user(ServiceRoleKind.EP, cluster=2), MEETING, ())

    def test_a_clusters_people_do_not_take_the_networks(self) -> None:
        assert not can_take_register(user(ServiceRoleKind.EP, cluster=1), NETWORK, ())

    def test_facilitators_take_it_while_they_hold_any_role(self) -> None:
        partner = ActingUser(7, 70, "P", "p@partner.example", partner_services=("Voice",))
        assert can_take_register(partner, NETWORK, {70})
        assert not can_take_register(partner, NETWORK, {7})
        assert not can_take_register(user(), NETWORK, {70})

    def test_an_administrator_as_such_does_not(self) -> None:
        assert not can_take_register(user(ServiceRoleKind.ADMINISTRATOR), MEETING, ())


class TestMayHaveRegisters:
    def test_staff_partners_and_a_clusters_people_are_asked_for(self) -> None:
        assert may_have_registers(user(ServiceRoleKind.EP))
        assert may_have_registers(user(cluster=1))
        partner = ActingUser(1, 1, "P", "p@partner.example", partner_services=("Voice",))
        assert may_have_registers(partner)

    def test_school_people_cost_no_statement(self) -> None:
        held = HeldSchoolRole(1, "Alder", SchoolRoleKind.SENCO, date(2025, 9, 1))
        assert not may_have_registers(ActingUser(1, 1, "S", "s@x.example", school_roles=(held,)))
