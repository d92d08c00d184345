"""Find a school, and what the register says of it."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.schools import browse_queries, cluster_queries, policies, queries
from cop_site.schools.browse_queries import STATUSES, FilterChoices, SchoolFilter
from cop_site.schools.models import name_phase
from cop_site.web.access import signed_in
from cop_site.web.htmx import render
from cop_site.web.pagination import PAGE_SIZE, Page, page_number
from cop_site.web.panels import panels_for

bp = Blueprint("schools", __name__, url_prefix="/schools")

LONGEST_SEARCH = 100


@bp.get("")
@signed_in
def browse() -> ResponseReturnValue:
    choices = browse_queries.list_filter_choices()
    narrowed = _read_filter(choices)
    number = page_number()
    schools, total = browse_queries.list_schools(narrowed, number=number, size=PAGE_SIZE)
    return render(
        "schools/browse.html",
        fragment="schools/partials/school_list.html",
        choices=choices,
        can_import=policies.can_import(current_user),
        phases=[(phase, name_phase(phase)) for phase in choices.phases],
        narrowed=narrowed,
        page=Page(schools, number, total),
        panels=panels_for("schools"),
        clusters=cluster_queries.clusters_of([school.id for school in schools]),
    )


def _read_filter(choices: FilterChoices) -> SchoolFilter:
    """The filter in the address. What is not on offer is left out, so the boxes tell the truth."""
    args = request.args
    phase, slug, status = args.get("phase", ""), args.get("cluster", ""), args.get("status", "")
    return SchoolFilter(
        search=args.get("search", "").strip()[:LONGEST_SEARCH],
        phase=phase if phase in choices.phases else "",
        cluster_slug=slug if slug in dict(choices.clusters) else "",
        status=status if status in STATUSES else "open",
    )


@bp.get("/<id:school_id>")
@signed_in
def show(school_id: int) -> ResponseReturnValue:
    school = queries.get_school(school_id)
    before, after = browse_queries.list_links(school.id)
    return render(
        "schools/show.html",
        school=school,
        memberships=cluster_queries.list_clusters_of(school.id),
        today=clock.today(),
        before=before,
        after=after,
        can_change=school.urn is None and policies.can_import(current_user),
        panels=panels_for("school", school),
    )
