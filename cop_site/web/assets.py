"""Addresses of scripts and styles."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import current_app, request

HTMX_CDN = "https://cdn.jsdelivr.net/npm/htmx.org@2.0.11/dist/htmx.min.js"
HTMX_INTEGRITY = "sha384-2OatzQy1H+Zd/IIrjr1TcuDGqLXeHhbooAyJY1KdQMKnr4LZ22k31GBLdYKHmVjg"


def asset(name: str) -> str:
    """The address of a static file, which changes when the file does, so caches may keep it."""
    path = _versioned(current_app.static_folder or "", current_app.static_url_path or "", name)
    return f"{request.script_root}{path}"


@cache
def _versioned(folder: str, address: str, name: str) -> str:
    fingerprint = hashlib.sha256(Path(folder, name).read_bytes()).hexdigest()[:12]
    return f"{address}/{name}?v={fingerprint}"
