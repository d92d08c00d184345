"""Which school somebody with several acts for: a form at the top of every page."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.accounts import switch_services
from cop_site.accounts.account_views import bp
from cop_site.transaction import transaction
from cop_site.web.access import own_path, signed_in
from cop_site.web.parking import never_parked
from cop_site.web.routing import read_id

ALL = "all"


@bp.post("/school")
@signed_in
@never_parked
def choose_school() -> ResponseReturnValue:
    """Choose, and go back to where they were. What is no school of theirs changes nothing."""
    given = request.form.get("school", "")
    school_id = read_id(given)
    if school_id is not None or given == ALL:
        with transaction():
            switch_services.choose_school(school_id, by=current_user)
    return redirect(own_path(request.form.get("next")) or url_for("home.show"), 303)
