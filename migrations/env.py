"""How Alembic reaches the site's database. Run through ``flask db``."""

from typing import Any

from alembic import context
from flask import current_app

from cop_site.db import UtcDateTime, writing

db = current_app.extensions["migrate"].db
# Written by hand because the two databases differ; Alembic can't compare them.
BY_HAND = {
    "ex_cluster_membership_one_cop",
    "ex_support_plan_one",
    "ix_resource_version_words",
}
# SQLite keeps its index of words in tables of its own.
WORD_TABLES = "resource_search"


def render_item(kind: str, item: Any, _autogen: Any) -> str | bool:
    """Migrations never import the site: our column types are written as plain ones."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def compare_type(
    _context: Any, _column: Any, _found: Any, wanted: Any, _wanted: Any
) -> bool | None:
    if isinstance(wanted, UtcDateTime):
        return False
    return None


def include_object(_object: Any, name: str, kind: str, reflected: bool, _compare: Any) -> bool:
    return name not in BY_HAND and not (kind == "table" and name.startswith(WORD_TABLES))


def run() -> None:
    token = writing.set(True)
    try:
        with db.engine.connect() as connection:
            context.configure(
                connection=connection,
                target_metadata=db.metadata,
                render_item=render_item,
                compare_type=compare_type,
                include_object=include_object,
                render_as_batch=connection.dialect.name == "sqlite",
            )
            driver = connection.connection.driver_connection
            is_sqlite = connection.dialect.name == "sqlite"
            if is_sqlite:
                # A column is added by writing its table anew: the rows that point at the old
                # table must not stop its going. Only outside a transaction can this be said.
                driver.execute("PRAGMA foreign_keys=OFF")
            with context.begin_transaction():
                context.run_migrations()
                if is_sqlite:
                    refuse_loose_ends(driver)
            if is_sqlite:
                driver.execute("PRAGMA foreign_keys=ON")
    finally:
        writing.reset(token)


def refuse_loose_ends(driver: Any) -> None:
    """Stop, and so undo everything, where a row points at another that is not there."""
    loose = driver.execute("PRAGMA foreign_key_check").fetchall()
    if loose:
        raise RuntimeError(f"rows that point at nothing, in {sorted({row[0] for row in loose})}")


run()
