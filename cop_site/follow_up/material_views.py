"""An event's materials: adding, taking away, giving a file, and mailing them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from flask import Response, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import FileStorage, ImmutableMultiDict

from cop_site.errors import DomainError, NotFoundError
from cop_site.events import policies as event_policies
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, EventState
from cop_site.follow_up import (
    material_queries,
    material_services,
    policies,
    turnout_queries,
)
from cop_site.follow_up.forms import CAME, MISSED, LinkForm, MaterialFileForm, SendForm, ToolkitForm
from cop_site.follow_up.models import Material
from cop_site.follow_up.views import bp, load_event
from cop_site.storage import StoreAwayError, TooLargeError
from cop_site.toolkit.file_checks import check_file, too_large
from cop_site.transaction import transaction
from cop_site.web.access import signed_in
from cop_site.web.filters import plural
from cop_site.web.forms import Form
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.tables import attachment
from cop_site.web.uploads import largest_upload, sent_file, store, takes_file

CHUNK = 64 * 1024
AWAY = "The file could not be kept just now. Nothing is lost: try again in a few minutes."


def _page(event_id: int, sent: Form | None = None, status: int = 200) -> ResponseReturnValue:
    """Every form on one page; ``sent`` is the one that was refused."""
    # Read anew: a refusal has ended the transaction that had it.
    event, empty = load_event(event_id), cast(Any, ImmutableMultiDict())
    choices = material_queries.list_resource_choices(event.id)
    forms: dict[str, Form] = {
        "link": LinkForm(formdata=empty),
        "resource": ToolkitForm(choices, formdata=empty),
        "file": MaterialFileForm(largest_upload(), formdata=empty),
    }
    for name, form in forms.items():
        forms[name] = sent if type(sent) is type(form) and sent else form
    return render(
        "follow_up/materials.html",
        event=event,
        materials=material_queries.list_materials(event.id),
        has_resources=bool(choices),
        sent=sent,
        status=status,
        **{f"{name}_form": form for name, form in forms.items()},
    )


def _back(event_id: int) -> ResponseReturnValue:
    return redirect(url_for("follow_up.materials", event_id=event_id), 303)


@bp.get("/materials")
@signed_in
def materials(event_id: int) -> ResponseReturnValue:
    return _page(event_id)


@bp.post("/materials/links")
@signed_in
def add_link(event_id: int) -> ResponseReturnValue:
    load_event(event_id)
    form = LinkForm()
    if form.is_valid_post():
        try:
            with transaction():
                title, url = str(form.title.data), str(form.url.data)
                material_services.add_link(event_id, title, url, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            return _added(event_id, str(form.title.data))
    return _page(event_id, form, 422)


def _added(event_id: int, title: str) -> ResponseReturnValue:
    say(f"{title} is added.")
    return _back(event_id)


@bp.post("/materials/resources")
@signed_in
def add_resource(event_id: int) -> ResponseReturnValue:
    load_event(event_id)
    form = ToolkitForm(material_queries.list_resource_choices(event_id))
    if form.is_valid_post():
        try:
            with transaction():
                added = material_services.add_resource(event_id, form.chosen_id, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            return _added(event_id, added.title)
    return _page(event_id, form, 422)


def refuse_large(event_id: int) -> ResponseReturnValue:
    """Said before a byte of it is looked at. Changes nothing."""
    form = MaterialFileForm(largest_upload(), formdata=ImmutableMultiDict())
    form.refuse(DomainError(too_large(largest_upload()), field="file"))
    return _page(event_id, form, 422)


@bp.post("/materials/files")
@signed_in
@takes_file(refuse_large)
def add_file(event_id: int) -> ResponseReturnValue:
    load_event(event_id)
    form = MaterialFileForm(largest_upload())
    try:
        added = _keep(event_id, sent_file())
    except DomainError as error:
        form.refuse(error)
        return _page(event_id, form, 422)
    except StoreAwayError:
        form.refuse(DomainError(AWAY, field="file"))
        return _page(event_id, form, 503)
    return _added(event_id, added.title)


def _keep(event_id: int, sent: FileStorage | None) -> Material:
    """The file first, its row last: a row never names bytes that are not there.

    A refusal takes the file back; after any other error the worker's sweep does, in a day.
    """
    if sent is None:
        raise DomainError("Choose a file", field="file")
    stream = cast(BinaryIO, sent.stream)
    checked = check_file(stream, sent.filename or "", largest=largest_upload())
    try:
        kept = store().put(stream, largest=largest_upload())
    except TooLargeError:
        raise DomainError(too_large(largest_upload()), field="file") from None
    try:
        with transaction():
            return material_services.add_file(event_id, checked, kept, by=current_user)
    except DomainError:
        store().discard(kept)
        raise


@bp.post("/materials/<id:material_id>/remove")
@signed_in
def remove_material(event_id: int, material_id: int) -> ResponseReturnValue:
    load_event(event_id)
    with transaction():
        title = material_services.remove(event_id, material_id, by=current_user)
    say(f"{title} is taken away." if title else "That was taken away already.")
    return _back(event_id)


@bp.get("/materials/links")
@bp.get("/materials/resources")
@bp.get("/materials/files")
@signed_in
def back_to_materials(event_id: int) -> ResponseReturnValue:
    """For a browser that opens the address again at which a form was shown with an error."""
    load_event(event_id)
    return _back(event_id)


@bp.get("/materials/<id:material_id>")
@signed_in
def material_file(event_id: int, material_id: int) -> Response:
    """The bytes to save, never to show, for whoever may see the event."""
    event = event_queries.get_event(event_id, event_policies.visible_to(current_user))
    if event.state is EventState.CANCELLED and not policies.can_follow_up(current_user, event):
        raise NotFoundError("There is no such file.")
    material = material_queries.get_file(event_id, material_id)
    content = store().open(material.sha256 or "")

    def read() -> Iterator[bytes]:
        with content:
            while chunk := content.read(CHUNK):
                yield chunk

    response = Response(read(), content_type=material.media_type)
    response.headers["Content-Disposition"] = attachment(material.title)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@bp.route("/materials/send", methods=["GET", "POST"])
@signed_in
def send_materials(event_id: int) -> ResponseReturnValue:
    event, form = load_event(event_id), SendForm()
    _offer(event, form)
    if form.is_valid_post():
        try:
            _send(event_id, form)
        except DomainError as error:
            form.refuse(error)
            # Read anew: the refusal has ended the transaction, and somebody may have sent them.
            event = load_event(event_id)
        else:
            return _back(event_id)
    sendings = material_queries.list_sendings(event_id)
    return render(
        "follow_up/send_materials.html",
        event=event,
        form=form,
        readers=_offer(event, form),
        sendings=sendings,
        number=(sendings[0][0].number if sendings else 0) + 1,
        materials=[one for one in material_queries.list_materials(event_id) if one.is_there],
        status=422 if form.is_submitted() else 200,
    )


def _offer(event: Event, form: SendForm) -> material_services.Readers:
    """Whom they can go to, also as the form's choices."""
    readers = material_services.find_readers(turnout_queries.list_turnout(event))
    form.offer(len(readers.came), len(readers.missed))
    return readers


def _send(event_id: int, form: SendForm) -> None:
    with transaction():
        sending = material_services.send_materials(
            event_id,
            form.seen_number,
            to_came=form.goes_to(CAME),
            to_missed=form.goes_to(MISSED),
            by=current_user,
        )
    say(f"Sent to {plural(sending.came + sending.missed, 'person', 'people')}.")
