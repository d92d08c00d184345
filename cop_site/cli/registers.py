"""Registers that are still open, as the worker reminds of them."""

from __future__ import annotations

from cop_site.attendance import reminder_services
from cop_site.transaction import transaction


def remind_of_registers() -> int:
    """Remind of each that is due, in a transaction of its own. Returns how many people."""
    told = 0
    for left in reminder_services.list_due():
        with transaction():
            told += reminder_services.remind(left)
    return told
