"""Everything held about a person, as one file: tables, and a page that says what they are."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime

from cop_site import clock
from cop_site.held import Cell, HeldTable
from cop_site.web.tables import csv_text

NAME = "what-we-hold-about-you.zip"
# From an administrator, and without a name: it would stand in logs and lists of files.
NAME_FOR_OTHERS = "what-we-hold-about-this-person.zip"
READ_ME = "READ-ME.txt"
NOT_HERE = """WHAT IS NOT HERE, AND WHY

Your answers to surveys. We keep who answered and what was answered apart, and nothing joins the
two. So nobody can find your answers: not you, and not us. You do see that you answered.

Your password, codes and links. We keep only what checks them, which is no use to anybody.

Tries to sign in. We count them for a day, without your email address, to stop guessing.

A form you sent after you were signed out. We keep it for two hours, to show it to you again.

What you wrote about others, where an administrator took this file for you. Administrators must
not read it. It is in the file that you take yourself, at My account.

What others wrote. What a colleague wrote about a visit is theirs, even where you were there.

Names of other people. Where somebody else did something, we say only "somebody else".
"""


def make_file(name: str, tables: Sequence[HeldTable]) -> bytes:
    """A zip with a CSV file for each kind of thing, empty ones too: that nothing is held is an
    answer."""
    out = io.BytesIO()
    moment = clock.london(clock.now()).timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(file: str, text: str) -> None:
            info = zipfile.ZipInfo(file, moment)
            info.compress_type = zipfile.ZIP_DEFLATED
            # A mark at the front makes spreadsheets and old editors read UTF-8.
            archive.writestr(info, text.encode("utf-8-sig"))

        add(READ_ME, _read_me(name, tables))
        for table in tables:
            add(f"{table.name}.csv", csv_text(table.header, map(_on_london_clocks, table.rows)))
    return out.getvalue()


def _on_london_clocks(row: Sequence[Cell]) -> list[Cell]:
    """Moments as one reads them on the wall, like "2026-11-10 12:00"."""
    return [
        f"{clock.london(cell):%Y-%m-%d %H:%M}" if isinstance(cell, datetime) else cell
        for cell in row
    ]


def _read_me(name: str, tables: Sequence[HeldTable]) -> str:
    today = clock.say_day(clock.today())
    lines = [
        "WHAT COMMUNITIES OF PRACTICE HOLDS ABOUT YOU",
        "",
        f"For {name}, {today}.",
        "",
        "Each file below is a table that opens in a spreadsheet. Times are London time.",
        "A cell that starts with = + - or @ has a ' before it, so that no spreadsheet runs it.",
        "",
        "WHAT IS HERE",
        "",
    ]
    for table in tables:
        count = len(table.rows)
        lines.append(f"{table.name}.csv ({count} {'line' if count == 1 else 'lines'})")
        lines.append(f"    {table.about}")
    text = "\n".join([*lines, "", NOT_HERE])
    return text.replace("\n", "\r\n")
