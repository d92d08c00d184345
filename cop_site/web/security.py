"""Headers on every answer, and what is refused before any view runs."""

from __future__ import annotations

from flask import Flask, Response, abort, current_app, request
from werkzeug.middleware.proxy_fix import ProxyFix

from cop_site.web.assets import HTMX_CDN


def content_security_policy(htmx_from: str) -> str:
    """Everything forbidden but the few things the pages need. No ``unsafe-*``."""
    scripts = "'self'" if htmx_from == "local" else f"'self' {HTMX_CDN}"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "manifest-src 'self'",
        )
    )


def refuse_nul() -> None:
    """A NUL byte has no business in text; databases and file systems trip over it."""
    _refuse(request.path, *_texts(request.args))
    view = current_app.view_functions.get(request.endpoint or "")
    # A form with a file is read only once it is known that its sender may send one.
    if request.method == "POST" and not hasattr(view, "refuse_large"):
        refuse_nul_in_form()


def refuse_nul_in_form() -> None:
    names = [file.filename or "" for file in request.files.values()]
    _refuse(*_texts(request.form), *request.files.keys(), *names)


def _refuse(*values: str) -> None:
    if any("\0" in value for value in values):
        abort(400)


def _texts(fields: object) -> tuple[str, ...]:
    lists = getattr(fields, "lists", lambda: ())()
    return tuple(text for name, values in lists for text in (name, *values))


def init_app(app: Flask) -> None:
    if app.config["TRUSTED_PROXIES"]:
        count = app.config["TRUSTED_PROXIES"]
        # The proxy passes the Host header itself on, so no other name for it is believed.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=0
        )
    policy = content_security_policy(app.config["HTMX_FROM"])
    app.before_request(refuse_nul)

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", policy)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if app.config["PRODUCTION"]:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        # Static files are the same for everyone; everything else may be personal, the sign-in
        # page with its token too, and the page that says a file is not there.
        if request.endpoint != "static" or response.status_code >= 400:
            headers["Cache-Control"] = "no-store"
        return response
