"""Schools with no SENCO recorded, for those who can help them to one."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.people import (
    school_people_policies,
    senco_check_queries,
)
from cop_site.people.school_people_views import bp
from cop_site.web.access import authorise, signed_in
from cop_site.web.htmx import render
from cop_site.web.pagination import PAGE_SIZE, Page, page_number


@bp.get("/schools/without-senco")
@signed_in
def without_senco() -> ResponseReturnValue:
    authorise(school_people_policies.can_see_without_senco(current_user))
    number = page_number()
    rows, total = senco_check_queries.list_without_senco(number=number, size=PAGE_SIZE)
    return render("school_people/without_senco.html", page=Page(rows, number, total))
