"""What came of an entry form, and what it shows."""

from __future__ import annotations

import html
import re

import sqlalchemy as sa

from cop_site.db import db
from cop_site.support.models import Entry


def entries() -> list[Entry]:
    query = sa.select(Entry).order_by(Entry.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def value_of(page: str, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert found, name
    value = re.search(r'value="([^"]*)"', found[0])
    return html.unescape(value[1]) if value else ""
