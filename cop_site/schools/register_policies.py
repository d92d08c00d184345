"""Who may take the register in."""

from __future__ import annotations

from typing import Protocol


class Acting(Protocol):
    """As much of the acting user as is asked here; accounts stands above."""

    def has_role(self, *roles: str) -> bool: ...


def can_import(user: Acting) -> bool:
    return user.has_role("administrator")
