"""How long people keep requests to join, and whom partners named once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.keeping import Ends, Kept, delete_from
from cop_site.people import sweep_services
from cop_site.people.erasure_models import ErasureStep
from cop_site.people.join_services import LINK_LASTS
from cop_site.people.joining_models import JoinRequest, JoinState
from cop_site.people.team_models import TeamContact


def _unconfirmed(before: datetime) -> sa.Select[Any]:
    """The link was mailed so long ago that it has run out."""
    return sa.select(JoinRequest.id).where(
        JoinRequest.state == JoinState.UNCONFIRMED, JoinRequest.expires_at <= before + LINK_LASTS
    )


def _waiting(before: datetime) -> sa.Select[Any]:
    """Whoever confirmed that the address is theirs, and whom nobody at the school answered."""
    return sa.select(JoinRequest.id).where(
        JoinRequest.state == JoinState.WAITING, JoinRequest.asked_at < before
    )


def _answered(before: datetime) -> sa.Select[Any]:
    return sa.select(JoinRequest.id).where(JoinRequest.decided_at < before)


def _contacts(before: datetime) -> sa.Select[Any]:
    return sa.select(TeamContact.id).where(TeamContact.ends_on < clock.london_date(before))


def _unfinished(before: datetime) -> sa.Select[Any]:
    return sa.select(ErasureStep.id).where(ErasureStep.began_at < before)


def _is_still_unfinished(step_id: int, _before: datetime) -> bool:
    return sweep_services.lock_step(step_id) is not None


def _finish(ids: Sequence[Any]) -> None:
    for step_id in ids:
        sweep_services.take_step(step_id)


# Unless the authority chooses another time.
_for_a_year = partial(Kept, ends=Ends.DELETED, lasts=timedelta(days=365), bounds=(30, 3 * 365))
_request = partial(_for_a_year, end=delete_from(JoinRequest), tables=("join_request",))
KEPT = (
    Kept(
        key="erasures",
        what="Name and addresses of somebody who is erased, where their erasure was cut short",
        why="To take them out of what others wrote",
        since="after they were erased",
        ends=Ends.DELETED,
        lasts=timedelta(hours=1),
        due=_unfinished,
        is_still_due=_is_still_unfinished,
        end=_finish,
        tables=("erasure_step",),
    ),
    Kept(
        key="join_unconfirmed",
        what="Requests to join a school that nobody confirmed",
        why="To wait for the click that shows whose address it is",
        since="after the last link was mailed",
        ends=Ends.DELETED,
        lasts=LINK_LASTS,
        due=_unconfirmed,
        end=delete_from(JoinRequest),
        tables=("join_request",),
    ),
    _request(
        key="join_waiting",
        what="Requests to join that a school has not answered",
        why="So that the school can still answer",
        since="after they were made",
        due=_waiting,
    ),
    _request(
        key="join_answered",
        what="Requests to join that a school has answered",
        why="To say who let somebody in, or why not",
        since="after the answer",
        due=_answered,
    ),
    _for_a_year(
        key="team_contacts",
        what="Whom a partner service named for schools, and how to reach them",
        why="To look up who it was",
        since="after their last day",
        due=_contacts,
        end=delete_from(TeamContact),
        tables=("team_contact",),
    ),
)
