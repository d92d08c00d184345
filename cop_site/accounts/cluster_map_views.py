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
    """One kind of cluster at a time; the kind a school has one of unless another is asked for."""
    lines = cluster_queries.list_clusters()
    kinds = {line.cluster.kind_key: line.cluster.kind.name for line in lines}
    asked = request.args.get("kind", "")
    kind = asked if asked in kinds else next(iter(kinds), "")
    shown = [line for line in lines if line.cluster.kind_key == kind]
    schools = cluster_queries.list_map_schools([line.cluster.id for line in shown])
    return render(
        "clusters/map.html",
        kinds=list(kinds.items()),
        kind=kind,
        lines=shown,
        schools=schools,
        drawing=map_models.draw(schools),
    )
