"""What is decided about an entry: countersigned, sent back, withdrawn."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.errors import DomainError
from cop_site.support import countersign_services, policies, queries
from cop_site.support.decision_forms import CountersignForm, SendBackForm, VoidForm
from cop_site.support.models import Entry, EntryState
from cop_site.support.views import bp, entry_page
from cop_site.transaction import transaction
from cop_site.web.access import authorise, signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say


def _load(entry_id: int) -> Entry:
    return queries.get_entry(entry_id, policies.visible_to(current_user))


def _back(entry_id: int) -> ResponseReturnValue:
    return redirect(url_for("support.show", entry_id=entry_id), 303)


@bp.post("/<id:entry_id>/countersign")
@signed_in
def countersign(entry_id: int) -> ResponseReturnValue:
    entry = _load(entry_id)
    authorise(policies.oversees(current_user, entry.cluster_id))
    form = CountersignForm()
    if form.is_valid_post():
        comment = str(form.comment.data or "")
        try:
            with transaction():
                countersign_services.countersign_entry(
                    entry_id, form.seen_edits, comment, by=current_user
                )
        except DomainError as error:
            form.refuse(error)
        else:
            say("Countersigned. The schools it names can read it now.")
            return _back(entry_id)
    return render("support/show.html", status=422, **entry_page(entry_id, form))


@bp.route("/<id:entry_id>/send-back", methods=["GET", "POST"])
@signed_in
def send_back(entry_id: int) -> ResponseReturnValue:
    entry = _load(entry_id)
    authorise(policies.oversees(current_user, entry.cluster_id))
    form = SendBackForm(data={"edits": str(entry.edits)})
    if not form.is_submitted() and not policies.can_countersign(current_user, entry):
        return _back(entry_id)
    if form.is_valid_post():
        comment = str(form.comment.data)
        try:
            with transaction():
                countersign_services.send_entry_back(
                    entry_id, form.seen_edits, comment, by=current_user
                )
        except DomainError as error:
            form.refuse(error)
        else:
            say("Sent back. Your colleague is told by email.")
            return _back(entry_id)
    status = 422 if form.is_submitted() else 200
    return render("support/send_back.html", form=form, entry=entry, status=status)


@bp.route("/<id:entry_id>/withdraw", methods=["GET", "POST"])
@signed_in
def void(entry_id: int) -> ResponseReturnValue:
    entry = _load(entry_id)
    if entry.state is EntryState.VOIDED:
        return _back(entry_id)
    authorise(policies.can_void(current_user, entry))
    form = VoidForm()
    if form.is_valid_post():
        try:
            with transaction():
                reason = str(form.reason.data)
                countersign_services.void_entry(entry_id, reason, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            say("The entry is withdrawn. It counts nowhere, and is kept with your reason.")
            return _back(entry_id)
    status = 422 if form.is_submitted() else 200
    return render("support/void.html", form=form, entry=entry, status=status)
