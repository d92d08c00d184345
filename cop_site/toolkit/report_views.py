"""What editors see of use: downloads by school and by area of need, and what is past review."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.schools import queries as school_queries
from cop_site.schools.models import Term
from cop_site.toolkit import policies, reach_queries
from cop_site.toolkit.views import bp
from cop_site.web.access import authorise, role
from cop_site.web.htmx import render
from cop_site.web.pagination import Page, page_number
from cop_site.web.tables import csv_response

ROWS_A_PAGE = 100
SCHOOL, AREA, REVIEW = "school", "area", "review"
TABS = {SCHOOL: "By school", AREA: "By area of need", REVIEW: "Past review date"}
WHICH = {"": "Every school", "some": "With downloads", "none": "With none"}
HEADERS = {
    SCHOOL: ("term", "school_id", "school", "town", "downloads", "resources", "last_download"),
    AREA: ("term", "area_of_need", "schools", "downloads"),
    REVIEW: ("as_at", "resource", "owner", "review_on"),
}


def _find_term(terms: Sequence[Term]) -> Term | None:
    """The term asked for, else the newest that has begun."""
    asked = request.args.get("term", type=int)
    begun = [term for term in terms if term.starts_on <= clock.today()]
    return next((term for term in begun if term.id == asked), begun[0] if begun else None)


def _period(term: Term, terms: Sequence[Term]) -> Any:
    """A term's period runs to the day before the next begins. ``terms`` are newest first."""
    later = [one.starts_on for one in terms if one.starts_on > term.starts_on]
    last = min(later) - timedelta(days=1) if later else clock.today()
    return term.starts_on, last


def _load() -> dict[str, Any]:
    authorise(policies.can_edit(current_user))
    terms = school_queries.list_terms()
    term = _find_term(terms)
    asked = request.args.get("by", SCHOOL)
    by = asked if asked in TABS else SCHOOL
    rows: list[Any] = []
    if by == REVIEW:
        rows = list(reach_queries.list_past_review(clock.today()))
    elif term is not None:
        find: Any = {
            SCHOOL: reach_queries.list_school_downloads,
            AREA: reach_queries.list_area_uptake,
        }[by]
        rows = list(find(*_period(term, terms)))
    begun = [(one.id, one.name) for one in terms if one.starts_on <= clock.today()]
    return {"by": by, "term": term, "term_choices": begun, "rows": rows}


@bp.get("/downloads")
@role(*policies.EDITORS)
def downloads() -> ResponseReturnValue:
    found = _load()
    rows, which = found.pop("rows"), request.args.get("which", "")
    reached = sum(1 for row in rows if found["by"] == SCHOOL and row.downloads)
    everyone = len(rows)
    if found["by"] == SCHOOL and which in ("some", "none"):
        rows = [row for row in rows if bool(row.downloads) == (which == "some")]
    start = (page_number() - 1) * ROWS_A_PAGE
    return render(
        "toolkit/downloads.html",
        page=Page(rows[start : start + ROWS_A_PAGE], page_number(), len(rows), ROWS_A_PAGE),
        reached=reached,
        everyone=everyone,
        which=which if which in WHICH else "",
        which_choices=list(WHICH.items()),
        tabs=TABS,
        **found,
    )


@bp.get("/downloads.csv")
@role(*policies.EDITORS)
def downloads_file() -> ResponseReturnValue:
    found = _load()
    by, term = found["by"], found["term"]
    name = term.name if term and by != REVIEW else clock.today().isoformat()
    rows = [[name, *_cells(by, row)] for row in found["rows"]]
    return csv_response(f"toolkit {TABS[by].lower()} {name}.csv", HEADERS[by], rows)


def _cells(by: str, row: Any) -> list[Any]:
    if by == AREA:
        return [row.name, row.schools, row.downloads]
    return [row.title, row.owner, row.review_on] if by == REVIEW else list(row)
