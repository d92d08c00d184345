"""What registers add to home and to an event's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.attendance import policies, queries
from cop_site.attendance.check_in_models import EARLY
from cop_site.attendance.sheet_models import opens_on
from cop_site.events.models import Event, EventState
from cop_site.web.panels import Panel


def _load_open(user: ActingUser, _thing: None) -> Mapping[str, Any] | None:
    rows = queries.list_open_registers(policies.takes_register_of(user))
    return {"rows": rows} if rows else None


def _can_take(user: ActingUser, event: Event) -> bool:
    facilitators = [row.person_id for row in event.facilitators]
    return event.state is EventState.PUBLISHED and policies.can_take_register(
        user, event, facilitators
    )


def _load_of_event(_user: ActingUser, event: Event) -> Mapping[str, Any] | None:
    """The registers of an event, which comes with options, sessions and facilitators."""
    has_choice = len(event.options) > 1
    rows = sorted(
        (
            (session, opens_on(session) <= clock.today(), option.label if has_choice else "")
            for option in event.options
            for session in option.sessions
        ),
        key=lambda row: (row[0].starts_at, row[0].id),
    )
    return {"rows": rows} if rows else None


def _is_on(user: ActingUser, event: Event) -> bool:
    """People at schools can check in now, if somebody shows a code."""
    sessions = [session for option in event.options for session in option.sessions]
    is_on = any(one.starts_at - EARLY <= clock.now() < one.ends_at for one in sessions)
    return bool(user.school_roles) and event.state is EventState.PUBLISHED and is_on


PANELS = (
    Panel(
        slot="event",
        order=1,
        can_see=_is_on,
        load=lambda _user, _event: {},
        partial="attendance/partials/check_in_link.html",
    ),
    Panel(
        slot="todo",
        order=-1,
        can_see=lambda user, _thing: policies.may_have_registers(user),
        load=_load_open,
        partial="attendance/partials/registers_to_close.html",
    ),
    Panel(
        slot="event",
        order=10,
        can_see=_can_take,
        load=_load_of_event,
        partial="attendance/partials/event_registers.html",
    ),
)
