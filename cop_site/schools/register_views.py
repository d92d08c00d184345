"""The register as an administrator takes it in: sent, looked over, written."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import ImmutableMultiDict

from cop_site.errors import DomainError, NotFoundError
from cop_site.schools import policies, upload_queries, upload_services
from cop_site.schools.register_forms import TakeInForm, UploadForm
from cop_site.schools.upload_models import RegisterUpload, UploadKind
from cop_site.schools.upload_services import Plan, Read
from cop_site.storage import StoreAwayError, TooLargeError
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.panels import panels_for
from cop_site.web.uploads import largest_upload, sent_file, store, takes_file

bp = Blueprint("register", __name__, url_prefix="/schools/register")

AWAY = "The file could not be kept just now. Nothing is lost: try again in a few minutes."
SHOWN = 200


def _too_large() -> DomainError:
    most = largest_upload() // (1024 * 1024)
    return DomainError(f"The file is larger than {most} MB", field="file")


def refuse_large() -> ResponseReturnValue:
    """Said before a byte of it is looked at. Changes nothing."""
    form = UploadForm(largest_upload(), formdata=ImmutableMultiDict())
    form.refuse(_too_large())
    return _index(form, 422)


def _index(form: UploadForm, status: int = 200) -> ResponseReturnValue:
    uploads = upload_queries.list_uploads()
    history = panels_for("register_history")
    return render(
        "schools/register.html", form=form, uploads=uploads, history=history, status=status
    )


@bp.get("")
@role("administrator")
def index() -> ResponseReturnValue:
    authorise(policies.can_import(current_user))
    form = UploadForm(largest_upload())
    form.la_code.data = form.la_code.data or upload_queries.find_last_la_code()
    return _index(form)


@bp.post("")
@role("administrator")
@takes_file(refuse_large)
def send() -> ResponseReturnValue:
    authorise(policies.can_import(current_user))
    form = UploadForm(largest_upload())
    if not form.is_valid_post():
        return _index(form, 422)
    try:
        upload = _keep(form)
    except DomainError as error:
        form.refuse(error)
        return _index(form, 422)
    except StoreAwayError:
        form.refuse(DomainError(AWAY, field="file"))
        return _index(form, 503)
    return redirect(url_for("register.show", upload_id=upload.id), 303)


def _keep(form: UploadForm) -> RegisterUpload:
    """Read it once before it is kept: what is no register is refused at its field."""
    sent = sent_file()
    if sent is None:
        raise DomainError("Choose a file", field="file")
    kind, la_code = UploadKind(form.kind.data), str(form.la_code.data or "").lower()
    stream = cast(BinaryIO, sent.stream)
    try:
        with upload_services.as_named_file(stream, sent.filename or "") as path:
            upload_services.read(path, kind, la_code)
            name = path.name
    except DomainError as error:
        raise DomainError(error.sentence, field=error.field or "file") from error
    stream.seek(0)
    try:
        kept = store().put(stream, largest=largest_upload())
    except TooLargeError:
        raise _too_large() from None
    with transaction():
        code = "" if kind is UploadKind.LINKS else la_code
        return upload_services.keep(kind, name, kept.sha256, code, by=current_user.user_id)


def _read(upload: RegisterUpload) -> tuple[Read, Plan]:
    """The file that waits, and what it would change as things stand now."""
    with (
        store().open(upload.sha256) as content,
        upload_services.as_named_file(content, upload.file_name) as path,
    ):
        found = upload_services.read(path, upload.kind, upload.la_code)
    return found, upload_services.plan(found)


def _page(upload: RegisterUpload, plan: Plan, form: TakeInForm) -> ResponseReturnValue:
    form.seen.data = upload_services.digest(plan)
    return render(
        f"schools/register_{upload.kind.value}.html",
        upload=upload,
        plan=plan,
        form=form,
        shown=SHOWN,
        panels=panels_for("register_plan", plan),
        status=422 if form.error_items else 200,
    )


@bp.get("/<id:upload_id>")
@role("administrator")
def show(upload_id: int) -> ResponseReturnValue:
    """The dry run. A file that the schools as they are now refuse says why."""
    authorise(policies.can_import(current_user))
    upload = upload_queries.get_upload(upload_id)
    try:
        _found, plan = _read(upload)
    except DomainError as error:
        return _refused(upload, error)
    return _page(upload, plan, TakeInForm())


def _refused(upload: RegisterUpload, error: DomainError) -> ResponseReturnValue:
    return render(
        "schools/register_refused.html",
        upload=upload,
        sentence=error.sentence,
        status=422,
    )


@bp.post("/<id:upload_id>")
@role("administrator")
def take_in(upload_id: int) -> ResponseReturnValue:
    authorise(policies.can_import(current_user))
    try:
        upload = upload_queries.get_upload(upload_id)
    except NotFoundError:
        return _gone()
    try:
        found, plan = _read(upload)
    except DomainError as error:
        return _refused(upload, error)
    return _take_in(upload, found, plan)


def _take_in(upload: RegisterUpload, found: Read, plan: Plan) -> ResponseReturnValue:
    form = TakeInForm()
    try:
        with transaction():
            written = upload_services.take_in(
                upload.id,
                found,
                str(form.seen.data),
                skip_refused=bool(form.skip_refused.data),
                by=current_user.user_id,
            )
    except NotFoundError:
        return _gone()
    except DomainError as error:
        form.refuse(error)
        return _page(upload, plan, form)
    say("The file is taken in." if written.changes_anything else "There was nothing to change.")
    return redirect(url_for("register.index"), 303)


@bp.post("/<id:upload_id>/put-away")
@role("administrator")
def put_away(upload_id: int) -> ResponseReturnValue:
    authorise(policies.can_import(current_user))
    try:
        with transaction():
            upload_services.put_away(upload_id)
    except NotFoundError:
        return _gone()
    say("The file is deleted. Nothing was changed.")
    return redirect(url_for("register.index"), 303)


def _gone() -> ResponseReturnValue:
    """A second press of a button, or somebody else was quicker."""
    say("That file was taken in or deleted already.")
    return redirect(url_for("register.index"), 303)
