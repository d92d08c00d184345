"""Pages as PDF: tagged, and drawn from the site's own templates. Its library needs Pango."""

from __future__ import annotations

import logging
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Any

from flask import Response, current_app, render_template

from cop_site.errors import DomainError
from cop_site.web.tables import attachment

log = logging.getLogger(__name__)
AWAY = "PDF files can’t be made here at the moment. Ask whoever looks after the site."


class PdfAwayError(DomainError):
    """What draws PDF files is not installed."""

    def __init__(self) -> None:
        super().__init__(AWAY)


def draw_pdf(template: str, **context: Any) -> bytes:
    """A template that extends ``layouts/print.html``, as a tagged PDF file (PDF/UA-1).

    It reaches nothing outside: pictures are ``data:`` addresses. Raises PdfAwayError.
    """
    html = render_template(template, **context)
    # Loaded with the first file: it is large, and most workers never draw one.
    try:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher
    except OSError as error:
        log.error("no PDF files: %s", error)
        raise PdfAwayError from error
    fetch, fonts = URLFetcher(allowed_protocols=("data",)), FontConfiguration()
    styles = _styles(current_app.static_folder or "")
    sheet = CSS(string=styles, url_fetcher=fetch, font_config=fonts)
    drawn = HTML(string=html, url_fetcher=fetch).write_pdf(
        stylesheets=[sheet], pdf_variant="pdf/ua-1", font_config=fonts
    )
    return bytes(drawn or b"")


@cache
def _styles(folder: str) -> str:
    """The print style sheet with the site's typeface inside."""
    letters = b64encode((Path(folder) / "font.woff2").read_bytes()).decode()
    face = f"""@font-face {{
      font-family: "Atkinson Hyperlegible Next"; font-weight: 200 800;
      src: url("data:font/woff2;base64,{letters}") format("woff2");
    }}"""
    return face + (Path(folder) / "print.css").read_text(encoding="utf-8")


def send_pdf(filename: str, drawn: bytes) -> Response:
    """A PDF file to save, never kept by whatever stands between."""
    return Response(
        drawn,
        content_type="application/pdf",
        headers={
            "Content-Disposition": attachment(filename),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )
