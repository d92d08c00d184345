"""Which columns say whose something is."""

from __future__ import annotations

from typing import Any

from cop_site.db import Base

WORDS = ("user_id", "person_id", "email", "recipient")


def list_columns_about_somebody() -> set[str]:
    """As table.column."""
    return {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if _says_whose(column)
    }


def _says_whose(column: Any) -> bool:
    targets = {key.target_fullname for key in column.foreign_keys}
    return bool(targets & {"person.id", "user.id"}) or any(one in column.name for one in WORDS)
