"""Adding files to a draft and taking them out."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import FileStorage, ImmutableMultiDict

from cop_site.errors import DomainError
from cop_site.storage import StoreAwayError, TooLargeError
from cop_site.toolkit import file_services, policies
from cop_site.toolkit.edit_views import draft_page, load_draft, to_draft
from cop_site.toolkit.file_checks import check_file, too_large
from cop_site.toolkit.file_refusals import refuse
from cop_site.toolkit.forms import UploadForm
from cop_site.toolkit.models import ResourceFile
from cop_site.toolkit.views import bp
from cop_site.transaction import transaction
from cop_site.web.access import role, signed_in
from cop_site.web.messages import say
from cop_site.web.uploads import largest_upload, sent_file, store, takes_file

AWAY = "The file could not be kept just now. Nothing is lost: try again in a few minutes."


def refuse_large(slug: str) -> ResponseReturnValue:
    """Said before a byte of it is looked at. Changes nothing."""
    form = UploadForm(largest_upload(), formdata=ImmutableMultiDict())
    form.refuse(DomainError(too_large(largest_upload()), field="file"))
    return draft_page(slug, form, 422)


@bp.post("/<slug>/draft/files")
@role(*policies.EDITORS)
@takes_file(refuse_large)
def add_file(slug: str) -> ResponseReturnValue:
    resource, _draft = load_draft(slug)
    form = UploadForm(largest_upload())
    try:
        file = _keep(resource.id, sent_file())
    except DomainError as error:
        form.refuse(error)
        return draft_page(slug, form, 422)
    except StoreAwayError:
        form.refuse(DomainError(AWAY, field="file"))
        return draft_page(slug, form, 503)
    say(f"{file.name} is added.")
    return to_draft(slug)


def _keep(resource_id: int, sent: FileStorage | None) -> ResourceFile:
    """The file first, its row last: a row never names bytes that are not there.

    A refusal takes the file back. After any other error, such as a connection lost in a commit,
    nobody knows whether the row was kept; the worker's sweep finds out in a day.
    """
    if sent is None:
        refuse("Choose a file")
    stream = cast(BinaryIO, sent.stream)
    checked = check_file(stream, sent.filename or "", largest=largest_upload())
    try:
        kept = store().put(stream, largest=largest_upload())
    except TooLargeError:
        refuse(too_large(largest_upload()))
    try:
        with transaction():
            return file_services.add_file(resource_id, checked, kept, by=current_user)
    except DomainError:
        store().discard(kept)
        raise


@bp.post("/<slug>/draft/files/<id:file_id>/remove")
@role(*policies.EDITORS)
def remove_file(slug: str, file_id: int) -> ResponseReturnValue:
    resource, _draft = load_draft(slug)
    with transaction():
        name = file_services.remove_file(resource.id, file_id, by=current_user)
    say(f"{name} is taken out." if name else "That file was taken out already.")
    return to_draft(slug)


@bp.get("/<slug>/draft/files")
@bp.get("/<slug>/draft/publish")
@signed_in
def back_to_draft(slug: str) -> ResponseReturnValue:
    """For a browser that opens the address again at which the draft was shown with an error."""
    return to_draft(slug)
