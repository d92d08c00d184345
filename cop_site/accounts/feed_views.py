"""My account: the address of one's calendar feed. Events answer at that address."""

from __future__ import annotations

from flask import current_app, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.accounts import (
    feed_services,
    own_queries,
)
from cop_site.accounts.account_views import bp
from cop_site.transaction import transaction
from cop_site.web.access import signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say


@bp.get("/calendar")
@signed_in
def calendar() -> ResponseReturnValue:
    overview = own_queries.get_overview(current_user.user_id)
    return render("account/calendar.html", has_feed=overview.has_feed)


@bp.post("/calendar")
@signed_in
def make_calendar_address() -> ResponseReturnValue:
    """Shown in this answer and never again: only a hash of it is kept."""
    with transaction():
        token = feed_services.make_address(by=current_user)
    # From the configured address: whoever sends a false Host must not plant their own.
    address = f"{current_app.config['SITE_ADDRESS']}/calendar/{token}.ics"
    return render("account/calendar_address.html", address=address)


@bp.post("/calendar/stop")
@signed_in
def stop_calendar() -> ResponseReturnValue:
    with transaction():
        feed_services.stop(by=current_user)
    say("Your calendar address works no more.")
    return redirect(url_for("account.show"), 303)
