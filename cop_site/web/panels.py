"""Named slots on pages that gather, filled by domains that stand above the page's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, render_template
from flask_login import current_user
from markupsafe import Markup


@dataclass(frozen=True)
class Panel:
    """One part of a gathering page.

    ``load(user, thing)`` returns the partial's context, or None to leave the panel out.
    ``thing`` is what the page shows (a cluster, a school, an event), None for home.
    """

    slot: str
    order: int
    can_see: Callable[[Any, Any], bool]
    load: Callable[[Any, Any], Mapping[str, Any] | None]
    partial: str


def register(app: Flask, *panels: Panel) -> None:
    app.extensions.setdefault("panels", []).extend(panels)


def panels_for(slot: str, thing: Any = None) -> list[Markup]:
    """The panels of a slot that the person may see, rendered, in order."""
    chosen = [panel for panel in current_app.extensions.get("panels", ()) if panel.slot == slot]
    rendered = []
    for panel in sorted(chosen, key=lambda panel: panel.order):
        if not panel.can_see(current_user, thing):
            continue
        context = panel.load(current_user, thing)
        if context is not None:
            # Rendered by us from an autoescaped template, so it is markup already.
            rendered.append(Markup(render_template(panel.partial, **context)))  # noqa: S704
    return rendered
