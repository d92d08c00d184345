"""Messages that were written to files, for development only: the page exists nowhere else."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from flask import Blueprint, abort, current_app
from flask.typing import ResponseReturnValue

from cop_site.web.access import public
from cop_site.web.htmx import render

bp = Blueprint("development_mail", __name__, url_prefix="/development/mail")
NEWEST = 100


def _read(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=default)


def _paths() -> list[Path]:
    folder = Path(current_app.config["MAIL_FOLDER"])
    return sorted(folder.glob("*.eml"), reverse=True)[:NEWEST]


@bp.get("")
@public
def index() -> ResponseReturnValue:
    messages = [(path.stem, _read(path)) for path in _paths()]
    return render("notifications/list.html", messages=messages)


@bp.get("/<name>")
@public
def show(name: str) -> ResponseReturnValue:
    found = [path for path in _paths() if path.stem == name]
    if not found:
        abort(404)
    message = _read(found[0])
    body = message.get_body(preferencelist=("plain",))
    attached = [part.get_filename() for part in message.iter_attachments()]
    return render(
        "notifications/show.html",
        message=message,
        text=body.get_content() if body else "",
        attached=attached,
    )
