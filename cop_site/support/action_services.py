"""Actions: done, not done after all, moved to another day, dropped."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.support import action_queries, policies
from cop_site.support.models import Action

NOT_YOURS = "This action is for somebody else to mark."


def mark_done(action_id: int, *, by: ActingUser) -> Action:
    """Say that an action is done. Saying so twice changes nothing."""
    action = _lock(action_id, by, policies.can_mark_done)
    if action.dropped_at is not None:
        raise DomainError("This action is no longer needed.")
    if action.done_at is None:
        action.done_at = clock.now()
        action.done_by_user_id = by.user_id
        audit.record("action", action.id, "done", by=by.user_id)
    return action


def mark_not_done(action_id: int, *, by: ActingUser) -> Action:
    """Take back that an action is done."""
    action = _lock(action_id, by, policies.can_mark_done)
    if action.done_at is not None:
        was = {"done_at": action.done_at.isoformat()}
        action.done_at = action.done_by_user_id = None
        audit.record("action", action.id, "undone", by=by.user_id, was=was)
    return action


def move_action(action_id: int, due_on: date, *, by: ActingUser) -> Action:
    """Give an action another day. The first day it was due on stays: it counts as late once."""
    action = _lock(action_id, by, policies.can_move)
    if not action.is_open:
        raise DomainError("This action is not open any more.", field="due_on")
    if due_on < clock.today():
        raise DomainError("Enter a day from today on", field="due_on")
    if due_on != action.due_on:
        was = {"due_on": action.due_on.isoformat()}
        action.due_on = due_on
        now = {"due_on": due_on.isoformat()}
        audit.record("action", action.id, "moved", by=by.user_id, was=was, now=now)
    return action


def drop_action(action_id: int, reason: str, *, by: ActingUser) -> Action:
    """Say that an action is no longer needed, and why."""
    action = _lock(action_id, by, policies.can_move)
    if action.is_open:
        action.dropped_at = clock.now()
        action.drop_reason = reason
        audit.record("action", action.id, "dropped", by=by.user_id)
    return action


def _lock(action_id: int, by: ActingUser, may: object) -> Action:
    wanted = sa.select(Action.id).where(Action.id == action_id)
    if db.session.scalar(wanted.with_for_update()) is None:
        raise NotFoundError("There is no such action.")
    action = action_queries.get_action(action_id)
    if not callable(may) or not may(by, action):
        raise DomainError(NOT_YOURS)
    return action
