"""Ids, in addresses and in what a form sends back."""

from __future__ import annotations

import re

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST_ID = 2**31 - 1


def read_id(text: str | None) -> int | None:
    """A row's id, or None where ``text`` is none."""
    if not text or not re.fullmatch(r"[0-9]{1,10}", text):
        return None
    return int(text) if 0 < int(text) <= LARGEST_ID else None


class IdConverter(IntegerConverter):
    """An id from 1 to what a database key holds; anything else is a 404, never a 500."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, min=1, max=LARGEST_ID)


def init_app(app: Flask) -> None:
    app.url_map.strict_slashes = True
    app.url_map.converters["id"] = IdConverter
