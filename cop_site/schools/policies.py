"""Who may look after schools, terms, scopes and what the authority says of itself."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from cop_site import clock


class Acting(Protocol):
    """As much of the acting user as is asked here; accounts stands above."""

    @property
    def is_lead(self) -> bool: ...

    @property
    def is_service_staff(self) -> bool: ...

    def has_role(self, *roles: str) -> bool: ...


def can_import(user: Acting) -> bool:
    """May take the register in, and enter settings that are not in it."""
    return user.has_role("administrator")


def can_manage_kinds(user: Acting) -> bool:
    """May say which kinds of cluster there are."""
    return user.has_role("administrator")


def can_manage_terms(user: Acting) -> bool:
    return user.has_role("administrator")


def can_manage_authority(user: Acting) -> bool:
    """May say what the authority says of itself, and how long things are kept."""
    return user.has_role("administrator")


def can_freeze_scopes(user: Acting) -> bool:
    return user.is_lead


def can_see_scopes(user: Acting) -> bool:
    return user.is_service_staff


def why_too_early(starts_on: date) -> str | None:
    """Why a term's list cannot be frozen yet: before its first day nobody knows who is on it."""
    if starts_on <= clock.today():
        return None
    return f"You can freeze the list from the term’s first day, {clock.say_day(starts_on)}."
