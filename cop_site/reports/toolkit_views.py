"""T5 with the schools behind it, T1 and T2 beside it, and T5 as a file."""

from __future__ import annotations

from flask import abort, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.reports import policies
from cop_site.reports.framing import frame, read_ask
from cop_site.reports.survey_report import read_surveys
from cop_site.reports.toolkit_file import HEADER, file_rows
from cop_site.reports.toolkit_report import ToolkitReport, load_reach
from cop_site.reports.views import bp, page_of
from cop_site.web.access import authorise, role
from cop_site.web.exports import export_csv
from cop_site.web.htmx import render

LISTS = ("reached", "not-reached")


def _load() -> ToolkitReport:
    report = load_reach(read_ask())
    if report is None:
        abort(404)
    return report


@bp.get("/engagement/toolkit")
@role(*policies.READERS)
def toolkit() -> ResponseReturnValue:
    authorise(policies.can_see_engagement(current_user))
    report = _load()
    can_see_answers = policies.can_see_survey_figures(current_user)
    return render(
        "reports/toolkit.html",
        fragment="reports/partials/toolkit.html",
        report=report,
        surveys=read_surveys(report.basis) if can_see_answers else None,
        **frame(report.basis, report.names),
    )


@bp.get("/engagement/toolkit/schools")
@role(*policies.READERS)
def toolkit_schools() -> ResponseReturnValue:
    authorise(policies.can_see_engagement(current_user))
    which = request.args.get("which", "reached")
    report = _load()
    if which not in LISTS or report.reach is None:
        abort(404)
    rows = report.reach.reached if which == "reached" else report.reach.not_reached
    return render(
        "reports/toolkit_schools.html",
        report=report,
        which=which,
        page=page_of(list(rows)),
        **frame(report.basis, {}),
    )


@bp.get("/engagement/toolkit.csv")
@role(*policies.READERS)
def toolkit_file() -> ResponseReturnValue:
    authorise(policies.can_see_engagement(current_user))
    report = _load()
    if report.reach is None:
        abort(404)
    name = f"{report.title} as at {report.basis.as_at.isoformat()}.csv"
    return export_csv(name, HEADER, file_rows(report, report.reach))
