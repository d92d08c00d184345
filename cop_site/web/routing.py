"""Typed parts of addresses."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST_ID = 2**31 - 1


class IdConverter(IntegerConverter):
    """An id from 1 to what a database key holds; anything else is a 404, never a 500."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, min=1, max=LARGEST_ID)


def init_app(app: Flask) -> None:
    app.url_map.strict_slashes = True
    app.url_map.converters["id"] = IdConverter
