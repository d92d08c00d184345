"""Who may do what with scopes."""

from __future__ import annotations

from typing import Protocol


class Acting(Protocol):
    """As much of the acting user as is asked here; accounts stands above."""

    @property
    def is_lead(self) -> bool: ...

    @property
    def is_service_staff(self) -> bool: ...


def can_freeze_scopes(user: Acting) -> bool:
    return user.is_lead


def can_see_scopes(user: Acting) -> bool:
    return user.is_service_staff
