"""Page or fragment from the same URL and the same function. Only this file reads htmx headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue


def wants_fragment() -> bool:
    """True for an htmx request that swaps a region, not a whole page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def is_poll() -> bool:
    """True where the page asked by itself, on a timer: nobody need be sitting there.

    htmx does not say so. An element that polls carries ``data-hx-headers='{"X-Poll": "1"}'``, and
    static/register.js says it where it sends a mark again.
    """
    return request.headers.get("X-Poll") == "1"


def render(
    template: str, *, fragment: str | None = None, status: int = 200, **context: Any
) -> Response:
    """Render the page, or only its ``fragment`` where htmx asks for it.

    The fragment gets the same, complete and already authorised, context.
    """
    chosen = fragment if fragment and wants_fragment() else template
    response = make_response(render_template(chosen, **context), status)
    if fragment:
        response.headers["Vary"] = "HX-Request, HX-Boosted, HX-History-Restore-Request"
    return response


def after_post(
    url: str,
    *,
    fragment: str | None = None,
    context: Callable[[], Mapping[str, Any]] | None = None,
) -> ResponseReturnValue:
    """Answer a change that worked: htmx gets the fresh fragment, everyone else a 303.

    ``context`` is called only for a fragment.
    """
    if not wants_fragment():
        return redirect(url, 303)
    if fragment is None:
        return Response(status=204, headers={"HX-Redirect": url})
    response = make_response(render_template(fragment, **(context() if context else {})))
    response.headers["Vary"] = "HX-Request, HX-Boosted, HX-History-Restore-Request"
    return response
