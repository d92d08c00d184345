"""Who came to an event and who missed it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.accounts import school_policies
from cop_site.errors import NotFoundError
from cop_site.events import policies as event_policies
from cop_site.events import queries as event_queries
from cop_site.events.models import Event
from cop_site.follow_up import invite_queries, policies, turnout_queries
from cop_site.follow_up.turnout_models import (
    Outcome,
    Turnout,
    count_all,
    count_clusters,
    count_schools,
    is_known,
)
from cop_site.web.access import authorise, signed_in
from cop_site.web.exports import export_csv, export_xlsx
from cop_site.web.filters import short_date
from cop_site.web.htmx import render
from cop_site.web.routing import read_id

bp = Blueprint("follow_up", __name__, url_prefix="/events/<id:event_id>")
HEADER = ("Name", "Email", "School", "Role", "Cluster", "What is known", "How")


def load_event(event_id: int) -> Event:
    """The event, for somebody who looks after what follows it."""
    event = event_queries.get_event(event_id, event_policies.visible_to(current_user))
    authorise(policies.can_follow_up(current_user, event))
    return event


@dataclass(frozen=True)
class Chosen:
    """What the address narrows the list to."""

    cluster: str
    outcome: Outcome | None

    def fits(self, row: Turnout) -> bool:
        of_cluster = not self.cluster or self.cluster in row.clusters
        return of_cluster and self.outcome in (None, row.outcome)


def _read_chosen(clusters: list[str]) -> Chosen:
    cluster, outcome = request.args.get("cluster", ""), request.args.get("outcome", "")
    return Chosen(
        cluster=cluster if cluster in clusters else "",
        outcome=Outcome(outcome) if outcome in set(Outcome) else None,
    )


@bp.get("/who-came")
@signed_in
def turnout(event_id: int) -> ResponseReturnValue:
    event = load_event(event_id)
    rows = turnout_queries.list_turnout(event)
    counts = count_clusters(rows)
    chosen = _read_chosen([one.name for one in counts])
    return render(
        "follow_up/turnout.html",
        fragment="follow_up/partials/turnout_list.html",
        event=event,
        counts=counts,
        total=count_all(rows),
        is_known=is_known(rows),
        schools=count_schools(rows),
        everybody=rows,
        rows=[row for row in rows if chosen.fits(row)],
        chosen=chosen,
        outcomes=[
            (one.value, one.label) for one in Outcome if any(row.outcome is one for row in rows)
        ],
        can_write_to=may_write_to,
        ahead=_list_ahead(),
    )


def _list_ahead() -> list[tuple[str, str]]:
    """The events that this person may invite people to, as pairs of value and text."""
    found = invite_queries.list_ahead(event_policies.visible_to(current_user))
    return [
        (str(one.id), f"{one.title}, {short_date(one.starts_at)}")
        for one in found
        if policies.can_invite(current_user, one)
    ]


@bp.get("/who-came/again")
@signed_in
def invite_again(event_id: int) -> ResponseReturnValue:
    """On to the event that was chosen, with the people of this one as the list."""
    load_event(event_id)
    to = read_id(request.args.get("to"))
    if to is None:
        raise NotFoundError("Choose an event from the list.")
    chosen = request.args.get("list", "")
    url = url_for("follow_up.invite", event_id=to, list=chosen, source=event_id)
    return redirect(url, 303)


def may_write_to(row: Turnout) -> bool:
    """True where this person may see the address."""
    return bool(row.email) and any(
        school_policies.can_see_staff_addresses(current_user, one.school_id) for one in row.schools
    )


@bp.get("/who-came.<any(csv, xlsx):ending>")
@signed_in
def turnout_file(event_id: int, ending: str) -> Response:
    event = load_event(event_id)
    rows = turnout_queries.list_turnout(event)
    chosen = _read_chosen([one.name for one in count_clusters(rows)])
    table = [_as_cells(row) for row in rows if chosen.fits(row)]
    name = f"{event.title} who came.{ending}"
    return (export_csv if ending == "csv" else export_xlsx)(name, HEADER, table)


def _as_cells(row: Turnout) -> tuple[str, ...]:
    return (
        row.name,
        row.email if may_write_to(row) else "",
        "; ".join(one.name for one in row.schools),
        "; ".join(dict.fromkeys(one.role for one in row.schools)),
        "; ".join(sorted(row.clusters)),
        row.outcome.label,
        row.detail,
    )
