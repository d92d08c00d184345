"""What happened with one school, for itself and those who support it."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.reports import policies
from cop_site.reports.lineage_queries import get_lineage
from cop_site.reports.timeline import by_school_year
from cop_site.reports.timeline_queries import load_timeline
from cop_site.web.access import authorise, signed_in
from cop_site.web.htmx import render
from cop_site.web.typed import read_iso_day

bp = Blueprint("timelines", __name__, url_prefix="/schools")
SHOWN = 40


@bp.get("/<id:school_id>/timeline")
@signed_in
def show(school_id: int) -> ResponseReturnValue:
    lineage = get_lineage(school_id)
    authorise(policies.can_see_timeline(current_user, school_id, lineage.cluster_ids))
    before = read_iso_day(request.args.get("before", ""))
    timeline = load_timeline(lineage, size=SHOWN, before=before)
    return render(
        "reports/timeline.html",
        lineage=lineage,
        years=by_school_year(timeline.happenings),
        earlier=timeline.before,
        before=before,
    )
