"""Pages of what events can be said to be about."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.errors import DomainError
from cop_site.events import policies as event_policies
from cop_site.events import tag_queries
from cop_site.planning import tag_services
from cop_site.planning.tag_forms import NewTagForm, TagForm
from cop_site.planning.views import bp
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role
from cop_site.web.htmx import render
from cop_site.web.messages import say

KEEPERS = ("inclusion_lead", "administrator")
CHANGES = {
    "retire": (tag_services.retire_tag, "is retired. Events that have it keep it."),
    "restore": (tag_services.restore_tag, "is in use again."),
    "up": (tag_services.move_tag_up, "is moved up."),
}


@bp.route("/events/tags", methods=["GET", "POST"])
@role(*KEEPERS)
def tags() -> ResponseReturnValue:
    authorise(event_policies.can_manage_tags(current_user))
    form = NewTagForm()
    if form.is_valid_post():
        try:
            with transaction():
                name = str(form.name.data)
                tag_services.add_tag(form.chosen, name, by=current_user.user_id)
        except DomainError as error:
            form.refuse(error)
        else:
            say(f"{form.name.data} is added.")
            return redirect(url_for("planning.tags"), 303)
    status = 422 if form.is_submitted() else 200
    counted = tag_queries.list_counted_tags()
    return render("planning/tags.html", form=form, facets=counted, status=status)


@bp.route("/events/tags/<key>", methods=["GET", "POST"])
@role(*KEEPERS)
def edit_tag(key: str) -> ResponseReturnValue:
    authorise(event_policies.can_manage_tags(current_user))
    form = TagForm()
    form.fill(_saved(key))
    if form.saves(lambda: _rename(key, form), lambda: _saved(key)):
        say("The name is saved.")
        return redirect(url_for("planning.tags"), 303)
    status = 422 if form.is_submitted() else 200
    tag = tag_queries.get_tag_value(key)
    return render("planning/tag.html", form=form, value=tag, status=status)


def _rename(key: str, form: TagForm) -> None:
    name = str(form.name.data)
    tag_services.rename_tag(key, name, seen=form.seen_stamp, by=current_user.user_id)


def _saved(key: str) -> dict[str, Any]:
    return tag_services.values_of(tag_queries.get_tag_value(key))


@bp.post("/events/tags/<key>/<any(retire, restore, up):verb>")
@role(*KEEPERS)
def change_tag(key: str, verb: str) -> ResponseReturnValue:
    authorise(event_policies.can_manage_tags(current_user))
    change, said = CHANGES[verb]
    with transaction():
        tag = change(key, by=current_user.user_id)
    say(f"{tag.name} {said}")
    return redirect(url_for("planning.tags"), 303)
