"""The record of changes: who, when, what, was and is. Read by administrators, changed by nobody."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.reports import audit_policies, audit_queries
from cop_site.reports.audit_queries import ChangeFilter
from cop_site.reports.audit_things import THINGS
from cop_site.web.access import authorise, role
from cop_site.web.htmx import render
from cop_site.web.routing import read_id
from cop_site.web.typed import read_iso_day

bp = Blueprint("changes", __name__, url_prefix="/changes")

LONGEST_NAME = 100
TO_BEFORE_FROM = "“To” must be the same day as “From”, or later"


@bp.get("")
@role("administrator")
def index() -> ResponseReturnValue:
    authorise(audit_policies.can_read_changes(current_user))
    chosen = _read_filter()
    mistake = TO_BEFORE_FROM if chosen.runs_backwards else ""
    changes, has_older = ([], False) if mistake else audit_queries.list_changes(chosen)
    return render(
        "reports/changes.html",
        fragment="reports/partials/changes_found.html",
        mistake=mistake,
        changes=changes,
        has_older=has_older,
        chosen=chosen,
        things=sorted(THINGS.items(), key=lambda pair: pair[1]),
    )


def _read_filter() -> ChangeFilter:
    """The filter in the address. What is nonsense is left out, so the boxes tell the truth."""
    args = request.args
    thing = args.get("thing", "")
    return ChangeFilter(
        thing=thing if thing in THINGS else "",
        thing_id=read_id(args.get("id", "")),
        who=" ".join(args.get("who", "").split())[:LONGEST_NAME],
        since=read_iso_day(args.get("since", "")),
        until=read_iso_day(args.get("until", "")),
        before=read_id(args.get("before", "")),
    )
