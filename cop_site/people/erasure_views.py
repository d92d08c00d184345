"""Administrators: forgetting a person for good."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import current_app, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.accounts import (
    erasure_queries,
    held_queries,
    role_services,
)
from cop_site.errors import DomainError
from cop_site.held import HeldTable, Subject, Wording
from cop_site.people import (
    erasure_plan_queries,
    erasure_services,
    person_queries,
    policies,
    sweep_queries,
    sweep_services,
)
from cop_site.people.erasure_plan_queries import Names
from cop_site.people.forms import EraseForm
from cop_site.people.person_queries import PersonDetails
from cop_site.people.place_models import Place
from cop_site.people.views import bp
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role
from cop_site.web.htmx import render
from cop_site.web.messages import say

# What stays of the tables that their own file would have, in words for somebody else.
STAYS = {
    "bookings": "Bookings, a line for each school",
    "registers": "Marks on registers, a line for each school",
    "downloads": "Downloads from the toolkit",
    "surveys": "Surveys that asked them",
    "support-you-gave": "Support entries that name them",
    "support-you-wrote": "Support entries they wrote, each version",
    "actions": "Actions that were theirs",
    "notices": "Notices they posted",
    "events-you-ran": "Events they made or ran",
    "resources-you-wrote": "Resources they look after or wrote",
}


@bp.route("/<id:person_id>/erase", methods=["GET", "POST"])
@role("administrator")
def erase(person_id: int) -> ResponseReturnValue:
    authorise(policies.can_manage_people(current_user))
    person, names = person_queries.get_details(person_id), _list_names(person_id)
    asked = erasure_queries.list_asking([person.user_id] if person.user_id else [])
    form = EraseForm(data={"names": sorted(names.now)})
    form.names.choices = [(name, name) for name in sorted(names.clear)]
    if form.is_valid_post():
        left = names.choose(form.names.data or ()).unclear
        places = _find_places(left)
        try:
            _erase(person_id, form.names.data or (), "They asked to be forgotten" if asked else "")
        except DomainError as error:
            form.refuse(error)
        else:
            say("They are erased. No figure has changed." + _say_left(places, bool(left)))
            return redirect(url_for("people.show", person_id=person_id), 303)
    shown = {"person": person, "asked": asked, "form": form, **_foresee(person, names)}
    return render("people/erase.html", **shown, status=422 if form.is_submitted() else 200)


def _erase(person_id: int, take_out: Collection[str], reason: str) -> None:
    with transaction():
        erasure_services.erase_person(person_id, by=current_user, reason=reason, take_out=take_out)
    _take_out_of_texts(person_id)


def _find_places(left: frozenset[str]) -> list[Place]:
    """Where a name stands that stays, as it may mean something else or was not ticked."""
    return sweep_queries.find_places([Wording(left, frozenset())])[0] if left else []


UNREAD = (
    " Their name may still be in notices or support entries, which administrators can’t see."
    " Ask the inclusion lead to check."
)


def _say_left(places: Collection[Place], is_left: bool) -> str:
    """Without the name: the message waits in the administrator's browser."""
    if not is_left:
        return ""
    known = f" Their name may still be in {', '.join(map(str, places))}." if places else ""
    look = " Look at each yourself: the links are in the history below." if places else ""
    return known + look + UNREAD


def _list_names(person_id: int) -> Names:
    return erasure_plan_queries.list_names(held_queries.find_subject(person_id))


def _take_out_of_texts(person_id: int) -> None:
    """Not under the locks of the erasing. What is cut short, housekeeping ends."""
    for step_id in sweep_queries.list_steps(person_id):
        with transaction():
            sweep_services.take_step(step_id)


def _foresee(person: PersonDetails, names: Names) -> dict[str, Any]:
    """What stands against it, what stays, and where a name has to be left."""
    if person.erased_at is not None:
        return {"bar": role_services.ERASED}
    subject = held_queries.find_subject(person.id)
    tables = [one for held in current_app.extensions["held"] for one in held(subject)]
    clear = sorted(names.clear)
    *replaced, addresses, places = sweep_queries.find_places(
        [
            *(Wording(frozenset([name]), frozenset()) for name in clear),
            Wording(frozenset(), subject.addresses),
            Wording(names.unclear, frozenset()),
        ]
    )
    return {
        **_find_bar(person.id, subject),
        "stays": [(STAYS[one.name], len(one.rows)) for one in tables if _stays(one)],
        "names": names,
        "replaced": dict(zip(clear, replaced, strict=True)),
        "addresses": addresses,
        "places": places,
        "contacts": erasure_plan_queries.list_contacts_named(names.clear),
    }


def _find_bar(person_id: int, subject: Subject) -> dict[str, Any]:
    """What stands against it, and the page that shows it."""
    bar = erasure_plan_queries.find_bar(subject, current_user)
    if bar == erasure_plan_queries.IN_CLUSTER:
        slug = erasure_plan_queries.find_cluster_slug(subject)
        return {"bar": bar, "way": url_for("clusters.show", slug=slug)}
    is_in_service = bar == erasure_plan_queries.IN_SERVICE
    return {
        "bar": bar,
        "way": url_for("people.show", person_id=person_id) if is_in_service else None,
    }


def _stays(table: HeldTable) -> bool:
    return table.name in STAYS and bool(table.rows)
