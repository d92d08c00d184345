"""Tables leave the site by one door."""

from __future__ import annotations

from pathlib import Path

from flask import Flask


def test_no_view_sends_a_table_without_writing_it_down(session_app: Flask) -> None:
    root = Path(session_app.root_path)
    users = {path.name for path in root.rglob("*.py") if "csv_response" in path.read_text()}
    assert users == {"tables.py", "exports.py"}
