"""``flask people``: what comes back by mail."""

from __future__ import annotations

from typing import BinaryIO

import click
from flask.cli import AppGroup

from cop_site.accounts import bounce_services
from cop_site.cli.refusals import one_sentence
from cop_site.errors import DomainError
from cop_site.transaction import transaction

people = AppGroup("people", help="People and their addresses.")


@people.command("bounced")
@click.argument("file", type=click.File("rb"))
def bounced(file: BinaryIO) -> None:
    """Note addresses that mail came back from, one a line in FILE, or on standard input for -.

    Whoever has one is shown as "may have left" until they sign in or get another address.
    """
    with one_sentence():
        lines = _read(file)
        try:
            with transaction():
                found = bounce_services.note_bounces(lines)
        except DomainError as error:
            raise DomainError(f"{_name(file)}: {error.sentence}") from error
    click.echo(f"{_count(found.given, 'address', 'addresses')}: {found.known} may have left.")
    if found.unknown:
        click.echo(f"Nobody here has {_count(len(found.unknown), 'of them', 'of them')}:")
        for address in found.unknown:
            click.echo(f"  {address}")


def _read(file: BinaryIO) -> list[str]:
    try:
        return file.read().decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise DomainError(f"{_name(file)} is not a text file. Nothing was noted.") from None


def _name(file: BinaryIO) -> str:
    return "Standard input" if file.name == "<stdin>" else str(file.name)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
