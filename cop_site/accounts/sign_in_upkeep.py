"""Keeps "last seen" of a sign-in roughly true, outside the page's own work."""

from __future__ import annotations

from flask import Flask, Response, g
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from cop_site import clock
from cop_site.accounts.services import SEEN_EVERY, touch_sign_in
from cop_site.transaction import transaction
from cop_site.web.htmx import is_poll


def keep_sign_in_fresh(app: Flask) -> None:
    @app.after_request
    def touch(response: Response) -> Response:
        # g.personal is set for views that ask for a sign-in; static files and health checks
        # must not load a user.
        if not g.get("personal") or response.status_code >= 500:
            return response
        # A page left open in an empty room must not stay signed in.
        if is_poll():
            return response
        seen_at = getattr(current_user, "seen_at", None)
        if seen_at is not None and clock.now() - seen_at >= SEEN_EVERY:
            try:
                with transaction():
                    touch_sign_in(current_user.sign_in_id)
            except SQLAlchemyError as error:
                # The page itself worked; a later request notes it.
                app.logger.warning("last seen not noted: %s", type(error).__name__)
        return response
