"""Pages of the usual text of each kind of event."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.errors import NotFoundError
from cop_site.events import policies as event_policies
from cop_site.events.models import EventKind
from cop_site.planning import template_queries, template_services
from cop_site.planning.forms import TemplateForm
from cop_site.planning.views import bp
from cop_site.web.access import authorise, signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say


@bp.get("/events/templates")
@signed_in
def templates() -> ResponseReturnValue:
    authorise(event_policies.can_manage_events(current_user))
    written = template_queries.list_templates()
    return render("planning/templates.html", kinds=list(EventKind), written=written)


@bp.route("/events/templates/<kind>", methods=["GET", "POST"])
@signed_in
def edit_template(kind: str) -> ResponseReturnValue:
    authorise(event_policies.can_manage_events(current_user))
    if kind not in set(EventKind):
        raise NotFoundError("There is no such kind of event.")
    known, form = EventKind(kind), TemplateForm()

    def saved() -> dict[str, str]:
        return template_services.texts_of(template_queries.find_template(known))

    form.fill(saved())
    if form.saves(
        lambda: template_services.write_template(
            known, form.texts, seen=form.seen_stamp, by=current_user
        ),
        saved,
    ):
        start = "Whoever creates such an event can start from it."
        gone = "There is no usual text for this kind of event now."
        say(f"Saved. {start if any(form.texts.values()) else gone}")
        return redirect(url_for("planning.templates"), 303)
    status = 422 if form.is_submitted() else 200
    return render("planning/edit_template.html", form=form, kind=known, status=status)
