"""My account: a file of everything held about a person."""

from __future__ import annotations

from flask import Response, current_app
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import audit
from cop_site.accounts import (
    held_file,
    held_queries,
)
from cop_site.accounts.account_views import bp
from cop_site.transaction import transaction
from cop_site.web.access import signed_in
from cop_site.web.htmx import render
from cop_site.web.tables import attachment


@bp.get("/data")
@signed_in
def own_data() -> ResponseReturnValue:
    return render("account/data.html")


@bp.post("/data")
@signed_in
def download_data() -> ResponseReturnValue:
    """Read first, outside any transaction: it takes a while and must hold nobody up."""
    subject = held_queries.find_subject(current_user.person_id)
    lists = current_app.extensions["held"]
    tables = [table for list_held in lists for table in list_held(subject)]
    content = held_file.make_file(current_user.name, tables)
    with transaction():
        audit.record("user", current_user.user_id, "data downloaded", by=current_user.user_id)
    headers = {"Content-Disposition": attachment(held_file.NAME)}
    return Response(content, mimetype="application/zip", headers=headers)
