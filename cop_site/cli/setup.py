"""``flask setup``: an empty site for a real authority."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TextIO

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade

import config as settings
from cop_site import clock
from cop_site.accounts import (
    link_services,
    setup_services,
)
from cop_site.cli.refusals import one_sentence
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.schools import queries as school_queries
from cop_site.schools import setup_services as school_setup
from cop_site.schools.setup_services import NewTerm
from cop_site.schools.term_models import year_of
from cop_site.transaction import transaction

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("setup")
@click.option("--name", help="The authority's name.")
@click.option("--service-name", help="The name of its service, shown on every page.")
@click.option("--contact-email", default="", help="Where people write to for help.")
@click.option(
    "--term",
    "terms",
    multiple=True,
    help='As "Autumn 2026,2026-09-01,2026-12-18"; the days of its half term may follow.',
)
@click.option("--admin-name", help="The first administrator's name.")
@click.option("--admin-email", help="The first administrator's email address.")
@click.option(
    "--also-lead",
    is_flag=True,
    help="They are the inclusion lead too, and so can make clusters, lists and events.",
)
@click.option("--link", is_flag=True, help="Print a one-time link instead of taking a password.")
@click.option(
    "--password-file", type=click.File(), help='A file whose first line is the password; "-" reads.'
)
@with_appcontext
def setup(
    name: str | None,
    service_name: str | None,
    contact_email: str,
    terms: tuple[str, ...],
    admin_name: str | None,
    admin_email: str | None,
    also_lead: bool,
    link: bool,
    password_file: TextIO | None,
) -> None:
    """Set up a site: its authority, this year's terms and the first administrator.

    Asks for what the options leave out, and writes nothing until it has everything.
    """
    with one_sentence():
        refuse_wrong_database()
        name = name or click.prompt("Name of the authority")
        service_name = service_name or click.prompt("Name of its service", default=name)
        chosen = [read_term(term) for term in terms] or ask_terms()
        school_setup.check_terms(chosen)
        admin_name = admin_name or click.prompt("Name of the first administrator")
        admin_email = admin_email or click.prompt("Email address of the first administrator")
        setup_services.check_email(admin_email.strip())
        around = (name, service_name, admin_name, admin_email)
        password_hash = (
            None if link else setup_services.hash_password(take_password(password_file), around)
        )
        upgrade()
        with transaction():
            school_setup.set_up_authority(
                name.strip(), service_name.strip(), contact_email.strip(), chosen
            )
            user = setup_services.add_administrator(
                admin_name.strip(), admin_email.strip(), password_hash, is_lead=also_lead
            )
            token = _first_link(user.id) if link else None
        say_done(name.strip(), admin_email.strip(), token)


def _first_link(user_id: int) -> str:
    return link_services.make_link(
        user_id, link_services.LinkPurpose.SET_PASSWORD, link_services.FIRST_PASSWORD_LASTS
    )


def refuse_wrong_database() -> None:
    """Raises DomainError for a site that is set up, and for the demonstration's own file.

    Asked before migrating, so that a refusal leaves the database as it was.
    """
    if current_app.config["SQLALCHEMY_DATABASE_URI"] == _demonstration_url():
        raise DomainError(
            "Say where the real site's database is with DATABASE_URL first: without it, the"
            " demonstration's is used."
        )
    if sa.inspect(db.engine).has_table("authority"):
        authority = school_queries.find_authority()
        if authority is not None:
            raise DomainError(f"This site is set up already, for {authority.name}.")


def _demonstration_url() -> str:
    return f"sqlite:///{settings.newest_demonstration()}"


def read_term(text: str) -> NewTerm:
    """A term from "name,first day,last day", where the half term's two days may follow.

    Raises DomainError where it is something else.
    """
    name, *days = (part.strip() for part in text.split(","))
    try:
        read = [date.fromisoformat(day) for day in days]
        if len(read) == 2:
            return NewTerm(name, read[0], read[1])
        starts_on, ends_on, first, last = read
        return NewTerm(name, starts_on, ends_on, (first, last))
    except ValueError as error:
        raise DomainError(
            f'The term "{text}" must be a name and two days,'
            ' like "Autumn 2026,2026-09-01,2026-12-18". The days of its half term may follow.'
        ) from error


def ask_terms() -> Sequence[NewTerm]:
    """This academic year's three terms; the year turns on 1 August."""
    year = year_of(clock.today())
    asked = []
    for suggested in (f"Autumn {year}", f"Spring {year + 1}", f"Summer {year + 1}"):
        name = click.prompt("Name of the term", default=suggested)
        starts_on = click.prompt(f"First day of {name} (like {year}-09-01)", type=DAY)
        ends_on = click.prompt(f"Last day of {name}", type=DAY)
        half_term = ask_half_term(name)
        asked.append(NewTerm(name.strip(), starts_on.date(), ends_on.date(), half_term))
    return asked


def ask_half_term(name: str) -> tuple[date, date] | None:
    """Planned time leaves the half term out, so it is asked for; Enter passes it over."""
    question = f"First day of the half term in {name} (Enter for none)"
    first = click.prompt(question, default="", show_default=False, value_proc=_read_day_or_none)
    if first is None:
        return None
    last = click.prompt("Last day of that half term", type=DAY)
    return first, last.date()


def _read_day_or_none(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError as error:
        raise click.BadParameter("Enter a day like 2026-10-26, or nothing.") from error


def take_password(file: TextIO | None) -> str:
    """From the file, else asked for twice and not shown."""
    if file is not None:
        return file.readline().rstrip("\r\n")
    password: str = click.prompt(
        "Password for the administrator (12 characters or more)",
        hide_input=True,
        confirmation_prompt="The same password again",
    )
    return password


def say_done(name: str, email: str, token: str | None) -> None:
    address = current_app.config["SITE_ADDRESS"]
    click.echo(f"The site of {name} is set up, with {email} as its administrator.")
    if token:
        days = link_services.FIRST_PASSWORD_LASTS.days
        click.echo(f"To choose a password, open this within {days} days. It works once:")
        click.echo(f"{address}/set-password/{token}")
    else:
        click.echo(f"Sign in at {address}/sign-in")
    click.echo("Next, there: Schools, “Take in the register”; and Settings, for where people write")
    click.echo("to about data protection, which the privacy notice names.")
