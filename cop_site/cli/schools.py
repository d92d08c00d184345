"""``flask schools``: the register import."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click
from flask.cli import AppGroup

from cop_site.bookings import ahead_queries
from cop_site.cli.refusals import one_sentence
from cop_site.schools import import_services
from cop_site.schools.import_services import ImportPlan, SchoolChange
from cop_site.schools.models import SchoolStatus
from cop_site.transaction import transaction

LINES = 10
# All that has to be mended, within what a person would scroll through.
REFUSED_LINES = 100
STATUS_WORDS = {
    SchoolStatus.CLOSED: "closed",
    SchoolStatus.PROPOSED_TO_OPEN: "proposed to open",
}

schools = AppGroup("schools", help="Schools and the register they come from.")


@schools.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--la", "la_code", required=True, help='Local authority code, as 351, or "all".')
@click.option("--apply", "writes", is_flag=True, help="Write it; without this it is a dry run.")
@click.option("--skip-refused", is_flag=True, help="Write the other rows where some are refused.")
def import_file(file: Path, la_code: str, writes: bool, skip_refused: bool) -> None:
    """Read the register's CSV (packed with xz or not) and say what it changes here."""
    with one_sentence():
        register = import_services.read_file(file, la_code)
        plan = import_services.plan_import(register)
        for line in describe(plan):
            click.echo(line)
        if plan.refused and not skip_refused:
            click.echo("To leave the refused rows out and write the others, add --skip-refused.")
        if not writes:
            click.echo("This was a dry run: nothing was written. To write it, add --apply.")
            return
        with transaction():
            plan = import_services.apply_import(register, by=None, skip_refused=skip_refused)
        click.echo("Written." if plan.changes_anything else "Nothing to write.")


def describe(plan: ImportPlan) -> Iterator[str]:
    """The summary, a line at a time."""
    yield f"{plan.file_name}, {_whose(plan)}"
    yield _count_rows(plan)
    yield from _list(f"{len(plan.new)} new", [row.label for row in plan.new])
    yield from _list(f"{len(plan.changed)} changed", map(_say_change, plan.changed))
    yield from _list(f"{len(plan.closed)} closed", map(_say_change, plan.closed))
    if plan.reopened:
        yield from _list(f"{len(plan.reopened)} reopened", map(_say_change, plan.reopened))
    yield f"{plan.unchanged} unchanged"
    reasons = [f"line {row.line}: {row.reason}" for row in plan.refused]
    yield from _list(f"{len(plan.refused)} refused", reasons, REFUSED_LINES)
    proposed = [row.label for row in plan.proposed_to_close]
    yield from _list(f"{len(proposed)} proposed to close", proposed)
    if plan.absent:
        names = [school.label for school in plan.absent]
        yield from _list(f"{len(names)} open here but not in the file, left as they are", names)
    yield from _describe_ahead(plan)


def _whose(plan: ImportPlan) -> str:
    names = sorted(plan.la_names)
    if plan.is_for_all:
        return f"all {_count(len(names), 'local authority', 'local authorities')}"
    return f"local authority {plan.la_code}" + (f" ({names[0]})" if len(names) == 1 else "")


def _count_rows(plan: ImportPlan) -> str:
    """As in "155 rows: 92 open (1 of them proposed to close), 62 closed, 1 proposed to open"."""
    counts = plan.by_status
    proposed = counts[SchoolStatus.PROPOSED_TO_CLOSE]
    open_now = f"{counts[SchoolStatus.OPEN] + proposed} open"
    parts = [open_now + (f" ({proposed} of them proposed to close)" if proposed else "")]
    parts += [f"{counts[status]} {words}" for status, words in STATUS_WORDS.items()]
    if plan.refused:
        parts.append(f"{len(plan.refused)} refused")
    rows = _count(counts.total() + len(plan.refused), "row", "rows")
    return f"{rows}: {', '.join(parts)}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _list(heading: str, lines: Iterable[str], most: int = LINES) -> Iterator[str]:
    lines = list(lines)
    yield heading + (":" if lines else "")
    yield from (f"  {line}" for line in lines[:most])
    if len(lines) > most:
        yield f"  and {len(lines) - most} more"


def _say_change(change: SchoolChange) -> str:
    changes = (f"{name} {was} to {now}" for name, was, now in change.told)
    return f"{change.row.label}: {'; '.join(changes)}"


def _describe_ahead(plan: ImportPlan) -> Sequence[str]:
    """Closing schools whose people still hold bookings: somebody has to tell them."""
    ahead = ahead_queries.count_bookings_ahead(plan.closing)
    lines = [
        f"{plan.closing[school_id].label}: {_count(count, 'booking', 'bookings')} ahead"
        for school_id, count in sorted(ahead.items())
    ]
    if not lines:
        return []
    return list(_list(f"{len(lines)} closing or proposed to close with bookings ahead", lines))
