"""A file of everything held about a person, for themselves or from an administrator."""

from __future__ import annotations

from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import audit
from cop_site.accounts import held_file, held_queries, queries
from cop_site.accounts.account_views import bp
from cop_site.held import HeldTable
from cop_site.transaction import transaction
from cop_site.web.access import role, signed_in
from cop_site.web.htmx import render
from cop_site.web.tables import attachment

person_bp = Blueprint("person_data", __name__, url_prefix="/person-data")


@bp.get("/data")
@signed_in
def own_data() -> ResponseReturnValue:
    return render("account/data.html")


@bp.post("/data")
@signed_in
def download_data() -> ResponseReturnValue:
    content = held_file.make_file(current_user.name, _list_tables(current_user.person_id))
    with transaction():
        audit.record("user", current_user.user_id, "data downloaded", by=current_user.user_id)
    return _save(content, held_file.NAME)


@person_bp.post("/<id:person_id>")
@role("administrator")
def download(person_id: int) -> ResponseReturnValue:
    """For whoever asks the service in a letter. Who took it is kept."""
    person = queries.get_person(person_id)
    tables = [table.without_own_words() for table in _list_tables(person.id)]
    content = held_file.make_file(person.name, tables)
    with transaction():
        audit.record("person", person.id, "data exported", by=current_user.user_id)
    return _save(content, held_file.NAME_FOR_OTHERS)


def _list_tables(person_id: int) -> list[HeldTable]:
    """Read outside any transaction: it takes a while and must hold nobody up."""
    subject = held_queries.find_subject(person_id)
    return [table for held in current_app.extensions["held"] for table in held(subject)]


def _save(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": attachment(name)}
    return Response(content, mimetype="application/zip", headers=headers)
