"""The database: the base class, naming, column types and how SQLite is driven."""

from __future__ import annotations

import re
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import orm
from sqlalchemy.engine import Connection, Dialect, Engine

# True inside transaction(): tells SQLite to take its write lock at once.
writing: ContextVar[bool] = ContextVar("writing", default=False)

SQLITE_BUSY_MS = 20_000
# So long a vacuum waits for transactions that began before it.
WAITS_FOR_OLDER = 2.0


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment in UTC. Refuses naive datetimes, so no local time can slip in."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_column(kind: type[StrEnum]) -> sa.Enum:
    """A column that stores an enum by its value, checked by the database."""
    return sa.Enum(
        kind,
        name=re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower(),
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


# A text, or JSON of texts, in which anybody may be named in words. Whoever is erased is taken out.
FREE_TEXT = {"free_text": True}
FreeText = Annotated[str, orm.mapped_column(info=FREE_TEXT)]
FreeJson = Annotated[dict[str, Any], orm.mapped_column(info=FREE_TEXT)]
# Counts the changes of a row, so that whoever opened a form before one is told.
EDIT_COUNT = {"edit_count": True}
EditCount = Annotated[int, orm.mapped_column(default=1, info=EDIT_COUNT)]


class Base(orm.DeclarativeBase):
    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: sa.JSON, str: sa.Text}

    @orm.declared_attr.directive
    def __tablename__(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})


def engine_options(url: str) -> dict[str, Any]:
    """What SQLAlchemy needs to drive this database well. Errors reach the log without values."""
    quiet = {"hide_parameters": True}
    if url.startswith("sqlite"):
        driver = {"timeout": SQLITE_BUSY_MS / 1000, "check_same_thread": False}
        return {**quiet, "connect_args": driver}
    # Compiling a statement takes many times as long as any of ours needs to run.
    uncompiled = {"options": "-c jit=off"}
    pool = {"pool_pre_ping": True, "pool_size": 8, "max_overflow": 8}
    return {**quiet, **pool, "connect_args": uncompiled}


def init_app(app: Flask) -> None:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", engine_options(url))
    db.init_app(app)
    with app.app_context():
        listen(db.engine)


def listen(engine: Engine) -> None:
    """Make SQLite safe for several writers; other databases need nothing."""
    if engine.dialect.name != "sqlite":
        return

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # The driver's own BEGIN is too late and never IMMEDIATE; ours is below.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            f"busy_timeout={SQLITE_BUSY_MS}",
            "foreign_keys=ON",
            # Who was erased must not be legible in the file's free pages.
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
            return
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing.get() else "BEGIN")


def vacuum(*tables: str) -> bool:
    """Make the database forget rows that were deleted, and where they lay.

    Runs outside any transaction, as both databases want it. SQLite rewrites the whole file, and
    empties the log that still holds the old pages. PostgreSQL keeps what a transaction that began
    before may still see. False where one still runs: try again later.
    """
    with db.engine.connect() as connection:
        alone = connection.execution_options(isolation_level="AUTOCOMMIT")
        if alone.dialect.name == "sqlite":
            alone.exec_driver_sql("VACUUM")
            alone.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            return True
        older = _list_running(alone)
        give_up_at = time.monotonic() + WAITS_FOR_OLDER
        while older and time.monotonic() < give_up_at:
            time.sleep(0.05)
            older &= _list_running(alone)
        for table in tables:
            alone.exec_driver_sql(f'VACUUM "{table}"')
        return not older


def _list_running(connection: sa.Connection) -> set[str]:
    """Other transactions on this database. Locks, because any role may see them all."""
    rows = connection.exec_driver_sql(
        "SELECT held.virtualtransaction FROM pg_locks AS held"
        " JOIN pg_stat_activity AS backend ON backend.pid = held.pid"
        " WHERE held.locktype = 'virtualxid' AND held.pid <> pg_backend_pid()"
        " AND backend.datname = current_database()"
    )
    return {row[0] for row in rows}
