"""What every page must be. Each check says what is wrong in words."""

from __future__ import annotations

import re
from collections import Counter
from xml.etree.ElementTree import Element

import html5lib

# html5lib knows nothing of these, all of them valid.
TOLERATED: frozenset[str] = frozenset()
CHANGES_EACH_TIME = re.compile(r'name="(csrf_token|tap_id)" value="[^"]*"')
_sound: set[str] = set()


def _parse(html: str, *, whole: bool) -> Element:
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    tree: Element = parser.parse(html) if whole else parser.parseFragment(html)
    errors = [error for error in parser.errors if error[1] not in TOLERATED]
    assert not errors, f"HTML errors {errors[:3]} in {html[:300]}"
    return tree


def _text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def check_page(html: str) -> None:
    """A whole page: valid, one h1 that the title starts with, ids, labels, tokens, targets.

    What is the same but for its tokens is checked once: the many "you can't do this".
    """
    alike = CHANGES_EACH_TIME.sub("", html)
    if alike not in _sound:
        _check_whole(html)
        _sound.add(alike)


def _check_whole(html: str) -> None:
    tree = _parse(html, whole=True)
    headings = [_text(heading) for heading in tree.iter("h1")]
    assert len(headings) == 1, f"one h1, not {headings}"
    title = _text(next(tree.iter("title"))).removeprefix("Error: ")
    assert title == f"{headings[0]} – Communities of Practice", f"{title!r} is not {headings[0]!r}"
    if any("govuk-error-summary" in element.get("class", "") for element in tree.iter()):
        assert "<title>Error: " in html, "a page with an error starts its title with it"
    _check_parts(tree)


def check_fragment(html: str) -> None:
    """A region: no doctype, and exactly one root, whose id is the region's name."""
    assert "<!doctype" not in html.lower()
    tree = _parse(html, whole=False)
    roots = list(tree)
    assert len(roots) == 1, f"one root, not {[root.tag for root in roots]}"
    assert roots[0].get("id"), "the root of a region has an id"
    _check_parts(tree, whole=False)


def _check_parts(tree: Element, *, whole: bool = True) -> None:
    ids = Counter(element.get("id") for element in tree.iter() if element.get("id"))
    repeated = [name for name, count in ids.items() if count > 1]
    assert not repeated, f"repeated ids {repeated}"
    _check_labels(tree)
    for form in tree.iter("form"):
        if form.get("method", "get").lower() == "post":
            names = [field.get("name") for field in form.iter("input")]
            assert "csrf_token" in names, "a form without a token"
    for element in tree.iter():
        _check_htmx(element, set(ids), whole=whole)


def _check_labels(tree: Element) -> None:
    labelled = {label.get("for") for label in tree.iter("label")}
    for tag in ("input", "select", "textarea"):
        for field in tree.iter(tag):
            if field.get("type") in ("hidden", "submit"):
                continue
            named = field.get("id") in labelled or field.get("aria-label")
            assert named, f"no label for {field.get('name')}"


def _check_htmx(element: Element, ids: set[str | None], *, whole: bool) -> None:
    for name in element.keys():  # noqa: SIM118 - an element is not a dict
        assert not name.startswith("hx-"), f"write data-{name}"
        assert not re.match(r"on[a-z]+$", name), f"inline handler {name}"
        assert name != "style", "inline style"
    target = element.get("data-hx-target")
    if any(element.get(f"data-hx-{verb}") for verb in ("get", "post")):
        assert target, f"no data-hx-target on {element.tag}"
    if target and target.startswith("#") and whole:
        assert target[1:] in ids, f"no such region {target}"
    if re.search(r"\bevery\b", element.get("data-hx-trigger", "")):
        told = element.get("data-hx-headers", "")
        assert '"X-Poll"' in told, f"{element.tag} polls and does not say so: web/htmx.py"
    if element.get("data-hx-post"):
        assert element.tag == "form" and element.get("method") == "post", "hx-post on no form"


def hidden(html: str, name: str) -> str:
    """The value of a hidden field that a form came with."""
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', html)
    assert found is not None, f"no field {name}"
    return found[1]
