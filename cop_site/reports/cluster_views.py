"""M5 and S1: every cluster, the schools behind one, and the same as a file."""

from __future__ import annotations

from flask import abort
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.reports import policies
from cop_site.reports.cluster_file import HEADER, file_rows
from cop_site.reports.cluster_name_queries import list_supported_schools
from cop_site.reports.cluster_report import ClusterReport, load_clusters
from cop_site.reports.framing import frame, read_ask
from cop_site.reports.views import bp
from cop_site.web.access import authorise, role
from cop_site.web.exports import export_csv
from cop_site.web.htmx import render


def _load() -> ClusterReport:
    report = load_clusters(read_ask())
    if report is None:
        abort(404)
    return report


@bp.get("/engagement/clusters")
@role(*policies.READERS)
def clusters() -> ResponseReturnValue:
    authorise(policies.can_see_engagement(current_user))
    report = _load()
    return render(
        "reports/clusters.html",
        fragment="reports/partials/clusters.html",
        report=report,
        **frame(report.basis, report.names),
    )


@bp.get("/engagement/clusters/<id:cluster_id>")
@role(*policies.READERS)
def cluster(cluster_id: int) -> ResponseReturnValue:
    """A cluster that somebody may not see, and one without figures, is not there for them."""
    authorise(policies.can_see_engagement(current_user))
    report = _load()
    met = [one for one in report.engagement.clusters if one.cluster_id == cluster_id]
    given = [one for one in report.delivery.clusters if one.cluster_id == cluster_id]
    if not met and not given:
        abort(404)
    return render(
        "reports/cluster.html",
        name=(met or given)[0].name,
        met=met[0] if met else None,
        given=given[0] if given else None,
        supported=list_supported_schools(*report.basis.days_so_far, [cluster_id]),
        **frame(report.basis, {}),
    )


@bp.get("/engagement/clusters.csv")
@role(*policies.READERS)
def clusters_file() -> ResponseReturnValue:
    authorise(policies.can_see_engagement(current_user))
    report = _load()
    name = f"{report.title} as at {report.basis.as_at.isoformat()}.csv"
    return export_csv(name, HEADER, file_rows(report))
