"""Keep what somebody typed when their sign-in ended, and show it again once they are back."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import current_app, g, request, session
from flask_wtf.csrf import validate_csrf
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.datastructures import ImmutableMultiDict
from wtforms import ValidationError

from cop_site import clock
from cop_site.db import Base, FreeJson, db
from cop_site.keeping import Ends, Kept, delete_from
from cop_site.transaction import transaction

KEPT_FOR = timedelta(hours=2)
LARGEST = 256 * 1024
MOST = 10
NEVER_KEPT = ("csrf_token", "password", "current", "code")
View = TypeVar("View", bound=Callable[..., Any])


def never_parked(view: View) -> View:
    """What is sent to this view is kept nowhere: a secret, or what somebody answered."""
    view.never_parked = True  # type: ignore[attr-defined]
    return view


class ParkedForm(Base):
    """A form sent after the sign-in had ended. Shown only to the same person, once."""

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int]
    path: Mapped[str]
    fields: Mapped[FreeJson]
    parked_at: Mapped[datetime]


def remember_owner(user_id: int) -> None:
    """Note in the cookie who is signed in, so that a parked form returns only to them."""
    session["owner"] = user_id


def park_form() -> None:
    """Keep the form of this request, if it is really that person's own.

    Needs the owner and a valid token in the cookie, so that no other site can plant text.
    """
    owner = session.get("owner")
    view = current_app.view_functions.get(request.endpoint or "")
    if owner is None or (request.content_length or 0) > LARGEST:
        return
    if getattr(view, "never_parked", False):
        return
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return
    fields = {
        name: values
        for name, values in request.form.lists()
        if not any(word in name for word in NEVER_KEPT)
    }
    key = secrets.token_urlsafe(24)
    with transaction():
        _make_room(owner)
        db.session.add(
            ParkedForm(
                key=key, user_id=owner, path=request.path, fields=fields, parked_at=clock.now()
            )
        )
    session["parked"] = key


def _make_room(owner: int) -> None:
    """Keep only a person's newest few: whoever sends this is not signed in."""
    own = sa.select(ParkedForm.id).where(ParkedForm.user_id == owner)
    older = own.order_by(ParkedForm.id.desc()).offset(MOST - 1)
    db.session.execute(sa.delete(ParkedForm).where(ParkedForm.id.in_(older)))


def take_parked_form(user_id: int | None) -> ImmutableMultiDict[str, str] | None:
    """What was typed on this page before the sign-in ended, or None. Given once a request."""
    if "parked" not in session or user_id is None:
        return None
    if "parked_form" not in g:
        g.parked_form = _load(session["parked"], user_id)
    return g.parked_form  # type: ignore[no-any-return]


def _load(key: str, user_id: int) -> ImmutableMultiDict[str, str] | None:
    parked = db.session.scalar(
        sa.select(ParkedForm).where(
            ParkedForm.key == key,
            ParkedForm.path == request.path,
            ParkedForm.user_id == user_id,
            ParkedForm.parked_at >= clock.now() - KEPT_FOR,
        )
    )
    if parked is None:
        return None
    del session["parked"]
    return ImmutableMultiDict(
        [(name, value) for name, values in parked.fields.items() for value in values]
    )


def _old(before: datetime) -> sa.Select[Any]:
    return sa.select(ParkedForm.id).where(ParkedForm.parked_at < before)


KEPT = (
    Kept(
        key="parked_forms",
        what="Forms that somebody sent after their sign-in had ended",
        why="To show them filled in again, to the same person only",
        since="after the form was sent",
        ends=Ends.DELETED,
        lasts=KEPT_FOR,
        due=_old,
        end=delete_from(ParkedForm),
        tables=("parked_form",),
    ),
)
