"""Requests that bring a file: the only ones that may be larger than the site's limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from cop_site.storage import Store
from cop_site.web import security

View = TypeVar("View", bound=Callable[..., Any])
# What a form with a file sends beside the file.
ROOM_FOR_FIELDS = 64 * 1024
CHUNK = 256 * 1024


def takes_file(refuse_large: Callable[..., ResponseReturnValue]) -> Callable[[View], View]:
    """This view takes a file of up to LARGEST_UPLOAD bytes.

    ``refuse_large`` answers, with the view's own arguments, for one that says it is larger: the
    form is then neither read nor checked, so it may change nothing.
    """

    def decorate(view: View) -> View:
        view.refuse_large = refuse_large  # type: ignore[attr-defined]
        return view

    return decorate


def make_room(view: Callable[..., Any]) -> ResponseReturnValue | None:
    """Let this request be as large as its view takes. Called only once somebody may call it.

    What no multipart part needs in memory is written to temporary files by the parser.
    """
    refuse_large = getattr(view, "refuse_large", None)
    if refuse_large is None or request.method != "POST":
        return None
    largest = current_app.config["LARGEST_UPLOAD"] + ROOM_FOR_FIELDS
    request.max_content_length = largest
    if (request.content_length or 0) > largest:
        _read_away(2 * largest)
        return cast(ResponseReturnValue, refuse_large(**(request.view_args or {})))
    security.refuse_nul_in_form()
    return None


def _read_away(most: int) -> None:
    """Read what is sent without keeping it: a browser that is cut off shows no answer."""
    left = min(request.content_length or 0, most)
    source = request.environ["wsgi.input"]
    while left > 0 and (chunk := source.read(min(CHUNK, left))):
        left -= len(chunk)


def sent_file(name: str = "file") -> FileStorage | None:
    """The file that was sent under this name, None where none was chosen.

    Not through the form's field: files and texts of one name must not be taken for each other.
    """
    return request.files.get(name) or None


def store() -> Store:
    """The site's file store."""
    return cast(Store, current_app.extensions["storage"])


def largest_upload() -> int:
    """How many bytes an uploaded file may have."""
    return int(current_app.config["LARGEST_UPLOAD"])
