"""What every page's frame needs, and the navigation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request
from flask_login import current_user

from cop_site.web import assets, messages, pagination


@dataclass(frozen=True)
class NavItem:
    """A place in the navigation, listed only for people it exists for.

    ``blueprints`` are those under it, which light it as "you are here".
    """

    order: int
    label: str
    endpoint: str
    blueprints: tuple[str, ...]
    can_see: Callable[[Any], bool] = lambda user: True


def add_nav(app: Flask, *items: NavItem) -> None:
    app.extensions.setdefault("nav", []).extend(items)


def nav_items() -> list[tuple[NavItem, bool]]:
    """The items this person sees, each with whether it is where they are."""
    if not current_user.is_authenticated:
        return []
    items = sorted(current_app.extensions.get("nav", ()), key=lambda item: item.order)
    exact = [item for item in items if item.endpoint == request.endpoint]
    under = [item for item in items if request.blueprint in item.blueprints]
    here = (exact or under)[:1]
    return [(item, item in here) for item in items if item.can_see(current_user)]


def init_app(app: Flask, find_site: Callable[[], Any]) -> None:
    """``find_site`` gives the authority's row: the frame shows its names."""
    app.jinja_env.globals.update(
        asset=assets.asset,
        htmx_cdn=assets.HTMX_CDN,
        htmx_integrity=assets.HTMX_INTEGRITY,
        htmx_from=app.config["HTMX_FROM"],
        nav_items=nav_items,
        page_address=pagination.page_address,
        take_messages=messages.take_messages,
        find_site=find_site,
    )
