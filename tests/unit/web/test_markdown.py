"""Markdown in, safe HTML out."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop_site.web.markdown import sanitise, to_html


class TestToHtml:
    def test_keeps_what_a_text_needs(self) -> None:
        html = to_html("# Top\n\n**bold** and [a link](https://a.example)\n\n- one\n- two")
        assert "<h2>Top</h2>" in html
        assert "<strong>bold</strong>" in html
        assert '<a rel="noopener nofollow" href="https://a.example">a link</a>' in html
        assert html.count("<li>") == 2

    @pytest.mark.parametrize(
        ("typed", "levels"),
        [
            ("### Bring", "2"),
            ("###### Bring", "2"),
            ("# One\n\n## Two\n\n### Three\n\n# Four", "2342"),
            ("# One\n\n#### Two\n\n### Three\n\n# Four", "2332"),
            ("### One\n\n## Two", "22"),
            ("# One\n\n## Two\n\n### Three\n\n#### Four", "2344"),
        ],
    )
    def test_headings_follow_the_page_s_own_without_a_gap(self, typed: str, levels: str) -> None:
        assert "".join(re.findall(r"<h([1-6])>", to_html(typed))) == levels

    @pytest.mark.parametrize(
        "hostile",
        [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "![x](https://evil.example/pixel.gif)",
            '<a href="https://a.example" style="position:fixed" onclick="x()">x</a>',
            "<svg><style>@import url(//evil.example)</style></svg>",
            '<div data-hx-get="/sign-out">x</div>',
        ],
    )
    def test_lets_nothing_active_through(self, hostile: str) -> None:
        html = to_html(hostile)
        for part in ("<script", "<img", "<svg", "<style", "<div", 'href="javascript', 'href="data'):
            assert part not in html.lower()
        assert "<a" not in html or ("style" not in html.split("<a")[1].split(">")[0])

    @given(st.text(max_size=200))
    def test_any_text_comes_out_as_allowed_tags_only(self, text: str) -> None:
        assert sanitise(to_html(text)) == to_html(text)
