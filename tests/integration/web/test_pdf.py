"""PDF files are drawn from templates, tagged, and reach nothing outside."""

from __future__ import annotations

import builtins
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader

from cop_site.web.pdf import PdfAwayError, draw_pdf, send_pdf
from tests.factories.schools import make_authority
from tests.support.pdf import read_pdf as read
from tests.support.pdf import tags_of

pytestmark = pytest.mark.sqlite_only
PAGE = """{% extends "layouts/print.html" %}{% block title %}Who came{% endblock %}
{% block main %}<h1>Who came</h1>{{ more | safe }}
<table><thead><tr><th scope="col">Name</th></tr></thead><tr><td>Zoë Ó Briain</td></tr></table>
{% endblock %}"""


@pytest.fixture
def page(app: Flask) -> Iterator[str]:
    kept = app.jinja_env.loader
    assert kept is not None
    app.jinja_env.loader = ChoiceLoader([DictLoader({"page.html": PAGE}), kept])
    with app.test_request_context():
        make_authority()
        yield "page.html"
    app.jinja_env.loader = kept


def test_is_tagged_named_and_in_a_language(page: str) -> None:
    reader = read(draw_pdf(page, more=""))
    assert {"/H1", "/Table", "/TH", "/TD"} <= set(tags_of(reader))
    root: Any = reader.root_object
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en-GB", True)
    assert reader.metadata and reader.metadata.title == "Who came"
    assert "Zoë Ó Briain" in reader.pages[0].extract_text()
    resources: Any = reader.pages[0]["/Resources"]
    fonts = resources["/Font"]
    assert any("Atkinson" in str(font.get_object()["/BaseFont"]) for font in fonts.values())


def test_fetches_nothing_from_outside(page: str, tmp_path: Path) -> None:
    asked: list[str] = []

    class Outside(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    server = HTTPServer(("127.0.0.1", 0), Outside)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        outside = f"http://127.0.0.1:{server.server_port}"
        secret = tmp_path / "secret.txt"
        secret.write_text("what nobody may read")
        more = (
            f'<img src="{outside}/a.png" alt=""><img src="{secret.as_uri()}" alt="">'
            f'<link rel="stylesheet" href="{outside}/b.css">'
            f'<link rel="attachment" href="{secret.as_uri()}">'
        )
        drawn = draw_pdf(page, more=more)
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []
    assert "Who came" in read(drawn).pages[0].extract_text()
    assert not read(drawn).attachments


def test_says_so_where_the_library_is_missing(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    load = builtins.__import__

    def without_pango(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("weasyprint"):
            raise OSError("cannot load library 'libpango-1.0-0'")
        return load(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_pango)
    with pytest.raises(PdfAwayError, match="can’t be made here"):
        draw_pdf(page, more="")


def test_is_saved_under_its_name_and_kept_by_nobody(page: str) -> None:
    answer = send_pdf("who came.pdf", b"%PDF")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "who-came.pdf" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
