"""Pages for what went wrong. Each says what to do next."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.storage import StoreAwayError
from cop_site.web.htmx import render

KNOWN = (400, 403, 404, 405, 413, 422, 429, 500, 503)


def error_page(status: int, sentence: str = "") -> Response:
    """The page for a status. Uses no database: it may be the database that is away."""
    page = status if status in KNOWN else (400 if status < 500 else 500)
    return render(
        f"errors/{page}.html",
        fragment="errors/partials/message.html",
        status=status,
        sentence=sentence,
        error_status=page,
    )


def not_our_name(_error: SecurityError) -> Response:
    """Asked for by another host's name. Bare, as no page can make its addresses under that."""
    return Response("This site does not answer to that name.", 400, mimetype="text/plain")


def files_away(error: StoreAwayError) -> Response:
    """The database answers, the folder of files does not."""
    current_app.logger.error("%s", error)
    return error_page(503, "The files cannot be reached at the moment.")


def _log_by_endpoint(error: Any) -> None:
    """A fault names the view and not the address: some addresses are somebody's personal link."""
    current_app.logger.error("fault in %s %s", request.method, request.endpoint, exc_info=error)


def init_app(app: Flask) -> None:
    app.log_exception = _log_by_endpoint  # type: ignore[assignment, method-assign]
    app.register_error_handler(SecurityError, not_our_name)
    app.register_error_handler(StoreAwayError, files_away)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        if error.response is not None:
            return error.response  # type: ignore[return-value]
        page = error_page(error.code or 500)
        # A 405 names the methods that work.
        page.headers.extend(kept for kept in error.get_headers() if kept[0] == "Allow")
        return page

    @app.errorhandler(CSRFError)
    def stale_form(_error: CSRFError) -> Response:
        return error_page(400, "This page was open for too long, or in two windows.")

    @app.errorhandler(NotFoundError)
    def not_found(_error: NotFoundError) -> Response:
        return error_page(404)

    @app.errorhandler(DomainError)
    def refused(error: DomainError) -> Response:
        return error_page(422, error.sentence)

    @app.errorhandler(OperationalError)
    def database_away(error: OperationalError) -> Response:
        current_app.logger.error("database away: %s", error.orig)
        db.session.rollback()
        return error_page(503)

    @app.errorhandler(500)
    def fault(_error: Exception) -> Response:
        db.session.rollback()
        return error_page(500)
