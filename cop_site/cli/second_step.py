"""``flask second-step``: for the day when a phone and its recovery codes are both gone."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from cop_site.accounts import second_step_services
from cop_site.cli.refusals import one_sentence
from cop_site.transaction import transaction


@click.group("second-step")
def second_step() -> None:
    """The second step of signing in."""


@second_step.command("reset")
@click.argument("email")
@with_appcontext
def reset(email: str) -> None:
    """Turn it off for EMAIL and sign them out everywhere. Be sure first who asks."""
    with one_sentence():
        with transaction():
            second_step_services.reset(email.strip())
        click.echo(f"The second step of {email.strip()} is off. They are signed out everywhere.")
