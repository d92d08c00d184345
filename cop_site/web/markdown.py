"""Markdown in, safe HTML out. The only place that knows bleach."""

from __future__ import annotations

from functools import lru_cache

import bleach
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = frozenset(
    {"p", "br", "strong", "em", "ul", "ol", "li", "a", "h2", "h3", "h4", "blockquote", "hr"}
)
DEEPEST = 4
ATTRIBUTES = {"a": ["href", "title", "rel"]}
PROTOCOLS = frozenset({"http", "https", "mailto"})

# Raw HTML is off: it comes out as text. Images are off: they would load from other sites.
_parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).disable("image")


def sanitise(html: str) -> str:
    """HTML with nothing but the allowed tags, attributes and protocols."""
    return bleach.clean(html, tags=TAGS, attributes=ATTRIBUTES, protocols=PROTOCOLS, strip=True)


@lru_cache(maxsize=128)
def to_html(text: str) -> str:
    """Cleaned HTML of a Markdown text. Its headings begin below the page's own h1.

    Kept for the texts asked for last: cleaning takes longer than the rest of an event's page.
    """
    tokens = _parser.parse(text)
    _set_levels(tokens)
    html = _parser.renderer.render(tokens, _parser.options, {})
    return sanitise(html.replace("<a ", '<a rel="noopener nofollow" '))


def _set_levels(tokens: list[Token]) -> None:
    """Number the headings as an outline: people pick a level by its size and so leave gaps."""
    above: list[int] = []
    for token in tokens:
        if token.type == "heading_open":
            typed = int(token.tag[1:])
            above = [*(level for level in above if level < typed), typed]
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(1 + len(above), DEEPEST)}"
