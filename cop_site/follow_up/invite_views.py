"""Inviting people to an event: choose a list, look it over, send."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.errors import DomainError
from cop_site.events import policies as event_policies
from cop_site.events import queries as event_queries
from cop_site.events.models import Event
from cop_site.follow_up import invite_queries, invite_services, policies
from cop_site.follow_up.forms import InviteForm
from cop_site.follow_up.invite_models import GROUPS, Candidates, Chosen, List
from cop_site.follow_up.views import bp
from cop_site.schools import browse_queries
from cop_site.transaction import transaction
from cop_site.web.access import authorise, signed_in
from cop_site.web.filters import plural, short_date
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.routing import read_id

Choices = dict[str, Any]


def _load(event_id: int) -> Event:
    event = event_queries.get_event(event_id, event_policies.visible_to(current_user))
    authorise(policies.can_invite(current_user, event))
    return event


def _choices(event: Event) -> Choices:
    """What the list can be, and be narrowed to; as pairs of value and text."""
    sources = invite_queries.list_sources(event, policies.followed_up_by(current_user))
    own = policies.clusters_to_invite(current_user)
    clusters = event_queries.list_event_clusters()
    return {
        "lists": [(one.value, one.label) for one in List],
        "sources": [(str(id_), f"{title}, {short_date(day)}") for id_, title, day in sources],
        "groups": [(key, label) for key, (label, _roles) in GROUPS.items()],
        "clusters": [(str(id_), name) for id_, name in clusters if own is None or id_ in own],
        "every_cluster": "Every cluster" if own is None else "",
        "phases": browse_queries.list_filter_choices().phases,
    }


def _read_chosen(event: Event, choices: Choices) -> Chosen:
    """What the address says; what makes no sense there is left out."""
    given = request.args
    known = {name: {value for value, _text in choices[name]} for name in ("sources", "clusters")}
    source, group = given.get("source", ""), given.get("group", "")
    cluster = given.get("cluster", str(event.cluster_id or ""))
    if cluster not in known["clusters"] and not choices["every_cluster"]:
        cluster = next(iter(sorted(known["clusters"])), "")
    phase = given.get("phase", "")
    return Chosen(
        list=List(given["list"]) if given.get("list") in set(List) else List.NEW,
        source_id=read_id(source) if source in known["sources"] else None,
        group=group if group in GROUPS else "sencos",
        cluster_id=read_id(cluster) if cluster in known["clusters"] else None,
        phase=phase if phase in choices["phases"] else "",
    )


def _say_whom(chosen: Chosen, choices: Choices) -> str:
    """The list in words, for the record."""
    if chosen.list.is_of_event:
        source = dict(choices["sources"]).get(str(chosen.source_id), "")
        return f"{chosen.list.label}: {source}"
    cluster = dict(choices["clusters"]).get(str(chosen.cluster_id), "")
    parts = [chosen.list.label, GROUPS[chosen.group][0], cluster, chosen.phase]
    return ", ".join(part for part in parts if part)


@bp.route("/invite", methods=["GET", "POST"])
@signed_in
def invite(event_id: int) -> ResponseReturnValue:
    event, form = _load(event_id), InviteForm()
    choices = _choices(event)
    chosen = _read_chosen(event, choices)
    found = _find(event, chosen)
    form.offer(found.people)
    if form.is_valid_post():
        try:
            return _invite(event_id, form, chosen, _say_whom(chosen, choices))
        except DomainError as error:
            form.refuse(error)
            event = _load(event_id)
            found = _find(event, chosen)
            form.offer(found.people)
    return render(
        "follow_up/invite.html",
        fragment="follow_up/partials/invite_list.html",
        status=422 if form.is_submitted() else 200,
        **{"event": event, "form": form, "chosen": chosen, "choices": choices, "found": found},
        bar=invite_services.find_bar(event),
        invitings=invite_queries.list_invitings(event_id),
    )


def _find(event: Event, chosen: Chosen) -> Candidates:
    if invite_services.find_bar(event):
        return Candidates([])
    return invite_queries.list_candidates(
        event,
        chosen,
        policies.followed_up_by(current_user),
        policies.clusters_to_invite(current_user),
    )


def _invite(event_id: int, form: InviteForm, chosen: Chosen, whom: str) -> ResponseReturnValue:
    with transaction():
        inviting = invite_services.invite_people(
            event_id,
            chosen,
            form.chosen_ids,
            str(form.note.data or ""),
            form.seen_key,
            whom=whom,
            by=current_user,
        )
    say(f"{plural(inviting.people, 'invitation')} sent.")
    return redirect(url_for("follow_up.invite", event_id=event_id), 303)
