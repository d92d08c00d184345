"""axe-core over a page as it stands in the browser."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SOURCE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# No rule of these looks into frames, which the site has none of, or at style sheets as text.
_RUN = (
    "tags => axe.run(document,"
    " {runOnly: tags, resultTypes: ['violations'], iframes: false, preload: false})"
)


@cache
def _source() -> str:
    return SOURCE.read_text(encoding="utf-8")


def find_faults(page: Page) -> list[str]:
    """What axe objects to, one line each: rule, help, and the first elements it is about.

    The page must be able to run scripts; the caller lets it for the moment where it may not.
    """
    # Through the debugger, so the page's own policy on scripts stays as strict as it is.
    page.evaluate(_source())
    found: dict[str, Any] = page.evaluate(_RUN, list(TAGS))
    return [_describe(violation) for violation in found["violations"]]


def _describe(violation: dict[str, Any]) -> str:
    nodes = [node["html"][:160] for node in violation["nodes"][:3]]
    return f"{violation['id']} ({violation['help']}): {'; '.join(nodes)}"
