"""``flask demo``: the demonstration borough."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click
import sqlalchemy as sa
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade

import config as settings
from cop_site import clock
from cop_site.accounts import setup_services
from cop_site.cli.refusals import one_sentence
from cop_site.db import db
from cop_site.demo.borough import PASSWORD
from cop_site.demo.services import build_demonstration
from cop_site.errors import DomainError
from cop_site.schools import queries
from cop_site.transaction import transaction

SIGN_INS = (
    ("senco", "a SENCO"),
    ("senco2", "a SENCO of two schools"),
    ("staff", "a teaching assistant"),
    ("ep", "an educational psychologist"),
    ("asep", "an assistant EP"),
    ("lead", "the inclusion lead"),
    ("partner", "a partner"),
    ("admin", "an administrator"),
)


@click.group("demo")
def demo() -> None:
    """The demonstration borough: invented schools, people and figures."""


@demo.command("ensure")
@with_appcontext
def ensure() -> None:
    """Make the database and the borough where there are none; touch nothing that is there."""
    with one_sentence():
        _prepare_folder(current_app.config["SQLALCHEMY_DATABASE_URI"])
        _refuse_foreign()
        upgrade()
        if queries.find_authority() is None:
            _build()
        _print_sign_ins()


@demo.command("build")
@with_appcontext
def build() -> None:
    """Build a fresh borough beside the old one. The site uses the newest."""
    with one_sentence():
        if os.environ.get("DATABASE_URL"):
            raise DomainError(
                "DATABASE_URL is set, and a borough is never built over a database. Unset it,"
                " or give an empty database and use: flask demo ensure"
            )
        path = _next_path(settings.newest_demonstration())
        with _app_on(path).app_context():
            _prepare_folder(current_app.config["SQLALCHEMY_DATABASE_URI"])
            upgrade()
            _build()
            db.engine.dispose()
        click.echo(f"A fresh borough is in {path.relative_to(settings.ROOT)}.")
        click.echo("Restart the site to use it: make run")


def _app_on(path: Path) -> Flask:
    # Imported here: the package imports this file while it is being made.
    from cop_site import create_app

    return create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{path}"})


def _next_path(newest: Path) -> Path:
    """The file after the newest: demonstration-002 after demonstration-001."""
    if not newest.exists():
        return newest
    number = int(re.findall(r"[0-9]+", newest.stem)[-1])
    return newest.with_name(f"demonstration-{number + 1:03}.sqlite3")


def _prepare_folder(url: str) -> None:
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)


def _refuse_foreign() -> None:
    """Leave a database alone that holds tables of something else."""
    tables = set(sa.inspect(db.engine).get_table_names())
    if tables and "alembic_version" not in tables:
        raise DomainError("DATABASE_URL names a database that holds something else.")


def _build() -> None:
    if current_app.config["PRODUCTION"]:
        raise DomainError("The demonstration is not for production: its passwords are public.")
    hashed = setup_services.hash_public_password(PASSWORD)
    with transaction():
        build_demonstration(clock.today(), hashed)
    db.session.remove()


def _print_sign_ins() -> None:
    host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
    click.echo(f"\nThe site: http://{host}:{port}")
    authority = queries.find_authority()
    if authority is None or not authority.is_demonstration:
        return
    click.echo(f"Sign in with the password “{PASSWORD}” as")
    for key, who in SIGN_INS:
        click.echo(f"  {key + '@demo.example':22} {who}")
    click.echo(f"Messages it would send: http://{host}:{port}/development/mail\n")
