"""The map of clusters: a drawing, and the same facts as a table."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from cop_site.accounts.cluster_views import bp
from cop_site.schools import cluster_queries, map_models
from cop_site.web.access import signed_in
from cop_site.web.htmx import render


@bp.get("/map")
@signed_in
def show_map() -> ResponseReturnValue:
    """One kind of cluster at a time, or one cluster; the kind a school has one of unless told."""
    lines = cluster_queries.list_clusters()
    kinds = cluster_queries.kinds_of(lines)
    asked, slug = request.args.get("kind", ""), request.args.get("cluster", "")
    kind = asked if asked in kinds else next(iter(kinds), "")
    of_kind = [line for line in lines if line.cluster.kind_key == kind]
    drawn = [line for line in of_kind if line.cluster.slug == slug] or of_kind
    schools = cluster_queries.list_map_schools([line.cluster.id for line in drawn])
    return render(
        "clusters/map.html",
        kinds=list(kinds.items()),
        kind=kind,
        lines=of_kind,
        chosen=slug if drawn is not of_kind else "",
        schools=schools,
        total=sum(line.school_count for line in drawn),
        drawing=map_models.draw(schools),
    )
