"""The page behind "I can't come" in a reminder. Its link is all that it asks for."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from cop_site import clock
from cop_site.bookings import apology_queries, apology_services
from cop_site.bookings.apology_links import read_token
from cop_site.bookings.views import bp
from cop_site.errors import DomainError
from cop_site.transaction import transaction
from cop_site.web.access import public
from cop_site.web.forms import Form
from cop_site.web.htmx import render


@bp.route("/cant-come/<token>", methods=["GET", "POST"])
@public
def apologise(token: str) -> ResponseReturnValue:
    """GET changes nothing: mail scanners open every link."""
    asked, form = apology_queries.get_asked(*read_token(token)), Form()
    if form.is_valid_post():
        try:
            with transaction():
                apology_services.apologise(asked)
        except DomainError as error:
            form.refuse(error)
        else:
            return redirect(url_for("bookings.apologised", token=token), 303)
    status = 422 if form.is_submitted() else 200
    has_started = asked.starts_at <= clock.now()
    return render(
        "bookings/apologise.html", asked=asked, form=form, has_started=has_started, status=status
    )


@bp.get("/cant-come/<token>/done")
@public
def apologised(token: str) -> ResponseReturnValue:
    return render("bookings/apologised.html", asked=apology_queries.get_asked(*read_token(token)))
