"""What every page of figures shares: what its address asks for, and what it may be narrowed to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, request, url_for
from flask_login import current_user

from cop_site.reports import policies
from cop_site.reports.basis import Ask, Basis
from cop_site.reports.definitions import DEFINITIONS
from cop_site.schools import policies as schools_policies
from cop_site.support.delivery_models import say_minutes

PAGES = (
    ("reports.engagement", "SENCO network and overview"),
    ("reports.clusters", "Clusters"),
    ("reports.registers", "Registers and bookings"),
    ("reports.toolkit", "Toolkit"),
)
SURVEY_PAGE = ("reports.sessions", "After sessions")


def read_ask() -> Ask:
    """What the address asks for, narrowed to what this person may see. 404 for a cluster of
    others: that it has figures is not for an EP to know."""
    own = policies.visible_clusters(current_user)
    cluster_id = request.args.get("cluster", type=int)
    if own is not None and cluster_id is not None and cluster_id not in own:
        abort(404)
    return Ask(
        term_id=request.args.get("term", type=int),
        scope_id=request.args.get("scope", type=int),
        cluster_id=cluster_id,
        visible=None if own is None else frozenset(own),
    )


def frame(basis: Basis, names: Mapping[int, str]) -> dict[str, Any]:
    """``names``: the clusters to choose from, for those who may see all."""
    own = policies.visible_clusters(current_user)
    scopes = basis.term.scopes if basis.term else ()
    return {
        "basis": basis,
        "chosen": chosen(basis),
        "term_choices": [(one.id, one.name) for one in basis.begun_terms],
        "scope_choices": [(one.id, one.label) for one in scopes],
        "cluster_choices": _cluster_choices(names if own is None else own),
        "own_clusters": None if own is None else sorted(own.values()),
        "figure_pages": _pages(basis),
        "say_minutes": say_minutes,
        "definitions": DEFINITIONS,
        "can_see_surveys": policies.can_see_survey_figures(current_user),
        "can_freeze": schools_policies.can_freeze_scopes(current_user),
        "too_early": basis.term and schools_policies.why_too_early(basis.term.starts_on),
    }


def chosen(basis: Basis) -> dict[str, Any]:
    """The term, list and cluster on show, as the addresses of other pages say them."""
    return {
        "term": basis.term.id if basis.term else None,
        "scope": basis.scope.id if basis.scope else None,
        "cluster": basis.ask.cluster_id,
    }


def _cluster_choices(names: Mapping[int, str]) -> list[tuple[int, str]]:
    """None to choose from where there is but one."""
    return sorted(names.items(), key=lambda one: one[1].casefold()) if len(names) > 1 else []


def _pages(basis: Basis) -> list[tuple[str, str, bool]]:
    can_see_all = policies.can_see_survey_figures(current_user)
    listed = (*PAGES, SURVEY_PAGE) if can_see_all else PAGES
    return [
        (url_for(endpoint, **chosen(basis)), name, endpoint == request.endpoint)
        for endpoint, name in listed
    ]
