"""How long things are kept: the list of all of them, and choosing another time for one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.errors import DomainError, NotFoundError, StaleEditError
from cop_site.keeping import Kept, say_time
from cop_site.schools import policies, retention_queries, retention_services
from cop_site.schools.authority_forms import RetentionForm
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role
from cop_site.web.htmx import render
from cop_site.web.messages import say

bp = Blueprint("retention", __name__, url_prefix="/retention")


@bp.get("")
@role("administrator")
def index() -> ResponseReturnValue:
    authorise(policies.can_manage_authority(current_user))
    return render(
        "schools/retention.html",
        all_kept=current_app.extensions["kept"],
        days=retention_queries.list_chosen_days(),
        run=retention_queries.find_last_run(),
    )


@bp.route("/<key>", methods=["GET", "POST"])
@role("administrator")
def edit(key: str) -> ResponseReturnValue:
    """First what a number would end at once, counted; then, sent again, it is saved."""
    authorise(policies.can_manage_authority(current_user))
    kept, form, more = _find(key), RetentionForm(), dict[str, Any]()
    form.fill(_saved(kept))
    if form.is_valid_post():
        try:
            retention_services.check_days(kept, form.days.data)
            if form.is_looked_at:
                _choose(kept, form)
                return redirect(url_for("retention.index"), 303)
            more["due"] = kept.count_due(timedelta(days=form.days.data))
        except StaleEditError as error:
            form.show_both(error, _saved(kept))
        except DomainError as error:
            form.refuse(error)
    status = 422 if form.error_items else 200
    return render("schools/retention_edit.html", form=form, kept=kept, status=status, **more)


def _choose(kept: Kept, form: RetentionForm) -> None:
    with transaction():
        retention_services.choose_days(
            kept, form.days.data, seen=form.seen_stamp, by=current_user.user_id
        )
    say(f"Saved. {kept.what}: {say_time(timedelta(days=form.days.data))}.")


def _find(key: str) -> Kept:
    """Raises NotFoundError where there is no such kind, or nobody may choose its time."""
    found: Kept
    for found in current_app.extensions["kept"]:
        if found.key == key and found.bounds is not None:
            return found
    raise NotFoundError("There is no such kind of thing.")


def _saved(kept: Kept) -> dict[str, Any]:
    return {"days": kept.lasts_now(retention_queries.list_chosen_days()).days}
