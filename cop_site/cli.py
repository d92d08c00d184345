"""Commands: ``flask ...``."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

from cop_site.db import db

MIGRATIONS = Path(__file__).parent.parent / "migrations"
migrate = Migrate()


def init_app(app: Flask) -> None:
    migrate.init_app(app, db, directory=str(MIGRATIONS))
