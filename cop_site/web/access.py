"""Deny by default: every view carries a mark, and an unmarked one stops the start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect

from cop_site.web import parking, uploads
from cop_site.web.htmx import is_poll

View = TypeVar("View", bound=Callable[..., Any])
csrf = CSRFProtect()
login_manager = LoginManager()
# A phone's network address changes between lessons; the sign-in row is what can be ended.
login_manager.session_protection = None


@dataclass(frozen=True)
class Mark:
    """Who may call a view. ``roles`` empty: everyone signed in."""

    public: bool = False
    roles: frozenset[str] = frozenset()


def _put(mark: Mark) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        view.access_mark = mark  # type: ignore[attr-defined]
        return view

    return decorate


def public(view: View) -> View:
    """Anyone may call this view, signed in or not."""
    return _put(Mark(public=True))(view)


def signed_in(view: View) -> View:
    """Everyone signed in may call this view; object rules come after loading."""
    return _put(Mark())(view)


def role(*roles: str) -> Callable[[View], View]:
    """Only people who hold one of ``roles`` today may call this view."""
    return _put(Mark(roles=frozenset(roles)))


def mark_of(app: Flask, endpoint: str) -> Mark | None:
    """The mark of a view, or None where it has none."""
    return getattr(app.view_functions[endpoint], "access_mark", None)


def authorise(allowed: bool) -> None:
    """Stop with 403 unless allowed. What a person may not know of is 404 and comes from SQL."""
    if not allowed:
        abort(403)


def own_path(target: str | None) -> str | None:
    """``target`` where it is a path on this site, else None. Never a way off the site."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    if any(ord(letter) < 32 or letter == "\\" for letter in target):
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None


def _page_address() -> str:
    """A page where the person was: never a fragment, nor an address that only takes forms."""
    if request.headers.get("HX-Request"):
        was_on = own_path(_path_of(request.headers.get("HX-Current-URL", "")))
    elif _has_page(request.path):
        return request.full_path.rstrip("?")
    else:
        was_on = own_path(_path_here(request.headers.get("Referer", "")))
    return was_on if was_on and _has_page(urlsplit(was_on).path) else url_for("home.show")


def _has_page(path: str) -> bool:
    """Whether a browser can open this path, and not only send a form to it."""
    adapter = current_app.create_url_adapter(request)
    return adapter is not None and adapter.test(unquote(path), "GET")


def _path_here(address: str) -> str:
    """Path and query of an address of this very host; "" where it is none."""
    try:
        is_here = urlsplit(address).netloc == request.host
    except ValueError:
        return ""
    return _path_of(address) if is_here else ""


def _path_of(address: str) -> str:
    """Path and query of an address; "" where it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _ask_to_sign_in() -> ResponseReturnValue:
    if is_poll():
        # What hangs on a wall stays as it is: nobody is there who could sign in.
        return Response(status=204)
    address = url_for("accounts.sign_in", next=_page_address())
    # A form comes back on the page at its own address; where there is none, it never would.
    if request.method == "POST" and _has_page(request.path):
        parking.park_form()
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": address})
    return redirect(address, 303)


def _send_to(address: str) -> ResponseReturnValue:
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": address})
    return redirect(address, 303)


def check_access() -> ResponseReturnValue | None:
    """Runs before every request: the mark first, then the CSRF token."""
    if request.endpoint is None:
        return None
    mark = mark_of(current_app._get_current_object(), request.endpoint)  # type: ignore[attr-defined]
    if mark is None:
        abort(403)
    g.personal = not mark.public
    if not mark.public:
        if not current_user.is_authenticated:
            return _ask_to_sign_in()
        if mark.roles and not current_user.has_role(*mark.roles):
            abort(403)
        if detour := current_app.extensions["find_detour"]():
            return _send_to(detour)
    too_large = uploads.make_room(current_app.view_functions[request.endpoint])
    if too_large is None:
        csrf.protect()
    return too_large


def check_marks(app: Flask) -> None:
    """Refuse to start while a view has no mark."""
    bare = sorted(name for name in app.view_functions if mark_of(app, name) is None)
    if bare:
        raise RuntimeError(f"views without an access mark: {', '.join(bare)}")


def init_app(
    app: Flask, find_user: Callable[[str], Any], find_detour: Callable[[], str | None]
) -> None:
    """``find_user`` turns the token in the cookie into the acting user, or None.

    ``find_detour`` gives the address where a signed-in person must go before anything else.
    """
    app.extensions["find_detour"] = find_detour
    login_manager.init_app(app)
    login_manager.user_loader(find_user)
    csrf.init_app(app)
    if "static" in app.view_functions:
        send = app.view_functions["static"]

        @public
        def send_static(**parts: Any) -> Any:
            return send(**parts)

        app.view_functions["static"] = send_static
    app.before_request(check_access)
