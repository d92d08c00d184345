"""Planning what a file of links changes, and writing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.schools.import_services import lock_imports
from cop_site.schools.links_file import LinkRow, LinksFile
from cop_site.schools.models import School, SchoolImport, SchoolLink, SchoolLinkKind
from cop_site.schools.register_file import RefusedRow


@dataclass(frozen=True)
class PlannedLink:
    """A link between two schools that are known here. ``was_on``: the date known so far."""

    school_id: int
    school: str
    successor_id: int
    successor: str
    kind: SchoolLinkKind
    linked_on: date | None
    link_id: int | None = None
    was_on: date | None = None


@dataclass
class LinksPlan:
    """What taking a file of links in would do. Links that are here and not in it stay."""

    file_name: str
    sha256: str
    new: list[PlannedLink] = field(default_factory=list)
    changed: list[PlannedLink] = field(default_factory=list)
    unchanged: int = 0
    # One end or both are no schools of this site.
    elsewhere: int = 0
    refused: list[RefusedRow] = field(default_factory=list)

    @property
    def changes_anything(self) -> bool:
        return bool(self.new or self.changed)

    @property
    def counts(self) -> dict[str, int]:
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "unchanged": self.unchanged,
            "refused": len(self.refused),
            "elsewhere": self.elsewhere,
        }


def plan_links(links: LinksFile) -> LinksPlan:
    """Compare a file of links with what is known. Reads only."""
    plan = LinksPlan(links.file_name, links.sha256, refused=list(links.refused))
    known = _known_schools({urn for row in links.rows for urn in (row.urn, row.successor_urn)})
    here = {(row.school_id, row.successor_id, row.kind): row for row in _known_links()}
    for row in links.rows:
        before, after = known.get(row.urn), known.get(row.successor_urn)
        if before is None or after is None:
            plan.elsewhere += 1
            continue
        _plan_row(plan, row, before, after, here.get((before[0], after[0], row.kind)))
    return plan


def _plan_row(
    plan: LinksPlan,
    row: LinkRow,
    before: tuple[int, str],
    after: tuple[int, str],
    link: SchoolLink | None,
) -> None:
    same = link is not None and (row.linked_on is None or link.linked_on == row.linked_on)
    if same:
        plan.unchanged += 1
        return
    planned = PlannedLink(*before, *after, row.kind, row.linked_on)
    if link is None:
        plan.new.append(planned)
    else:
        plan.changed.append(
            PlannedLink(*before, *after, row.kind, row.linked_on, link.id, link.linked_on)
        )


def _known_schools(urns: set[int]) -> dict[int, tuple[int, str]]:
    """Id and label by URN. All of them are asked for: a list of 50,000 is too long to ask with."""
    rows = db.session.execute(
        sa.select(School.urn, School.id, School.name, School.town).where(School.urn.is_not(None))
    )
    return {
        urn: (key, ", ".join(part for part in (name, town, f"URN {urn}") if part))
        for urn, key, name, town in rows
        if urn in urns
    }


def _known_links() -> list[SchoolLink]:
    query = sa.select(SchoolLink).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def apply_links(links: LinksFile, *, by: int | None, skip_refused: bool = False) -> LinksPlan:
    """Write what the file says, planned afresh. Where nothing changes nothing is written.

    Raises DomainError where rows were refused, unless these are to be left out.
    """
    lock_imports()
    plan = plan_links(links)
    if plan.refused and not skip_refused:
        first = plan.refused[0]
        raise DomainError(f"{plan.file_name}, line {first.line}: {first.reason}.")
    if not plan.changes_anything:
        return plan
    for new in plan.new:
        db.session.add(
            SchoolLink(
                school_id=new.school_id,
                successor_id=new.successor_id,
                kind=new.kind,
                linked_on=new.linked_on,
            )
        )
        audit.record("school", new.school_id, "linked", by=by, now=_as_json(new))
    for changed in plan.changed:
        db.session.get_one(SchoolLink, changed.link_id).linked_on = changed.linked_on
        was = {"linked_on": changed.was_on.isoformat() if changed.was_on else None}
        audit.record(
            "school", changed.school_id, "link changed", by=by, was=was, now=_as_json(changed)
        )
    db.session.add(
        SchoolImport(
            kind="links",
            file_name=plan.file_name,
            sha256=plan.sha256,
            la_code="",
            counts=plan.counts,
            by_user_id=by,
            at=clock.now(),
        )
    )
    db.session.flush()
    return plan


def _as_json(link: PlannedLink) -> dict[str, object]:
    return {
        "successor_id": link.successor_id,
        "kind": link.kind.value,
        "linked_on": link.linked_on.isoformat() if link.linked_on else None,
    }
