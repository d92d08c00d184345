"""Markdown in, safe HTML out. The only place that knows bleach."""

from __future__ import annotations

import bleach
from markdown_it import MarkdownIt

TAGS = frozenset({"p", "br", "strong", "em", "ul", "ol", "li", "a", "h3", "h4", "blockquote", "hr"})
ATTRIBUTES = {"a": ["href", "title", "rel"]}
PROTOCOLS = frozenset({"http", "https", "mailto"})

# Raw HTML is off: it comes out as text. Images are off: they would load from other sites.
_parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).disable("image")


def sanitise(html: str) -> str:
    """HTML with nothing but the allowed tags, attributes and protocols."""
    return bleach.clean(html, tags=TAGS, attributes=ATTRIBUTES, protocols=PROTOCOLS, strip=True)


def to_html(text: str) -> str:
    """Cleaned HTML of a Markdown text. Headings start below the page's own two levels."""
    html = _parser.render(text)
    for level in (2, 1):
        for slash in ("<", "</"):
            html = html.replace(f"{slash}h{level}>", f"{slash}h{level + 2}>")
    return sanitise(html.replace("<a ", '<a rel="noopener nofollow" '))
