"""Team Around the School: whom each partner service names for a school or a cluster."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.errors import DomainError
from cop_site.people import partner_services, team_policies, team_queries, team_services
from cop_site.people.team_forms import ContactForm
from cop_site.people.team_models import TeamContact
from cop_site.people.team_services import Place
from cop_site.schools import cluster_queries, queries
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role, signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say

bp = Blueprint("team", __name__)
KEEPERS = ("inclusion_lead", "administrator")


@bp.get("/clusters/<slug>/team")
@signed_in
def of_cluster(slug: str) -> ResponseReturnValue:
    """For the service: each partner with whom it names, and where nobody is named."""
    authorise(team_policies.can_see_all_contacts(current_user))
    cluster = cluster_queries.get_cluster(slug)
    return render(
        "people/team.html",
        cluster=cluster,
        lines=team_queries.list_cluster_team(cluster.id),
        can_keep=team_policies.can_keep_contacts(current_user),
        today=clock.today(),
    )


@bp.route("/clusters/<slug>/team/<id:partner_id>", methods=["GET", "POST"])
@role(*KEEPERS)
def name_for_cluster(slug: str, partner_id: int) -> ResponseReturnValue:
    cluster = cluster_queries.get_cluster(slug)
    back = url_for("team.of_cluster", slug=slug)
    return _name(partner_id, Place(cluster_id=cluster.id), cluster.name, back)


@bp.route("/schools/<id:school_id>/team/<id:partner_id>", methods=["GET", "POST"])
@role(*KEEPERS)
def name_for_school(school_id: int, partner_id: int) -> ResponseReturnValue:
    school = queries.get_school(school_id)
    return _name(partner_id, Place(school_id=school_id), school.name, _at_school(school_id))


def _name(partner_id: int, place: Place, name: str, back: str) -> ResponseReturnValue:
    authorise(team_policies.can_keep_contacts(current_user))
    service = partner_services.get_partner(partner_id).name
    form = ContactForm(data={"starts_on": clock.today()})
    form.offer(team_queries.list_people_of(partner_id))
    if form.is_valid_post():
        try:
            with transaction():
                team_services.name_contact(partner_id, place, form.details, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            say(f"The contact of {service} is saved.")
            return redirect(back, 303)
    status = 422 if form.is_submitted() else 200
    heading = f"{service}: name a contact"
    more = {"heading": heading, "place": name, "back_to": back}
    return render("people/contact.html", form=form, status=status, **more)


@bp.route("/team-contacts/<id:contact_id>", methods=["GET", "POST"])
@role(*KEEPERS)
def change(contact_id: int) -> ResponseReturnValue:
    authorise(team_policies.can_keep_contacts(current_user))
    row, form = team_queries.get_contact(contact_id), ContactForm()
    form.offer(team_queries.list_people_of(row.partner_service_id))
    form.fill(team_services.values_of(row))
    place, back = _place_of(row)
    heading = f"{row.partner_service.name}: change the contact"
    if form.saves(lambda: _change(contact_id, form), lambda: _saved(contact_id)):
        say("Saved.")
        return redirect(back, 303)
    status = 422 if form.is_submitted() else 200
    more = {"heading": heading, "place": place, "back_to": back}
    return render("people/contact.html", form=form, status=status, **more)


def _change(contact_id: int, form: ContactForm) -> None:
    team_services.change_contact(contact_id, form.details, seen=form.seen_stamp, by=current_user)


def _saved(contact_id: int) -> dict[str, Any]:
    return team_services.values_of(team_queries.get_contact(contact_id))


def _place_of(row: TeamContact) -> tuple[str, str]:
    """What a contact is for, by name, and the page it is listed on."""
    if row.cluster is not None:
        return row.cluster.name, url_for("team.of_cluster", slug=row.cluster.slug)
    school = queries.get_school(row.school_id or 0)
    return school.name, _at_school(school.id)


def _at_school(school_id: int) -> str:
    return url_for("schools.show", school_id=school_id, _anchor="team_around")
