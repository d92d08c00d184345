"""The engagement page, the schools behind its figures, and the same as a file."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.reports import policies
from cop_site.reports.basis import Ask
from cop_site.reports.contacts import find_contacts
from cop_site.reports.definitions import NETWORK_ENGAGEMENT, NOT_YET_ENGAGED
from cop_site.reports.engagement_file import HEADER, file_name, file_rows
from cop_site.reports.engagement_report import Report, find_last_visits, load_report
from cop_site.schools import scope_policies
from cop_site.web.access import authorise, role
from cop_site.web.htmx import render
from cop_site.web.pagination import Page, page_number
from cop_site.web.tables import csv_response

bp = Blueprint("reports", __name__, url_prefix="/reports")
LISTS = ("engaged", "not-yet", "outside")
ROWS_A_PAGE = 100
NOT_YET_SHOWN = 50


def _load() -> Report:
    """What the address asks for, narrowed to what this person may see."""
    own = policies.visible_clusters(current_user)
    return load_report(
        Ask(
            term_id=request.args.get("term", type=int),
            scope_id=request.args.get("scope", type=int),
            visible=None if own is None else frozenset(own),
        )
    )


def _frame(report: Report) -> dict[str, Any]:
    own = policies.visible_clusters(current_user)
    return {
        "report": report,
        "term_choices": [(one.id, one.name) for one in report.basis.begun_terms],
        "scope_choices": [
            (one.id, one.label) for one in (report.term.scopes if report.term else ())
        ],
        "figures": report.figures,
        "own_clusters": None if own is None else sorted(own.values()),
        "can_freeze": scope_policies.can_freeze_scopes(current_user),
        "too_early": report.term and scope_policies.why_too_early(report.term.period.starts_on),
        "network": NETWORK_ENGAGEMENT,
        "not_yet": NOT_YET_ENGAGED,
    }


@bp.get("/engagement")
@role(*policies.READERS)
def engagement() -> ResponseReturnValue:
    authorise(policies.can_see_engagement(current_user))
    report = _load()
    not_yet = report.figures.not_yet[:NOT_YET_SHOWN] if report.figures else ()
    return render(
        "reports/engagement.html",
        shown=not_yet,
        contacts=find_contacts(not_yet),
        **_frame(report),
    )


@bp.get("/engagement/schools")
@role(*policies.READERS)
def engagement_schools() -> ResponseReturnValue:
    authorise(policies.can_see_engagement(current_user))
    which = request.args.get("which", "engaged")
    report = _load()
    if which not in LISTS or report.figures is None:
        abort(404)
    rows: list[Any] = list(getattr(report.figures, which.replace("-", "_")))
    start = (page_number() - 1) * ROWS_A_PAGE
    page = Page(rows[start : start + ROWS_A_PAGE], page_number(), len(rows), ROWS_A_PAGE)
    not_yet = page.rows if which == "not-yet" else []
    return render(
        f"reports/engagement_{which.replace('-', '_')}.html",
        page=page,
        last_visits=find_last_visits(report, not_yet),
        contacts=find_contacts(not_yet),
        **_frame(report),
    )


@bp.get("/engagement.csv")
@role(*policies.READERS)
def engagement_file() -> ResponseReturnValue:
    authorise(policies.can_see_engagement(current_user))
    report = _load()
    if report.term is None or report.scope is None or report.figures is None:
        abort(404)
    rows = file_rows(report.term, report.scope, report, report.figures)
    return csv_response(file_name(report.term, report), HEADER, rows)
