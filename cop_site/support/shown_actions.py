"""Actions as one person sees them: whose they are and what that person may do with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.support import policies
from cop_site.support.models import Action


@dataclass(frozen=True)
class ShownAction:
    """``who`` does it: a school or a person, "You" for oneself."""

    action: Action
    who: str
    can_mark: bool
    can_move: bool

    @property
    def is_overdue(self) -> bool:
        return self.action.is_open and self.action.due_on < clock.today()

    @property
    def is_moved(self) -> bool:
        return self.action.due_on != self.action.first_due_on


def show_actions(user: ActingUser, actions: Iterable[Action]) -> list[ShownAction]:
    """Each action with school and person loaded."""
    return [
        ShownAction(
            action=action,
            who=_who(user, action),
            can_mark=policies.can_mark_done(user, action),
            can_move=policies.can_move(user, action),
        )
        for action in actions
    ]


def _who(user: ActingUser, action: Action) -> str:
    if action.person is not None:
        return "You" if action.person_id == user.person_id else action.person.name
    return action.school.name if action.school else ""
