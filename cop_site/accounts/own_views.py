"""My account: correcting one's details, and choosing which mail to get."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.accounts import (
    own_queries,
    own_services,
    topic_policies,
    topic_queries,
)
from cop_site.accounts.account_views import bp
from cop_site.accounts.own_forms import DetailsForm, MessagesForm, details_values
from cop_site.errors import DomainError
from cop_site.transaction import transaction
from cop_site.web.access import signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say


@bp.route("/details", methods=["GET", "POST"])
@signed_in
def change_details() -> ResponseReturnValue:
    was = own_services.read_details(own_queries.get_own_person(current_user.person_id))
    form = DetailsForm(
        is_senco=current_user.has_role("senco", "deputy_senco"), data=details_values(was)
    )
    if form.is_valid_post():
        try:
            with transaction():
                own_services.change_details(form.read(was), by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            say("Your details are saved.")
            return redirect(url_for("account.show"), 303)
    return render("account/details.html", form=form, status=422 if form.is_submitted() else 200)


@bp.route("/messages", methods=["GET", "POST"])
@signed_in
def choose_messages() -> ResponseReturnValue:
    offered = topic_policies.offered_to(current_user)
    unwanted = topic_queries.list_unwanted(current_user.user_id)
    wanted = [topic.value for topic in offered if topic not in unwanted]
    form = MessagesForm(offered, data={"topics": wanted})
    if form.is_valid_post():
        with transaction():
            own_services.choose_topics(form.wanted, offered, by=current_user)
        say("Your choice of messages is saved.")
        return redirect(url_for("account.show"), 303)
    status = 422 if form.is_submitted() else 200
    return render("account/messages.html", form=form, offered=offered, status=status)
