"""Logging support: the form, its drafts, and editing what was logged."""

from __future__ import annotations

from typing import Any

from flask import abort, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from cop_site import clock
from cop_site.errors import DomainError, StaleEditError
from cop_site.support import draft_services, people_queries, policies, queries, services
from cop_site.support.entry_models import details_of
from cop_site.support.form_values import (
    copy_like,
    guess_from,
    keep_own_fields,
    list_differences,
    values_of,
)
from cop_site.support.forms import KEY, Choices, EntryForm, WhereForm, new_key
from cop_site.support.models import Entry, EntryDraft, EntryState
from cop_site.support.services import AlreadyLoggedError
from cop_site.support.views import bp
from cop_site.transaction import transaction
from cop_site.web import parking
from cop_site.web.access import authorise, signed_in
from cop_site.web.htmx import after_post, render
from cop_site.web.messages import say
from cop_site.web.routing import read_id

PARTS = {
    "schools": "support/partials/entry_schools.html",
    "actions": "support/partials/entry_actions.html",
}
STATUS = "support/partials/draft_status.html"
Typed = MultiDict[str, str]


def _typed() -> Typed | None:
    """What was sent, or typed here before the sign-in ended; one more row where that is asked."""
    if request.method == "GET":
        parked = parking.take_parked_form(current_user.user_id)
        return MultiDict(parked.items(multi=True)) if parked is not None else None
    typed: Typed = MultiDict(request.form.items(multi=True))
    if typed.get("do") == "more":
        given = typed.get("rows", "")
        typed["rows"] = str(int(given[:4]) + 1 if given.isascii() and given.isdigit() else 4)
    return typed


def _open(typed: Typed | None, data: dict[str, Any], entry: Entry | None = None) -> EntryForm:
    """The form, offering what belongs to its day and cluster."""
    where = WhereForm(typed, data=data)
    day = min(where.chosen_day or clock.today(), clock.today())
    clusters = people_queries.clusters_to_log(current_user, day)
    if entry is not None:
        clusters = {**clusters, entry.cluster_id: entry.cluster.name}
    asked = read_id(str(where.cluster_id.data or ""))
    chosen = asked if asked in clusters else next(iter(clusters), None)
    if asked is None and len(clusters) > 1:
        chosen = None
    choices = Choices(
        clusters=clusters,
        schools=people_queries.list_schools_on(chosen, day) if chosen else [],
        workers=people_queries.list_workers(chosen, day) if chosen else [],
        taxonomy=people_queries.list_taxonomy(
            str(data.get("kind_key")), str(data.get("theme_key"))
        ),
    )
    form = EntryForm(choices, typed, data={**data, "cluster_id": str(chosen or "")})
    form.shown = f"{chosen or ''}:{day.isoformat()}"
    return form


def _page(form: EntryForm, status: int = 200, **more: Any) -> ResponseReturnValue:
    context = {"entry": None, "draft": None, "theirs": None, **more}
    part = PARTS.get(request.args.get("part", ""))
    return render("support/edit.html", fragment=part, status=status, form=form, **context)


def _start() -> dict[str, Any]:
    """What a new form opens with: another entry's, or guessed from the last one."""
    like = read_id(request.args.get("like"))
    if like is not None:
        return copy_like(queries.get_entry(like, policies.visible_to(current_user)), current_user)
    own = list(current_user.supported_clusters)
    asked = read_id(request.args.get("cluster"))
    last = people_queries.find_last_entry(current_user.user_id, asked)
    usual = last.cluster_id if last and last.cluster_id in own else next(iter(own), None)
    chosen = asked or usual
    met = chosen is not None and people_queries.met_on(chosen, clock.today())
    return guess_from(last, current_user, chosen, met=met)


@bp.route("/new", methods=["GET", "POST"])
@signed_in
def new() -> ResponseReturnValue:
    authorise(policies.keeps_log(current_user))
    typed = _typed()
    form = _open(typed, {**(_start() if typed is None else {}), "key": new_key()})
    if form.is_valid_post():
        try:
            with transaction():
                entry = services.log_entry(
                    str(form.key.data),
                    form.details,
                    by=current_user,
                    said_no_pupil=form.overrides_guard,
                )
        except AlreadyLoggedError as error:
            return _both_texts(form, error, error.entry_id)
        except DomainError as error:
            form.refuse(error)
        else:
            return _saved(entry)
    return _page(form, 422 if form.is_submitted() else 200)


