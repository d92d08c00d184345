"""What a command says when it can't do what was asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from cop_site.errors import DomainError


@contextmanager
def one_sentence() -> Iterator[None]:
    """A refusal becomes one sentence on standard error and a non-zero exit, never a traceback."""
    try:
        yield
    except DomainError as error:
        raise click.ClickException(error.sentence) from error
    except (OperationalError, ProgrammingError) as error:
        raise click.ClickException(
            "The database does not answer, or its tables are not there yet: run flask setup"
            " for a new site, or flask db upgrade for one that is set up."
        ) from error
