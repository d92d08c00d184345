"""Commands: ``flask ...``. One file a group."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask
from flask_migrate import Migrate

from cop_site.cli.bounces import people
from cop_site.cli.demo import demo
from cop_site.cli.housekeeping import housekeeping
from cop_site.cli.schools import schools
from cop_site.cli.second_step import second_step
from cop_site.cli.setup import setup
from cop_site.cli.surveys import surveys
from cop_site.cli.worker import worker
from cop_site.db import db

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations"
migrate = Migrate()
COMMANDS: tuple[click.Command, ...] = (
    *(demo, housekeeping, people, schools, second_step, setup, surveys, worker),
)


def init_app(app: Flask) -> None:
    migrate.init_app(app, db, directory=str(MIGRATIONS))
    for command in COMMANDS:
        app.cli.add_command(command)
