"""The engagement page, the schools behind M1 and M4, and the same as a file."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.reports import policies
from cop_site.reports.contacts import find_contacts
from cop_site.reports.engagement_file import HEADER, file_name, file_rows
from cop_site.reports.engagement_report import find_last_visits, load_report
from cop_site.reports.framing import frame, read_ask
from cop_site.reports.overview_report import load_overview
from cop_site.web.access import authorise, role
from cop_site.web.exports import export_csv
from cop_site.web.htmx import render
from cop_site.web.pagination import Page, page_number

bp = Blueprint("reports", __name__, url_prefix="/reports")
LISTS = ("engaged", "not-yet", "outside")
ROWS_A_PAGE = 100
NOT_YET_SHOWN = 50


@bp.get("/engagement")
@role(*policies.READERS)
def engagement() -> ResponseReturnValue:
    authorise(policies.can_see_engagement(current_user))
    overview = load_overview(read_ask(), with_surveys=policies.can_see_survey_figures(current_user))
    report, names = overview.report, overview.readings.cluster_names if overview.readings else {}
    return render(
        "reports/engagement.html",
        fragment="reports/partials/overview.html",
        overview=overview,
        report=report,
        figures=report.figures,
        shown=report.figures.not_yet[:NOT_YET_SHOWN] if report.figures else (),
        **frame(report.basis, names),
    )


@bp.get("/engagement/schools")
@role(*policies.READERS)
def engagement_schools() -> ResponseReturnValue:
    authorise(policies.can_see_engagement(current_user))
    which = request.args.get("which", "engaged")
    report = load_report(read_ask())
    if which not in LISTS or report.figures is None:
        abort(404)
    rows: list[Any] = list(getattr(report.figures, which.replace("-", "_")))
    page = page_of(rows)
    not_yet = page.rows if which == "not-yet" else []
    return render(
        f"reports/engagement_{which.replace('-', '_')}.html",
        page=page,
        report=report,
        figures=report.figures,
        last_visits=find_last_visits(report, not_yet),
        contacts=find_contacts(not_yet),
        **frame(report.basis, {}),
    )


def page_of(rows: list[Any]) -> Page[Any]:
    """The page asked for of rows that are all there."""
    start = (page_number() - 1) * ROWS_A_PAGE
    return Page(rows[start : start + ROWS_A_PAGE], page_number(), len(rows), ROWS_A_PAGE)


@bp.get("/engagement.csv")
@role(*policies.READERS)
def engagement_file() -> ResponseReturnValue:
    authorise(policies.can_see_engagement(current_user))
    report = load_report(read_ask())
    if report.term is None or report.scope is None or report.figures is None:
        abort(404)
    rows = file_rows(report.term, report.scope, report, report.figures)
    return export_csv(file_name(report.term, report), HEADER, rows)
