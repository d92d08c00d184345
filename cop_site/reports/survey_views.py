"""C1 to C3 of one session's form, and every figure from surveys as a file."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.reports import policies
from cop_site.reports.basis import load_basis
from cop_site.reports.framing import frame, read_ask
from cop_site.reports.survey_file import HEADER, file_rows
from cop_site.reports.survey_report import read_surveys
from cop_site.reports.views import bp
from cop_site.web.access import authorise, role
from cop_site.web.exports import export_csv
from cop_site.web.htmx import render


@bp.get("/engagement/sessions")
@role("inclusion_lead")
def sessions() -> ResponseReturnValue:
    authorise(policies.can_see_survey_figures(current_user))
    basis = load_basis(read_ask())
    return render(
        "reports/sessions.html",
        fragment="reports/partials/sessions.html",
        surveys=read_surveys(basis, request.args.get("form", type=int)),
        **frame(basis, {}),
    )


@bp.get("/engagement/surveys.csv")
@role("inclusion_lead")
def surveys_file() -> ResponseReturnValue:
    """T1, T2 and C1 to C3 with their distributions: what the pages show, and no more."""
    authorise(policies.can_see_survey_figures(current_user))
    basis = load_basis(read_ask())
    surveys = read_surveys(basis, request.args.get("form", type=int))
    term = basis.term.name if basis.term else ""
    name = f"survey figures {term} as at {basis.as_at.isoformat()}.csv"
    return export_csv(name, HEADER, file_rows(basis, surveys))
