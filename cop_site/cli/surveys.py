"""``flask surveys``: closing what is due. The worker does the same by itself."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from cop_site.cli.refusals import one_sentence
from cop_site.db import vacuum
from cop_site.surveys import asking_services, closing_services
from cop_site.transaction import transaction

surveys = AppGroup("surveys", help="Surveys that are due to open or close.")


@surveys.command("close-due")
def close_due_command() -> None:
    """Close what has run out, and mix its answers."""
    with one_sentence():
        keep_open()
        click.echo(f"Closed: {close_due()}")


def keep_open() -> int:
    """Ask who booked since, and follow events that moved."""
    with transaction():
        return asking_services.keep_open_surveys()


def close_due() -> int:
    """Close what has run out. Returns how many surveys can be read from now on.

    Each closes and is mixed in one transaction of its own; after the vacuum they may be shown.
    Killed anywhere, or while an older transaction may see the old rows, the next run finds what
    is closed but not yet shown and does that part again.
    """
    mixed = []
    for survey_id in closing_services.list_due():
        with transaction():
            if closing_services.close_survey(survey_id):
                mixed.append(survey_id)
    if not mixed or not vacuum("answer", "response"):
        return 0
    with transaction():
        closing_services.let_show(mixed)
    return len(mixed)
