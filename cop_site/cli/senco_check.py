"""The question of each term about SENCOs, as the worker asks it."""

from __future__ import annotations

from cop_site.people import senco_check_services
from cop_site.transaction import transaction


def ask_about_sencos() -> int:
    """Ask each school that is due, in a transaction of its own. Returns how many were asked."""
    asked = 0
    for school_id in senco_check_services.list_due():
        with transaction():
            asked += senco_check_services.ask_school(school_id)
    return asked
