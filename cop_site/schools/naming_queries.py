"""Finding schools by what somebody wrote: a URN, a local code, or a name with or without its town.

900001
Oak Primary
Oak Primary, Larkton
Oak Primary (Larkton)
Oak Primary, Larkton, URN 900001
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cop_site.db import db
from cop_site.schools.models import School

URN = re.compile(r"(?:^|URN\s*)([0-9]{5,7})$", re.IGNORECASE)
# Closed ones are among them, so a few more than are named to anybody.
MOST_LISTED = 20
SHORTEST_BEGINNING = 3
IN_TOWN = re.compile(r"(.+?)\s*(?:,|\()\s*([^,()]+)\)?")


@dataclass(frozen=True)
class _Wanted:
    """What a text may mean: a number, or a name and perhaps a town."""

    urn: int | None
    names: tuple[tuple[str, str], ...]

    def is_met_by(self, school: School) -> bool:
        if self.urn is not None:
            return school.urn == self.urn
        name, town, code = _plain(school.name), _plain(school.town), _plain(school.local_code or "")
        return any(
            (wanted == name and in_town in ("", town)) or (wanted == code and not in_town)
            for wanted, in_town in self.names
        )


def _plain(text: str) -> str:
    return " ".join(text.replace("'", "").replace("’", "").casefold().split())


def _read(text: str) -> _Wanted:
    number = URN.search(text.strip())
    if number:
        return _Wanted(int(number[1]), ())
    names = [(_plain(text), "")]
    if in_town := IN_TOWN.fullmatch(text.strip()):
        names.append((_plain(in_town[1]), _plain(in_town[2])))
    return _Wanted(None, tuple(names))


def match_schools(texts: Collection[str]) -> dict[str, list[School]]:
    """The schools that each text may mean, in one statement, closed ones too; [] for none."""
    wanted = {text: _read(text) for text in texts}
    names = sorted({name for one in wanted.values() for name, _town in one.names if name})
    urns = [one.urn for one in wanted.values() if one.urn is not None]
    if not names and not urns:
        return {text: [] for text in wanted}
    # The database lowers both: SQLite knows only plain letters.
    lowered = [sa.func.lower(name) for name in names]
    found = db.session.scalars(
        sa.select(School)
        .where(
            sa.or_(
                School.urn.in_(urns),
                sa.func.lower(_bare_name()).in_(lowered),
                sa.func.lower(School.local_code).in_(lowered),
            )
        )
        .order_by(School.name, School.town, School.id)
    ).all()
    return {text: _pick(one, found) for text, one in wanted.items()}


def list_beginning(text: str) -> list[School]:
    """A few schools whose name begins with these words, for one that was not typed in full.

    Whole words: "Oak" is not Oakfield Primary.
    """
    name = _plain(text)
    if len(name) < SHORTEST_BEGINNING:
        return []
    query = sa.select(School).where(_bare_name().istartswith(f"{name} ", autoescape=True))
    return list(
        db.session.scalars(query.order_by(School.name, School.town, School.id).limit(MOST_LISTED))
    )


def _bare_name() -> Any:
    return sa.func.replace(sa.func.replace(School.name, "'", ""), "’", "")


def _pick(wanted: _Wanted, found: Iterable[School]) -> list[School]:
    return [school for school in found if wanted.is_met_by(school)]