def _saved(entry: Entry) -> ResponseReturnValue:
    waits = entry.state is EntryState.WAITING
    say("Logged. It waits for an EP to countersign it." if waits else "Logged.")
    return redirect(url_for("support.show", entry_id=entry.id), 303)


def _both_texts(form: EntryForm, error: DomainError, entry_id: int) -> ResponseReturnValue:
    """What is saved beside what this person typed; saving again is then deliberate."""
    entry = queries.get_entry(entry_id, policies.visible_to(current_user))
    form.refuse(error)
    form.edits.data = str(entry.edits)
    form.edits.raw_data = None
    theirs = list_differences(entry, details_of(entry), form.details.content)
    return _page(form, 422, entry=entry, theirs=theirs)


@bp.route("/<id:entry_id>/edit", methods=["GET", "POST"])
@signed_in
def edit(entry_id: int) -> ResponseReturnValue:
    entry = queries.get_entry(entry_id, policies.visible_to(current_user))
    authorise(policies.can_edit(current_user, entry))
    form = _open(_typed(), values_of(entry), entry)
    if "do" in request.form:
        return _page(form, entry=entry)
    if form.is_valid_post():
        try:
            with transaction():
                entry = services.edit_entry(
                    entry_id,
                    form.seen_edits,
                    form.details,
                    by=current_user,
                    said_no_pupil=form.overrides_guard,
                )
        except StaleEditError as error:
            return _both_texts(form, error, entry_id)
        except DomainError as error:
            form.refuse(error)
        else:
            return _saved(entry)
    return _page(form, 422 if form.is_submitted() else 200, entry=entry)


# Drafts


def _check_key(key: str) -> None:
    authorise(policies.keeps_log(current_user))
    if not KEY.fullmatch(key):
        abort(404)


@bp.get("/drafts/<key>")
@signed_in
def draft(key: str) -> ResponseReturnValue:
    _check_key(key)
    sent = queries.find_entry_by_key(key)
    if sent is not None and sent.created_by_user_id == current_user.user_id:
        return redirect(url_for("support.show", entry_id=sent.id), 303)
    typed, found = _typed(), queries.find_draft(key, current_user.user_id)
    if typed is None:
        found = queries.get_draft(key, current_user.user_id)
        typed = _as_typed(found)
    typed["key"] = key
    return _page(_open(typed, {}), draft=found)


def _as_typed(found: EntryDraft) -> Typed:
    return MultiDict((name, value) for name, values in found.fields.items() for value in values)


@bp.post("/drafts/<key>")
@signed_in
def save_draft(key: str) -> ResponseReturnValue:
    _check_key(key)
    typed = _typed()
    fields = keep_own_fields(typed.lists() if typed else ())
    with transaction():
        saved = draft_services.save_draft(key, fields, by=current_user)
    if request.form.get("do") == "draft" and saved:
        say("The draft is saved. It stays in the support log until you send it.")
    address = url_for("support.draft", key=key, _anchor=request.form.get("do") or None)
    answer = make_response(after_post(address, fragment=STATUS, context=lambda: {"draft": saved}))
    if _where(request.form) != request.form.get("shown"):
        answer.headers["HX-Trigger"] = "schools-changed"
    return answer


def _where(typed: Any) -> str:
    """The cluster and day that were typed, as the form notes for which it offered schools."""
    where = WhereForm(typed)
    day = min(where.chosen_day or clock.today(), clock.today())
    return f"{where.cluster_id.data or ''}:{day.isoformat()}"


@bp.post("/drafts/<key>/delete")
@signed_in
def delete_draft(key: str) -> ResponseReturnValue:
    _check_key(key)
    queries.get_draft(key, current_user.user_id)
    with transaction():
        draft_services.delete_draft(key, by=current_user)
    say("The draft is deleted.")
    return redirect(url_for("support.index"), 303)
