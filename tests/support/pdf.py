"""Reading PDF files with a reader of another make."""

from __future__ import annotations

import io
from typing import Any

from pypdf import PdfReader


def read_pdf(drawn: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(drawn))


def text_of(reader: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


def tags_of(reader: PdfReader) -> list[str]:
    """The structure's tags ("/H1", "/TH"), in reading order."""
    found: list[str] = []

    def walk(node: Any) -> None:
        node = node.get_object()
        for one in node if isinstance(node, list) else ():
            walk(one)
        if isinstance(node, dict):
            found.append(str(node.get("/S")))
            if "/K" in node:
                walk(node["/K"])

    root: Any = reader.root_object
    walk(root["/StructTreeRoot"]["/K"])
    return found
