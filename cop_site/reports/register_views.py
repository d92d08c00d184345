"""M7 and M9, with the registers and sessions behind them, and the same as a file."""

from __future__ import annotations

from flask import abort
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.reports import policies
from cop_site.reports.framing import frame, read_ask
from cop_site.reports.register_file import HEADER, file_rows
from cop_site.reports.register_report import RegisterReport, load_registers
from cop_site.reports.views import bp
from cop_site.web.access import authorise, role
from cop_site.web.exports import export_csv
from cop_site.web.htmx import render

SESSIONS_SHOWN = 20


def _load() -> RegisterReport:
    report = load_registers(read_ask())
    if report is None:
        abort(404)
    return report


@bp.get("/engagement/registers")
@role(*policies.READERS)
def registers() -> ResponseReturnValue:
    authorise(policies.can_see_engagement(current_user))
    report = _load()
    return render(
        "reports/registers.html",
        fragment="reports/partials/registers.html",
        report=report,
        shown=report.bookings.sessions[:SESSIONS_SHOWN],
        **frame(report.basis, report.names),
    )


@bp.get("/engagement/registers.csv")
@role(*policies.READERS)
def registers_file() -> ResponseReturnValue:
    authorise(policies.can_see_engagement(current_user))
    report = _load()
    name = f"{report.title} as at {report.basis.as_at.isoformat()}.csv"
    return export_csv(name, HEADER, file_rows(report))
