"""What editors see of use: downloads by school and by area of need, and what is past review."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.schools.term_queries import TermPeriod, list_terms_with_periods
from cop_site.toolkit import policies, reach_queries
from cop_site.toolkit.reach_queries import NONE, SOME, SchoolCount
from cop_site.toolkit.views import bp
from cop_site.web.access import authorise, role
from cop_site.web.exports import export_csv
from cop_site.web.htmx import render
from cop_site.web.pagination import Page, page_number

ROWS_A_PAGE = 100
SCHOOL, AREA, REVIEW = "school", "area", "review"
TABS = {SCHOOL: "By school", AREA: "By area of need", REVIEW: "Past review date"}
WHICH = {"": "Every school", SOME: "With downloads", NONE: "With none"}
HEADERS = {
    SCHOOL: ("term", "school_id", "school", "town", "downloads", "resources", "last_download"),
    AREA: ("term", "area_of_need", "schools", "downloads"),
    REVIEW: ("as_at", "resource", "owner", "review_on"),
}


def _find_term(begun: Sequence[TermPeriod]) -> TermPeriod | None:
    """The term asked for, else the newest that has begun."""
    asked = request.args.get("term", type=int)
    return next((one for one in begun if one.term.id == asked), begun[0] if begun else None)


def _load() -> dict[str, Any]:
    """What is counted, and over which days; None where no term has begun."""
    authorise(policies.can_edit(current_user))
    today = clock.today()
    begun = [one for one in list_terms_with_periods() if one.period.starts_on <= today]
    found = _find_term(begun)
    asked = request.args.get("by", SCHOOL)
    return {
        "by": asked if asked in TABS else SCHOOL,
        "term": found.term if found else None,
        "days": (found.period.starts_on, found.period.ends_on or today) if found else None,
        "term_choices": [(one.term.id, one.term.name) for one in begun],
    }


@bp.get("/downloads")
@role(*policies.EDITORS)
def downloads() -> ResponseReturnValue:
    found = _load()
    asked = request.args.get("which", "")
    which = asked if asked in WHICH else ""
    schools = SchoolCount(0, 0)
    if found["by"] == SCHOOL and found["days"]:
        schools = reach_queries.count_school_downloads(*found["days"])
    return render(
        "toolkit/downloads.html",
        page=_page(found["by"], found["days"], which, schools),
        schools=schools,
        which=which,
        which_choices=list(WHICH.items()),
        tabs=TABS,
        **found,
    )


def _page(by: str, days: tuple[date, date] | None, which: str, schools: SchoolCount) -> Page[Any]:
    number = page_number()
    part: Any = {"most": ROWS_A_PAGE, "start": (number - 1) * ROWS_A_PAGE}
    rows: list[Any] = []
    total = 0
    if by == REVIEW:
        today = clock.today()
        total = reach_queries.count_past_review(today)
        rows += reach_queries.list_past_review(today, **part)
    elif days and by == AREA:
        # One for each area of need that there is: never a second page.
        rows += reach_queries.list_area_uptake(*days)
        total = len(rows)
    elif days:
        total = {SOME: schools.reached, NONE: schools.all - schools.reached}.get(which, schools.all)
        rows += reach_queries.list_school_downloads(*days, which, **part)
    return Page(rows, number, total, ROWS_A_PAGE)


@bp.get("/downloads.csv")
@role(*policies.EDITORS)
def downloads_file() -> ResponseReturnValue:
    found = _load()
    by, term, days = found["by"], found["term"], found["days"]
    name = term.name if term and by != REVIEW else clock.today().isoformat()
    rows: list[Any] = []
    if by == REVIEW:
        rows += reach_queries.list_past_review(clock.today())
    elif days:
        read: Any = {
            SCHOOL: reach_queries.list_school_downloads,
            AREA: reach_queries.list_area_uptake,
        }[by]
        rows += read(*days)
    cells = [[name, *_cells(by, row)] for row in rows]
    return export_csv(f"toolkit {TABS[by].lower()} {name}.csv", HEADERS[by], cells)


def _cells(by: str, row: Any) -> list[Any]:
    if by == AREA:
        return [row.name, row.schools, row.downloads]
    return [row.title, row.owner, row.review_on] if by == REVIEW else list(row)
